/** The wallet's tools for Spring AI; needs {@code org.springframework.ai:spring-ai-model} on the class path. */
@NullMarked
package waybill.wallet.tools.springai;

import org.jspecify.annotations.NullMarked;
