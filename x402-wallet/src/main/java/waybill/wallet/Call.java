package waybill.wallet;

import java.net.URI;
import java.util.Map;
import waybill.x402.Address;

/**
 * The HTTP request that a payment is for.
 *
 * @param fingerprint hash of method, URL, body, payer and intent; two calls with the same one are the same call
 * @param payer the wallet's account
 * @param method of the request
 * @param url of the request, whole; the ledger keeps it without query
 * @param tags set by the caller, for the ledger's reader
 */
public record Call(String fingerprint, Address payer, String method, URI url, Map<String, String> tags) {
    private static final int MAX_TAGS = 16;
    private static final int MAX_TAG_CHARS = 200;

    public Call {
        tags = Map.copyOf(tags);
        boolean fits = tags.size() <= MAX_TAGS
                && tags.entrySet().stream()
                        .allMatch(tag -> tag.getKey().length() <= MAX_TAG_CHARS
                                && tag.getValue().length() <= MAX_TAG_CHARS);
        if (!fits) {
            throw new IllegalArgumentException(
                    "a call has at most " + MAX_TAGS + " tags of " + MAX_TAG_CHARS + " characters");
        }
    }
}
