/** A Spring Boot application with Spring AI whose ChatClient routes and pays. */
@NullMarked
package waybill.examples.springai;

import org.jspecify.annotations.NullMarked;
