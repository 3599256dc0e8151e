package waybill.x402;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON bodies of a facilitator's HTTP interface: {@code /verify}, {@code /settle} and {@code /supported}. Everything
 * read is bounded before it is parsed. Thread-safe.
 */
public final class FacilitatorApi {
    /** The longest body that is read, in bytes. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    private static final int MAX_KINDS = 1024;
    private static final int MAX_SIGNERS = 64;

    private FacilitatorApi() {}

    /**
     * What a seller asks: to verify or settle {@code payment} against its own offer.
     *
     * @param payment as the buyer sent it
     * @param required the seller's offer
     */
    public record Request(PaymentPayload payment, Offer required) {}

    /** The body of a {@code POST} to {@code /verify} or {@code /settle}. */
    public static byte[] request(PaymentPayload payment, Offer required) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", WireFormat.VERSION);
        out.put("paymentPayload", payment.json());
        out.put("paymentRequirements", required.json());
        return bytes(out);
    }

    /**
     * Reads such a body.
     *
     * @throws MalformedWireException when it is too long, not the protocol, or of another version
     */
    public static Request readRequest(byte[] body) {
        JsonObject json = object(body, "the request");
        return WireFormat.understood("the request", () -> {
            JsonObject payment = json.object("paymentPayload");
            requireVersion(json, "the request");
            requireVersion(payment, "paymentPayload");
            return new Request(PaymentPayload.read(payment), Offer.read(json.object("paymentRequirements")));
        });
    }

    /** The answer of {@code /verify}. */
    public static byte[] write(VerifyResponse response) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("isValid", response.valid());
        if (response.reason() != null) {
            out.put("invalidReason", response.reason());
        }
        if (response.message() != null) {
            out.put("invalidMessage", response.message());
        }
        Address payer = response.payer();
        if (payer != null) {
            out.put("payer", payer.toString());
        }
        return bytes(out);
    }

    /**
     * Reads the answer of {@code /verify}; an empty payer counts as none.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static VerifyResponse readVerify(byte[] body) {
        JsonObject json = object(body, "the verdict");
        return WireFormat.understood("the verdict", () -> {
            String payer = json.optionalString("payer");
            return new VerifyResponse(
                    json.bool("isValid"),
                    json.optionalString("invalidReason"),
                    json.optionalString("invalidMessage"),
                    payer == null || payer.isEmpty() ? null : Address.parse(payer));
        });
    }

    /** The answer of {@code /settle}. */
    public static byte[] write(SettlementResponse response) {
        return bytes(response.json());
    }

    /**
     * Reads the answer of {@code /settle}.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static SettlementResponse readSettlement(byte[] body) {
        JsonObject json = object(body, "the settlement");
        return WireFormat.understood("the settlement", () -> SettlementResponse.read(json));
    }

    /** The answer of {@code /supported}. */
    public static byte[] write(Supported supported) {
        List<Object> kinds = new ArrayList<>();
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
        return bytes(out);
    }

    /**
     * Reads the answer of {@code /supported}. Signers that are no EVM addresses, of other chains, are passed over.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static Supported readSupported(byte[] body) {
        JsonObject json = object(body, "the list of kinds");
        return WireFormat.understood("the list of kinds", () -> {
            List<Supported.Kind> kinds = new ArrayList<>();
            for (Object entry : json.list("kinds", MAX_KINDS)) {
                JsonObject kind = JsonObject.of(entry, "a kind");
                kinds.add(new Supported.Kind(
                        kind.positiveInt("x402Version"),
                        kind.string("scheme"),
                        kind.string("network"),
                        kind.map("extra")));
            }
            List<String> extensions = new ArrayList<>();
            if (json.has("extensions")) {
                for (Object name : json.list("extensions", MAX_KINDS)) {
                    extensions.add(String.valueOf(name));
                }
            }
            return new Supported(kinds, extensions, signers(json.map("signers")));
        });
    }

    /** An offer as the wire has it, for lists of what can be bought. */
    public static Map<String, @Nullable Object> fields(Offer offer) {
        return offer.json();
    }

    private static Map<String, List<Address>> signers(Map<String, @Nullable Object> listed) {
        Map<String, List<Address>> signers = new LinkedHashMap<>();
        listed.forEach((network, accounts) -> {
            List<Address> ours = new ArrayList<>();
            if (accounts instanceof List<?> list && list.size() <= MAX_SIGNERS) {
                for (Object account : list) {
                    if (account instanceof String text && text.matches("0x[0-9a-fA-F]{40}")) {
                        ours.add(Address.parse(text));
                    }
                }
            }
            signers.put(network, List.copyOf(ours));
        });
        return signers;
    }

    private static void requireVersion(JsonObject json, String what) {
        Object version = json.all().get("x402Version");
        if (!BigInteger.valueOf(WireFormat.VERSION).equals(version)) {
            throw new MalformedWireException(what + " is of x402 version " + Printable.cut(String.valueOf(version), 20)
                    + "; only " + WireFormat.VERSION + " is spoken");
        }
    }

    private static JsonObject object(byte[] body, String what) {
        return JsonObject.of(Json.parse(body, MAX_BODY_BYTES), what);
    }

    private static byte[] bytes(Map<String, @Nullable Object> json) {
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }
}
