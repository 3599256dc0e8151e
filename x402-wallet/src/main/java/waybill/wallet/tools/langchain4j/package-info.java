/** The wallet's tools for LangChain4j's agents; needs {@code dev.langchain4j:langchain4j} on the class path. */
@NullMarked
package waybill.wallet.tools.langchain4j;

import org.jspecify.annotations.NullMarked;
