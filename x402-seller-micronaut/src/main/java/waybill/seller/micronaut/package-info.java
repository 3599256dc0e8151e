/** Sells handlers of Micronaut by x402: the matched route is asked for its price, whatever path led to it. */
@NullMarked
package waybill.seller.micronaut;

import org.jspecify.annotations.NullMarked;
