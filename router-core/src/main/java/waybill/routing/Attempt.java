package waybill.routing;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One try at one candidate.
 *
 * @param candidate its name
 * @param failure what went wrong; null when it answered
 * @param message the failure in words; null when it answered
 * @param duration from start to end
 * @param firstContent from start to the first content; null when none came or the answer was not streamed
 * @param usage tokens that the provider counted; null when it counted none
 * @param cost what it cost
 */
public record Attempt(
        String candidate,
        @Nullable FailureKind failure,
        @Nullable String message,
        Duration duration,
        @Nullable Duration firstContent,
        @Nullable Usage usage,
        Cost cost) {

    /** Whether it answered. */
    public boolean answered() {
        return failure == null;
    }

    @Override
    public String toString() {
        return candidate + (failure == null ? " answered" : ": " + failure.words() + " (" + message + ")") + " after "
                + duration.toMillis() + " ms, cost " + cost;
    }
}
