package waybill.routing;

import java.util.List;
import java.util.Optional;

/**
 * No candidate answered: none was eligible, or every attempt failed, or time or money ran out. Its cause is the first
 * attempt's failure, later ones are suppressed.
 */
public class RoutingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Receipt receipt;

    /** An exception with the failures of the attempts, in order. */
    RoutingException(String message, Receipt receipt, List<Throwable> failures) {
        super(message, failures.isEmpty() ? null : failures.get(0));
        failures.stream().skip(1).forEach(this::addSuppressed);
        this.receipt = receipt;
    }

    /** What was planned, tried and spent. */
    public Receipt receipt() {
        return receipt;
    }

    /** The kind of the last failure, attempts that were merely overtaken aside; empty when nothing was attempted. */
    public Optional<FailureKind> kind() {
        return receipt.attempts().stream()
                .map(Attempt::failure)
                .filter(kind -> kind != null && kind != FailureKind.OVERTAKEN)
                .reduce((earlier, later) -> later);
    }
}
