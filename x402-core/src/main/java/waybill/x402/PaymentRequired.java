package waybill.x402;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bill: what a 402 answer carries in {@code PAYMENT-REQUIRED}.
 *
 * @param error why payment is asked for (again), in the seller's words, or null
 * @param resource what is for sale
 * @param accepts the ways to pay, at least one
 * @param extensions by key, kept as they came
 */
public record PaymentRequired(
        @Nullable String error, ResourceInfo resource, List<Offer> accepts, Map<String, @Nullable Object> extensions) {

    public PaymentRequired {
        if (accepts.isEmpty()) {
            throw new IllegalArgumentException("a bill names at least one way to pay");
        }
        accepts = List.copyOf(accepts);
        extensions = Frozen.copy(extensions);
    }

    static PaymentRequired read(JsonObject json) {
        List<Offer> offers = json.list("accepts", WireFormat.MAX_OFFERS).stream()
                .map(entry -> Offer.read(JsonObject.of(entry, "an entry of accepts")))
                .toList();
        if (offers.isEmpty()) {
            throw new MalformedWireException("accepts is empty");
        }
        return new PaymentRequired(
                json.optionalString("error"),
                ResourceInfo.read(json.object("resource")),
                offers,
                json.map("extensions"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", WireFormat.VERSION);
        if (error != null) {
            out.put("error", error);
        }
        out.put("resource", resource.json());
        out.put("accepts", accepts.stream().map(Offer::json).toList());
        if (!extensions.isEmpty()) {
            out.put("extensions", extensions);
        }
        return out;
    }
}
