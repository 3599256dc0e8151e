package waybill.routing;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The paper that goes with one call: the plan, every attempt, the usage and what it all cost.
 *
 * @param id unique for this router
 * @param plan who was to serve
 * @param attempts who was tried, in order
 * @param notes what a reader of the bill should know: money held, candidates skipped and why
 * @param cost of all attempts together
 * @param duration of the whole call
 */
public record Receipt(String id, Plan plan, List<Attempt> attempts, List<String> notes, Cost cost, Duration duration) {

    public Receipt {
        attempts = List.copyOf(attempts);
        notes = List.copyOf(notes);
    }

    /** The attempt that answered; empty when none did. */
    public Optional<Attempt> answer() {
        return attempts.stream().filter(Attempt::answered).findFirst();
    }

    /** The name of the candidate that answered; empty when none did. */
    public Optional<String> answeredBy() {
        return answer().map(Attempt::candidate);
    }

    /** The receipt in a few lines: why, attempts, notes, total. */
    @Override
    public String toString() {
        String lines = attempts.stream().map(a -> "  " + a + "\n").collect(Collectors.joining());
        String said = notes.stream().map(n -> "  note: " + n + "\n").collect(Collectors.joining());
        return "receipt " + id + ": " + plan.why() + "\n" + lines + said + "  total " + cost + " in "
                + duration.toMillis() + " ms\n";
    }
}
