package waybill.wallet;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Json;

/**
 * What a person is asked about one payment, as text that can be stored, sent and sealed. A yes is a yes to this text to
 * the last byte, so it holds for no other price, payee or place.
 *
 * @param json one line
 */
record ApprovalQuestion(String json) {
    static ApprovalQuestion about(String paymentId, Quote quote, Instant until) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("paymentId", paymentId);
        fields.put("amount", quote.amount().toString());
        fields.put("atomic", quote.amount().atomic().toString());
        fields.put("asset", quote.amount().asset().address().toString());
        fields.put("network", quote.amount().asset().network().toString());
        fields.put("payTo", quote.payTo().toString());
        fields.put("method", quote.method());
        fields.put("origin", quote.origin().toString());
        String path = quote.url().getRawPath();
        fields.put("path", Words.cut(path == null || path.isEmpty() ? "/" : path, 500));
        fields.put("why", quote.decision().message());
        fields.put("until", until.toString());
        fields.put("fingerprint", quote.fingerprint());
        return new ApprovalQuestion(Json.write(fields));
    }

    byte[] bytes() {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
