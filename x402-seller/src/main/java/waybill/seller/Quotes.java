package waybill.seller;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Offer;
import waybill.x402.TokenPrice;

/**
 * Offers that carry their own proof. A quote is {@code expiry.random.mac} in the offer's {@code extra}; the MAC covers
 * every term of the offer and the fingerprint of the request. A buyer echoes the whole offer, so the seller knows its own
 * words again without having kept any, whatever its prices are by then.
 */
final class Quotes {
    static final String EXTRA = "quote";
    /** The other texts in {@code extra} that are the seller's terms. */
    private static final List<String> TERMS =
            List.of("name", "version", "assetTransferMethod", "facilitatorAddress", PriceTag.FLOW);

    private static final int RANDOM_BYTES = 12;
    private static final int MAX_CHARS = 128;

    private final QuoteKey key;
    private final SecureRandom random;
    private final Duration life;

    Quotes(QuoteKey key, SecureRandom random, Duration life) {
        this.key = key;
        this.random = random;
        this.life = life;
    }

    /** What a payment's {@code accepted} turned out to be. */
    sealed interface Check {
        /** Our own offer, still good; {@code required} is rebuilt from the terms under the MAC. */
        record Good(Offer required) implements Check {}

        record Bad(String code, String message) implements Check {}
    }

    Offer issue(PriceTag tag, String fingerprint, Instant now) {
        Offer offer = tag.offer();
        byte[] salt = new byte[RANDOM_BYTES];
        random.nextBytes(salt);
        String head = end(now).getEpochSecond() + "." + base64(salt);
        return offer.withExtra(EXTRA, head + "." + base64(mac(offer, fingerprint, head)));
    }

    /** Until when a quote of {@code now} is honoured. */
    Instant end(Instant now) {
        return now.plus(life);
    }

    Check check(Offer accepted, String fingerprint, Instant now) {
        String quote = accepted.extraText(EXTRA);
        int end = quote == null ? -1 : quote.lastIndexOf('.');
        if (quote == null || quote.length() > MAX_CHARS || end < 0) {
            return noMatch("it carries no quote of this seller");
        }
        String head = quote.substring(0, end);
        byte[] mac = decode(quote.substring(end + 1));
        if (mac == null || !MessageDigest.isEqual(mac, mac(accepted, fingerprint, head))) {
            return noMatch("its quote is not this seller's for this request and these terms");
        }
        // from here on every term is our own
        long expires = Long.parseLong(head.substring(0, head.indexOf('.')));
        if (now.getEpochSecond() > expires) {
            return new Check.Bad(
                    "quote_expired",
                    "the quote ended at " + Instant.ofEpochSecond(expires) + "; the new one is in this answer");
        }
        Map<String, @Nullable Object> extra = new LinkedHashMap<>();
        for (String term : TERMS) {
            if (accepted.extraText(term) != null) {
                extra.put(term, accepted.extraText(term));
            }
        }
        extra.put(EXTRA, quote);
        Offer required = new Offer(
                accepted.scheme(),
                accepted.network(),
                accepted.amount(),
                accepted.asset(),
                accepted.payTo(),
                accepted.maxTimeoutSeconds(),
                extra);
        return new Check.Good(TokenPrice.of(accepted)
                .map(quoted -> quoted.price().in(required, quoted.promptTokens()))
                .orElse(required));
    }

    /** A text that nobody can make without this seller's key. */
    String sealed(String text) {
        return HexFormat.of().formatHex(key.mac(Fingerprint.bytes("sealed", text)));
    }

    private static Check noMatch(String why) {
        return new Check.Bad(
                "no_matching_payment_requirements",
                "the payment accepts no offer of this request: " + why + "; the current offers are in this answer");
    }

    private byte[] mac(Offer offer, String fingerprint, String head) {
        List<String> parts = new ArrayList<>(List.of(
                "quote",
                head,
                fingerprint,
                offer.scheme(),
                offer.network(),
                offer.amount(),
                offer.asset(),
                offer.payTo(),
                Integer.toString(offer.maxTimeoutSeconds())));
        TERMS.forEach(term -> parts.add(String.valueOf(offer.extraText(term))));
        parts.add(TokenPrice.of(offer).map(TokenPrice.Quoted::toString).orElse("no price per token"));
        return key.mac(Fingerprint.bytes(parts.toArray(String[]::new)));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte @Nullable [] decode(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
