/** Sells handlers of Spring MVC and Spring WebFlux by x402: the matched handler is asked for its price, whatever path led to it. */
@NullMarked
package waybill.seller.spring;

import org.jspecify.annotations.NullMarked;
