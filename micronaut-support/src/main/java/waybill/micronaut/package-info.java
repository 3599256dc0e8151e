/** The router and the wallet in Micronaut, from properties under {@code waybill}. */
@NullMarked
package waybill.micronaut;

import org.jspecify.annotations.NullMarked;
