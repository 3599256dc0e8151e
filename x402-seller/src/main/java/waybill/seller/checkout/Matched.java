package waybill.seller.checkout;

import org.jspecify.annotations.Nullable;

/**
 * The handler that the framework has chosen for a request. That it was chosen is what counts; by which spelling of a path does
 * not.
 *
 * @param name as a person finds it in the code, such as {@code Forecasts#tomorrow}
 * @param handler the framework's own object: a {@code HandlerMethod}, a {@code HandlerFunction}, a {@code RouteInfo}
 * @param paid its annotation, or its class's; null when it has none
 */
public record Matched(String name, Object handler, @Nullable Paid paid) {
    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
