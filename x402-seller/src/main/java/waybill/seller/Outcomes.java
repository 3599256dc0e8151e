package waybill.seller;

import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;

/** Tells what became of what was sold by use, by the hash of its payment. Thread-safe. */
final class Outcomes {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    private final ClaimStore store;
    private final Clock clock;

    Outcomes(ClaimStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** As {@link PaymentGate#outcome} says. */
    Optional<StreamOutcome> of(String id) {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        return store.findByPayment(id).filter(claim -> claim.metered() != null).map(this::told);
    }

    private StreamOutcome told(Claim claim) {
        StreamOutcome outcome = Objects.requireNonNull(claim.metered()).outcome();
        SettlementResponse response = claim.settlement();
        String transaction = response == null ? "" : response.transaction();
        return switch (claim.state()) {
            case RUNNING -> outcome;
            case SETTLING ->
                outcome.with(
                        Settling.released(claim) && clock.instant().isAfter(claim.validBefore())
                                ? StreamOutcome.State.OWED
                                : StreamOutcome.State.SETTLING,
                        transaction);
            default -> outcome.with(StreamOutcome.State.SETTLED, transaction);
        };
    }

    /** As {@link PaymentGate#forgive} says. */
    boolean forgive(String id) {
        return of(id).filter(told -> told.state() == StreamOutcome.State.OWED).isPresent()
                && store.forgive(id, clock.instant());
    }
}
