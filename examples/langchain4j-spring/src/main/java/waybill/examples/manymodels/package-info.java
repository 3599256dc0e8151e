/** LangChain4j in Spring Boot, where other starters make models too. */
@NullMarked
package waybill.examples.manymodels;

import org.jspecify.annotations.NullMarked;
