package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Version 1 of the protocol on the wire, read into the same records as version 2: the bill is a JSON body, networks have
 * names, the price is {@code maxAmountRequired}, and a payment does not repeat the offer. It knows {@code exact} by EIP-3009
 * only. Everything read is bounded before it is parsed. Thread-safe.
 */
public final class Version1 {
    /** The number that its messages carry. */
    public static final int VERSION = 1;
    /** The longest body of a bill that is read, in bytes. */
    public static final int MAX_BODY_BYTES = 64 * 1024;
    /** How far in the past an authorisation begins, in seconds, so that a slow clock at the seller does not refuse it. */
    public static final int BACKDATED_SECONDS = 600;

    /** Source: the reference packages of version 1, 1.2.0, and their version 1 registry in 2.27.0. */
    private static final Map<String, Long> CHAINS = Map.ofEntries(
            Map.entry("ethereum", 1L),
            Map.entry("sepolia", 11155111L),
            Map.entry("abstract", 2741L),
            Map.entry("abstract-testnet", 11124L),
            Map.entry("base-sepolia", 84532L),
            Map.entry("base", 8453L),
            Map.entry("avalanche-fuji", 43113L),
            Map.entry("avalanche", 43114L),
            Map.entry("iotex", 4689L),
            Map.entry("sei", 1329L),
            Map.entry("sei-testnet", 1328L),
            Map.entry("polygon", 137L),
            Map.entry("polygon-amoy", 80002L),
            Map.entry("peaq", 3338L),
            Map.entry("story", 1514L),
            Map.entry("educhain", 41923L),
            Map.entry("skale-base-sepolia", 324705682L),
            Map.entry("megaeth", 4326L),
            Map.entry("monad", 143L),
            Map.entry("stable", 988L),
            Map.entry("stable-testnet", 2201L),
            Map.entry("celo", 42220L),
            Map.entry("flare", 14L));

    private Version1() {}

    /**
     * A payment of version 1. It does not say which offer it is for: match it by scheme, network and authorisation.
     *
     * @param scheme such as {@code exact}
     * @param network CAIP-2 name where the wire had a name that we know, else as it came
     * @param payload what the scheme needs
     */
    public record Payment(String scheme, String network, SchemePayload payload) {}

    /** The chain of this name, if it has one here. */
    public static Optional<Network> network(String name) {
        return Optional.ofNullable(CHAINS.get(name)).map(Network::new);
    }

