/** What a web framework's filter needs around the gate: the annotation of a paid handler, its price, and the way through. */
@NullMarked
package waybill.seller.checkout;

import org.jspecify.annotations.NullMarked;
