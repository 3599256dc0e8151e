package waybill.seller;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a gate behaves in time, and whether it signs.
 *
 * @param quoteLife how long a quote is honoured, whatever the price does
 * @param keepAnswer how long an answer can be fetched again by sending its payment again
 * @param retryAfter what a buyer is told to wait, whole seconds, at least one
 * @param receipts signs offers and receipts; null, and nothing is signed
 */
public record GateSettings(
        Duration quoteLife, Duration keepAnswer, Duration retryAfter, @Nullable ReceiptSigner receipts) {
    public GateSettings {
        if (quoteLife.toSeconds() < 1 || keepAnswer.toSeconds() < 1 || retryAfter.toSeconds() < 1) {
            throw new IllegalArgumentException("the gate's times are at least one second each");
        }
    }

    /** Settings of a gate that signs nothing. */
    public GateSettings(Duration quoteLife, Duration keepAnswer, Duration retryAfter) {
        this(quoteLife, keepAnswer, retryAfter, null);
    }

    /** These, with offers and receipts signed by {@code signer}. */
    public GateSettings signedBy(ReceiptSigner signer) {
        return new GateSettings(quoteLife, keepAnswer, retryAfter, signer);
    }

    /** Quotes for 5 minutes, answers for 15, retry after 1 second. */
    public static GateSettings defaults() {
        return new GateSettings(Duration.ofMinutes(5), Duration.ofMinutes(15), Duration.ofSeconds(1));
    }
}
