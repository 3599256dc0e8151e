/** The router and the wallet in Spring Boot, from properties under {@code waybill}. */
@NullMarked
package waybill.springboot;

import org.jspecify.annotations.NullMarked;
