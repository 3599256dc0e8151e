package waybill.x402;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a seller and a facilitator say to each other: JSON bodies of {@code /verify}, {@code /settle} and
 * {@code /supported}, in both versions of the protocol, read into the same records. Everything read is bounded before it is
 * parsed. Thread-safe.
 */
public final class FacilitatorMessages {
    /** The longest body that is read, in bytes. */
    public static final int MAX_BODY_BYTES = 256 * 1024;

    private static final int MAX_KINDS = 1024;

    private FacilitatorMessages() {}

    /**
     * What a facilitator is asked to verify or settle.
     *
     * @param version of the protocol that it was asked in, 1 or 2
     * @param payment the buyer's
     * @param required the seller's own offer, which the payment is checked against; under {@code upto} and for settling,
     *     its amount is what was used
     */
    public record Request(int version, PaymentPayload payment, Offer required) {}

    /** A request, as a body. */
    public static String write(Request request) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", request.version());
        if (request.version() == Version1.VERSION) {
            ResourceInfo resource = request.payment().resource();
            out.put("paymentPayload", Version1.json(request.payment()));
            out.put(
                    "paymentRequirements",
                    Version1.json(request.required(), resource == null ? new ResourceInfo("", null, null) : resource));
        } else {
            out.put("paymentPayload", request.payment().json());
            out.put("paymentRequirements", request.required().json());
        }
        return Json.write(out);
    }

    /**
     * Reads a request. One of version 1 gets the requirements as the offer that was accepted, as it names none.
     *
     * @throws MalformedWireException when it is too long, not the protocol, or contradicts itself about the version
     */
    public static Request request(byte[] body) {
        JsonObject json = JsonObject.of(Json.parse(body, MAX_BODY_BYTES), "the request");
        return WireFormat.understood("the request", () -> {
            JsonObject payment = json.object("paymentPayload");
            JsonObject required = json.object("paymentRequirements");
            BigInteger version = payment.unsigned("x402Version");
            if (json.has("x402Version") && !json.unsigned("x402Version").equals(version)) {
                throw new MalformedWireException("the request and its payment are of different versions of x402");
            }
            if (version.equals(BigInteger.TWO)) {
                return new Request(WireFormat.VERSION, PaymentPayload.read(payment), Offer.read(required));
            }
            if (version.equals(BigInteger.ONE)) {
                return version1(Version1.payment(payment), Version1.offer(required), required);
            }
            throw new MalformedWireException("x402 version " + version + " is not spoken; 1 and 2 are");
        });
    }

    private static Request version1(Version1.Payment payment, Offer required, JsonObject json) {
        if (!payment.scheme().equals(required.scheme()) || !payment.network().equals(required.network())) {
            throw new MalformedWireException("the payment is for another scheme or network than is required");
        }
        String url = json.optionalString("resource");
        ResourceInfo resource = url == null
                ? null
                : new ResourceInfo(url, json.optionalString("description"), json.optionalString("mimeType"));
        return new Request(
                Version1.VERSION, new PaymentPayload(required, payment.payload(), resource, Map.of()), required);
    }

    /** The answer of {@code /verify}. */
    public static String write(VerifyResponse response) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("isValid", response.valid());
        put(out, "invalidReason", response.reason());
        put(out, "invalidMessage", response.message());
        put(out, "payer", response.payer() == null ? null : response.payer().toString());
        return Json.write(out);
    }

    /**
     * Reads the answer of {@code /verify}.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static VerifyResponse verifyResponse(byte[] body) {
        JsonObject json = JsonObject.of(Json.parse(body, MAX_BODY_BYTES), "the answer");
        return WireFormat.understood("the answer", () -> {
            String payer = json.optionalString("payer");
            return new VerifyResponse(
                    json.bool("isValid"),
                    json.optionalString("invalidReason"),
                    json.optionalString("invalidMessage"),
                    payer == null || payer.isEmpty() ? null : Address.parse(payer));
        });
    }

    /** The answer of {@code /settle}, for a request of this version. */
    public static String write(SettlementResponse response, int version) {
        Map<String, @Nullable Object> json = response.json();
        if (version == Version1.VERSION && Network.isEvm(response.network())) {
            json.put("network", Version1.name(Network.parse(response.network())).orElse(response.network()));
        }
        return Json.write(json);
    }

    /**
     * Reads the answer of {@code /settle}; a network's version 1 name comes back as its CAIP-2 name.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static SettlementResponse settlementResponse(byte[] body) {
        JsonObject json = JsonObject.of(Json.parse(body, MAX_BODY_BYTES), "the answer");
        return WireFormat.understood("the answer", () -> Version1.settlementResponse(json));
    }

    /** The answer of {@code /supported}; a kind of version 1 is written with its network's name. */
    public static String write(Supported supported) {
        List<Map<String, @Nullable Object>> kinds = new ArrayList<>();
        for (Supported.Kind kind : supported.kinds()) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("x402Version", kind.version());
            entry.put("scheme", kind.scheme());
            entry.put("network", kind.network());
            if (!kind.extra().isEmpty()) {
                entry.put("extra", kind.extra());
            }
            kinds.add(entry);
        }
        Map<String, @Nullable Object> signers = new LinkedHashMap<>();
        supported
                .signers()
                .forEach((network, accounts) -> signers.put(
                        network, accounts.stream().map(Address::toString).toList()));
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("kinds", kinds);
        out.put("extensions", supported.extensions());
        out.put("signers", signers);
        return Json.write(out);
    }

    /**
     * Reads the answer of {@code /supported}. Signers of chains that are no EVM are left out.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static Supported supported(byte[] body) {
        JsonObject json = JsonObject.of(Json.parse(body, MAX_BODY_BYTES), "the answer");
        return WireFormat.understood("the answer", () -> {
            List<Supported.Kind> kinds = new ArrayList<>();
            for (Object entry : json.list("kinds", MAX_KINDS)) {
                JsonObject kind = JsonObject.of(entry, "a kind");
                kinds.add(new Supported.Kind(
                        kind.positiveInt("x402Version"),
                        kind.string("scheme"),
                        kind.string("network"),
                        kind.map("extra")));
            }
            List<String> extensions = json.has("extensions") ? texts(json.list("extensions", MAX_KINDS)) : List.of();
            Map<String, List<Address>> signers = new LinkedHashMap<>();
            for (Map.Entry<String, @Nullable Object> entry : json.map("signers").entrySet()) {
                if (entry.getKey().startsWith("eip155:") && entry.getValue() instanceof List<?> accounts) {
                    signers.put(
                            entry.getKey(),
                            texts(accounts).stream().map(Address::parse).toList());
                }
            }
            return new Supported(kinds, extensions, signers);
        });
    }

    private static List<String> texts(List<?> list) {
        return list.stream()
                .map(entry -> {
                    if (entry instanceof String text) {
                        return text;
                    }
                    throw new IllegalArgumentException("a list of texts holds something else");
                })
                .toList();
    }

    private static void put(Map<String, @Nullable Object> out, String key, @Nullable String value) {
        if (value != null) {
            out.put(key, value);
        }
    }
}
