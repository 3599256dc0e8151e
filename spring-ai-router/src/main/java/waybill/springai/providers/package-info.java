/** Candidates by the name of their provider, for Spring AI; needs {@code spring-ai-openai}. */
@NullMarked
package waybill.springai.providers;

import org.jspecify.annotations.NullMarked;
