package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A failed attempt, classified.
 *
 * @param kind what went wrong
 * @param cause what was thrown
 * @param retryAfter how long the provider asks to be left alone; null when it did not say
 * @param paid dollars that were paid or are held by this attempt; null when not known, and then its price counts
 */
public record Failure(FailureKind kind, Throwable cause, @Nullable Duration retryAfter, @Nullable BigDecimal paid) {

    /** A failure of which only the kind and the exception are known. */
    public static Failure of(FailureKind kind, Throwable cause) {
        return new Failure(kind, cause, null, null);
    }

    /** The same with the time that the provider asks for. */
    public Failure withRetryAfter(@Nullable Duration delay) {
        return new Failure(kind, cause, delay, paid);
    }

    /** The same with the money that was paid or is held. */
    public Failure withPaid(@Nullable BigDecimal usd) {
        return new Failure(kind, cause, retryAfter, usd);
    }

    /** One line: the exception's message, or its type when it has none, cut to 300 characters. */
    public String message() {
        String text = cause.getMessage();
        String line = text == null || text.isBlank() ? cause.getClass().getSimpleName() : text.strip();
        return line.length() <= 300 ? line : line.substring(0, 300) + "…";
    }
}
