package waybill.seller.checkout;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import waybill.seller.PriceTag;

/**
 * Marks a handler whose calls are sold by x402; on a class, all its handlers. One that is marked and cannot be priced answers
 * 503, never for free.
 */
@Documented
@Inherited
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Paid {

    /** How much is charged of what was signed. */
    enum Scheme {
        /** The price. */
        EXACT,
        /** What was used, and never more than the price: see {@link Checkout#USE_HEADER}. */
        UPTO
    }

    /**
     * The price of one call, such as {@code "0.01 USDC"} or {@code "$0.01"}, which is USDC too; several are several ways to pay.
     * Each is offered on every configured network that has the token. Empty leaves the price to {@link Prices}.
     */
    String[] value() default {};

    /** Whether the price is charged, or what was used of it. */
    Scheme scheme() default Scheme.EXACT;

    /**
     * Whether the money moves before the handler runs. Otherwise the answer is held back until it has moved, which a stream
     * does not stand.
     */
    boolean upfront() default false;

    /** Whether USDC and the like are to be paid through Permit2 as well as by what they can do themselves. */
    boolean throughPermit2() default false;

    /** What is sold, for people. */
    String description() default "";

    /** The media type of the answer. */
    String mimeType() default "";

    /** How long a payment stays good: at least as long as the slowest answer and its settlement take, 10 to 900 seconds. */
    int validSeconds() default PriceTag.DEFAULT_TIMEOUT_SECONDS;
}
