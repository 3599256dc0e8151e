package waybill.gateway;

import dev.langchain4j.exception.HttpException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** A provider's answer with a status that is not 2xx: its body is the message, cut, and its {@code Retry-After} is kept. */
final class UpstreamStatusException extends HttpException {

    private static final long serialVersionUID = 1L;
    private static final int MAX_BODY = 4_000;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final @Nullable Duration retryAfter;

    UpstreamStatusException(int status, String body, @Nullable Duration retryAfter) {
        super(status, body.length() <= MAX_BODY ? body : body.substring(0, MAX_BODY));
        this.retryAfter = retryAfter;
    }

    /** How long the provider asks to be left alone, at most a day; null when it did not say. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** Reads seconds or a date; anything else is as if it were not there. */
    static @Nullable Duration parseRetryAfter(@Nullable String header, Instant now) {
        if (header == null) {
            return null;
        }
        Duration delay;
        if (header.matches("[0-9]{1,9}")) {
            delay = Duration.ofSeconds(Long.parseLong(header));
        } else {
            try {
                delay = Duration.between(
                        now,
                        ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant());
            } catch (DateTimeException e) {
                return null;
            }
        }
        if (delay.isNegative()) {
            return Duration.ZERO;
        }
        return delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    }
}
