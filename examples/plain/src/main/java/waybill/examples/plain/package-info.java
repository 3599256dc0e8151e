/** A plain Java program that routes and pays. */
@NullMarked
package waybill.examples.plain;

import org.jspecify.annotations.NullMarked;
