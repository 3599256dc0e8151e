/** The contract of filters that sell handlers, written once: each framework starts its application, and the same tests run. */
@NullMarked
package waybill.seller.contract;

import org.jspecify.annotations.NullMarked;
