/** A Micronaut application that routes and pays. */
@NullMarked
package waybill.examples.micronaut;

import org.jspecify.annotations.NullMarked;
