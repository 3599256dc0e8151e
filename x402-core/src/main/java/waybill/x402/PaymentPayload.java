package waybill.x402;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A payment, as the buyer sends it in {@code PAYMENT-SIGNATURE}.
 *
 * @param accepted the offer that is paid, echoed whole
 * @param payload what the scheme needs: authorisation and signature
 * @param resource what is bought, or null
 * @param extensions by key
 */
public record PaymentPayload(
        Offer accepted,
        SchemePayload payload,
        @Nullable ResourceInfo resource,
        Map<String, @Nullable Object> extensions) {

    public PaymentPayload {
        extensions = Frozen.copy(extensions);
    }

    static PaymentPayload read(JsonObject json) {
        JsonObject resource = json.optionalObject("resource");
        return new PaymentPayload(
                Offer.read(json.object("accepted")),
                SchemePayload.read(json.object("payload").all()),
                resource == null ? null : ResourceInfo.read(resource),
                json.map("extensions"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", WireFormat.VERSION);
        if (resource != null) {
            out.put("resource", resource.json());
        }
        out.put("accepted", accepted.json());
        out.put("payload", payload.json());
        if (!extensions.isEmpty()) {
            out.put("extensions", extensions);
        }
        return out;
    }
}
