/** A Spring Boot application with LangChain4j whose AI service routes and pays. */
@NullMarked
package waybill.examples.langchain4j;

import org.jspecify.annotations.NullMarked;
