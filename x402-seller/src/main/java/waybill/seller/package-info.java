/** The seller's side of x402: price tags, the gate in front of a priced route, and the claims that make a payment open one request. */
@NullMarked
package waybill.seller;

import org.jspecify.annotations.NullMarked;
