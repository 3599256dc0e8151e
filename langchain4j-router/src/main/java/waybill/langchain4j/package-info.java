/** LangChain4j models that route each request among candidates: one blocking and asynchronous, one streaming. */
@NullMarked
package waybill.langchain4j;

import org.jspecify.annotations.NullMarked;
