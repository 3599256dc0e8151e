/** Candidates by the name of their provider, for LangChain4j; needs the modules of the clients that are asked for. */
@NullMarked
package waybill.langchain4j.providers;

import org.jspecify.annotations.NullMarked;