    /** The name of this chain, if it has one. */
    public static Optional<String> name(Network network) {
        return CHAINS.entrySet().stream()
                .filter(entry -> entry.getValue() == network.chainId())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** True when version 1 has words for this offer: {@code exact}, by EIP-3009, on a chain with a name. */
    public static boolean canSay(Offer offer) {
        return offer.scheme().equals(Offer.EXACT)
                && offer.method() == TransferMethod.EIP3009
                && Network.isEvm(offer.network())
                && name(Network.parse(offer.network())).isPresent();
    }

    /** The body of a 402 with the offers that {@linkplain #canSay version 1 has words for}; empty when it has for none. */
    public static Optional<String> body(PaymentRequired bill) {
        List<Map<String, @Nullable Object>> accepts = bill.accepts().stream()
                .filter(Version1::canSay)
                .map(offer -> json(offer, bill.resource()))
                .toList();
        if (accepts.isEmpty()) {
            return Optional.empty();
        }
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", VERSION);
        out.put("error", bill.error() == null ? Headers.V1_PAYMENT + " header is required" : bill.error());
        out.put("accepts", accepts);
        return Optional.of(Json.write(out));
    }

    /**
     * Reads the body of a 402.
     *
     * @throws MalformedWireException when it is too long, not the protocol, or of another version
     */
    public static PaymentRequired paymentRequired(byte[] body) {
        JsonObject json = JsonObject.of(Json.parse(body, MAX_BODY_BYTES), "the bill");
        requireVersion(json, "the bill");
        return WireFormat.understood("the bill", () -> {
            List<JsonObject> entries = json.list("accepts", WireFormat.MAX_OFFERS).stream()
                    .map(entry -> JsonObject.of(entry, "an entry of accepts"))
                    .toList();
            if (entries.isEmpty()) {
                throw new MalformedWireException("accepts is empty");
            }
            JsonObject first = entries.get(0);
            ResourceInfo resource = new ResourceInfo(
                    first.string("resource"), first.optionalString("description"), first.optionalString("mimeType"));
            return new PaymentRequired(
                    error(json), resource, entries.stream().map(Version1::offer).toList(), Map.of());
        });
    }

    /** A text; or, where an API's errors have a form of their own, the {@code code} of that. */
    private static @Nullable String error(JsonObject json) {
        return json.all().get("error") instanceof Map<?, ?>
                ? json.object("error").optionalString("code")
                : json.optionalString("error");
    }

    /**
     * The value of {@code X-PAYMENT}.
     *
     * @throws IllegalArgumentException when version 1 has no words for the offer that is paid
     */
    public static String encode(PaymentPayload payment) {
        return WireFormat.base64(json(payment));
    }

    /**
     * Reads {@code X-PAYMENT}.
     *
     * @throws MalformedWireException when it is too long, not the protocol, or of another version
     */
    public static Payment payment(String header) {
        JsonObject json = WireFormat.decode(Headers.V1_PAYMENT, header);
        requireVersion(json, Headers.V1_PAYMENT);
        return WireFormat.understood(Headers.V1_PAYMENT, () -> payment(json));
    }

    /** The value of {@code X-PAYMENT-RESPONSE}. */
    public static String encode(SettlementResponse response) {
        Map<String, @Nullable Object> json = response.json();
        json.put("network", named(response.network()));
        json.remove("extensions");
        return WireFormat.base64(json);
    }

    /**
     * Reads {@code X-PAYMENT-RESPONSE}.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static SettlementResponse settlementResponse(String header) {
        JsonObject json = WireFormat.decode(Headers.V1_PAYMENT_RESPONSE, header);
        return WireFormat.understood(Headers.V1_PAYMENT_RESPONSE, () -> settlementResponse(json));
    }

    static SettlementResponse settlementResponse(JsonObject json) {
        SettlementResponse read = SettlementResponse.read(json);
        return new SettlementResponse(
                read.success(),
                read.transaction(),
                caip2(read.network()),
                read.payer(),
                read.errorReason(),
                read.errorMessage(),
                read.amount(),
                read.extensions());
    }

    static Payment payment(JsonObject json) {
        return new Payment(
                json.string("scheme"),
                caip2(json.string("network")),
                SchemePayload.read(json.object("payload").all()));
    }

    static Map<String, @Nullable Object> json(PaymentPayload payment) {
        if (!canSay(payment.accepted())) {
            throw new IllegalArgumentException("version 1 of x402 has no words for "
                    + Printable.cut(payment.accepted().scheme(), 20) + " on "
                    + Printable.cut(payment.accepted().network(), 40));
        }
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", VERSION);
        out.put("scheme", payment.accepted().scheme());
        out.put("network", named(payment.accepted().network()));
        out.put("payload", payment.payload().json());
        return out;
    }

    static Map<String, @Nullable Object> json(Offer offer, ResourceInfo resource) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("scheme", offer.scheme());
        out.put("network", named(offer.network()));
        out.put("maxAmountRequired", offer.amount());
        out.put("resource", resource.url());
        out.put("description", resource.description() == null ? "" : resource.description());
        out.put("mimeType", resource.mimeType() == null ? "" : resource.mimeType());
        out.put("payTo", offer.payTo());
        out.put("maxTimeoutSeconds", offer.maxTimeoutSeconds());
        out.put("asset", offer.asset());
        out.put("extra", offer.extra());
        return out;
    }

    static Offer offer(JsonObject json) {
        return new Offer(
                json.string("scheme"),
                caip2(json.string("network")),
                json.string("maxAmountRequired"),
                json.string("asset"),
                json.string("payTo"),
                json.positiveInt("maxTimeoutSeconds"),
                json.map("extra"));
    }

    private static void requireVersion(JsonObject json, String what) {
        Object version = json.all().get("x402Version");
        if (!BigInteger.ONE.equals(version)) {
            throw new MalformedWireException(
                    what + " is of x402 version " + Printable.cut(String.valueOf(version), 20) + ", not " + VERSION);
        }
    }

    private static String caip2(String name) {
        return network(name).map(Network::toString).orElse(name);
    }

    private static String named(String caip2) {
        return Network.isEvm(caip2) ? name(Network.parse(caip2)).orElse(caip2) : caip2;
    }
}
