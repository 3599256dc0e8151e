package waybill.x402;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The header form of the wire records: base64 (standard alphabet, padded) of UTF-8 JSON. Everything read is bounded
 * before it is parsed. Thread-safe.
 */
public final class WireFormat {
    /** The version of the protocol that is spoken. */
    public static final int VERSION = 2;
    /** The longest header that is decoded, in characters. */
    public static final int MAX_HEADER_CHARS = 16 * 1024;
    /** The most entries of {@code accepts} that are read. */
    public static final int MAX_OFFERS = 16;

    private WireFormat() {}

    /** The value of {@code PAYMENT-REQUIRED}. */
    public static String encode(PaymentRequired bill) {
        return base64(bill.json());
    }

    /** The value of {@code PAYMENT-SIGNATURE}. */
    public static String encode(PaymentPayload payment) {
        return base64(payment.json());
    }

    /** The value of {@code PAYMENT-RESPONSE}. */
    public static String encode(SettlementResponse response) {
        return base64(response.json());
    }

    /**
     * Reads {@code PAYMENT-REQUIRED}.
     *
     * @throws MalformedWireException when it is too long, not the protocol, or of another version
     */
    public static PaymentRequired paymentRequired(String header) {
        JsonObject json = versioned(Headers.PAYMENT_REQUIRED, header);
        return understood(Headers.PAYMENT_REQUIRED, () -> PaymentRequired.read(json));
    }

    /**
     * Reads {@code PAYMENT-SIGNATURE}.
     *
     * @throws MalformedWireException when it is too long, not the protocol, or of another version
     */
    public static PaymentPayload paymentPayload(String header) {
        JsonObject json = versioned(Headers.PAYMENT_SIGNATURE, header);
        return understood(Headers.PAYMENT_SIGNATURE, () -> PaymentPayload.read(json));
    }

    /**
     * Reads {@code PAYMENT-RESPONSE}.
     *
     * @throws MalformedWireException when it is too long or not the protocol
     */
    public static SettlementResponse settlementResponse(String header) {
        JsonObject json = decode(Headers.PAYMENT_RESPONSE, header);
        return understood(Headers.PAYMENT_RESPONSE, () -> SettlementResponse.read(json));
    }

    /** Names what was read when something in it is missing, of the wrong kind or out of range. */
    static <T> T understood(String what, Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            throw new MalformedWireException(what + ": " + e.getMessage(), e);
        }
    }

    static String base64(Map<String, @Nullable Object> json) {
        return Base64.getEncoder().encodeToString(Json.write(json).getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject versioned(String name, String header) {
        JsonObject json = decode(name, header);
        Object version = json.all().get("x402Version");
        if (!BigInteger.valueOf(VERSION).equals(version)) {
            throw new MalformedWireException(name + " is of x402 version " + Printable.cut(String.valueOf(version), 20)
                    + "; only " + VERSION + " is spoken");
        }
        return json;
    }

    static JsonObject decode(String name, String header) {
        if (header.length() > MAX_HEADER_CHARS) {
            throw new MalformedWireException(
                    name + " has " + header.length() + " characters; at most " + MAX_HEADER_CHARS + " are read");
        }
        byte[] json;
        try {
            json = Base64.getDecoder().decode(header);
        } catch (IllegalArgumentException e) {
            throw new MalformedWireException(name + " is not base64", e);
        }
        try {
            return JsonObject.of(Json.parse(json, MAX_HEADER_CHARS), name);
        } catch (MalformedWireException e) {
            throw new MalformedWireException(name + ": " + e.getMessage(), e);
        }
    }
}
