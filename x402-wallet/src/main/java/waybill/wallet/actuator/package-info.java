/** A wallet in Spring Boot's actuator; needs {@code spring-boot-actuator} and {@code spring-boot-health}. */
@NullMarked
package waybill.wallet.actuator;

import org.jspecify.annotations.NullMarked;
