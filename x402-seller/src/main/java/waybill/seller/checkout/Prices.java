package waybill.seller.checkout;

import java.util.List;
import waybill.seller.PriceTag;

/** Prices of handlers that no annotation can tell: from a list, by the day, of handlers of others. Thread-safe. */
@FunctionalInterface
public interface Prices {
    /** Leaves every price to the annotations. */
    Prices NONE = handler -> List.of();

    /**
     * The ways to pay for a call of {@code handler} now; asked at every request, so it must be quick. Empty leaves it to the
     * handler's annotation, and without one the handler is free. What it throws makes the handler answer 503.
     */
    List<PriceTag> of(Matched handler);
}
