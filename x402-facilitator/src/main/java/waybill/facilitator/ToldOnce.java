package waybill.facilitator;

import java.util.LinkedHashSet;
import java.util.Set;
import waybill.x402.SettlementResponse;

/**
 * The settlements that sellers without claims of their own were told of. Such a seller serves whoever's settlement succeeds:
 * told twice of one, it would serve two requests for one payment that came twice at once. It holds the newest in memory,
 * which is long enough, as a payment that is on the chain does not pass {@code /verify} again. Thread-safe.
 */
final class ToldOnce {
    private static final int MOST = 100_000;

    private final Set<String> told = new LinkedHashSet<>(); // guarded by this; the oldest first

    /** Whether {@code response} is a transfer that nobody was told of; from now on somebody was. */
    synchronized boolean first(SettlementResponse response) {
        if (!response.success() || response.transaction().isEmpty()) {
            return true; // nothing moved, so nothing is bought twice
        }
        if (!told.add(response.transaction())) {
            return false;
        }
        if (told.size() > MOST) {
            told.remove(told.iterator().next());
        }
        return true;
    }
}
