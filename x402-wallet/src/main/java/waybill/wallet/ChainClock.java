package waybill.wallet;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import waybill.x402.Network;

/**
 * Compares this machine's clock with each chain's, once in the life of a wallet: before anything is paid there, or at the
 * first look of {@link Wallet#reconcileBy}. While the ledger is open its own watch notices a clock that is set forward;
 * over a restart only something outside can. Thread-safe.
 */
final class ChainClock {
    /**
     * How far ahead of a chain's latest block this machine may be. The bound is on the whole lead, not on each restart's,
     * so it is all that a rolling window can ever be shortened by: a quarter of the hour, a hundredth of the day. A
     * node that lags, or a sequencer that pauses, is often minutes late and rarely this much; then a freeze is the right
     * side to err on, because such a chain settles nothing either.
     */
    static final Duration AHEAD_AT_MOST = Duration.ofMinutes(15);

    private final Map<Network, ChainNode> nodes;
    private final Journal journal;
    private final Set<Network> compared = ConcurrentHashMap.newKeySet();

    ChainClock(Map<Network, ChainNode> nodes, Journal journal) {
        this.nodes = nodes;
        this.journal = journal;
    }

    /** A reason to freeze, from all chains that were not asked before. */
    Optional<String> compareAll() {
        return nodes.keySet().stream()
                .flatMap(network -> compare(network).stream())
                .findFirst();
    }

    /**
     * A reason to freeze; empty when the clock is right, the chain was asked before, or nothing is known of its time: it
     * has no node, the node does not answer (and is asked again the next time), or it is a development network on this
     * machine, which makes a block only when somebody pays.
     */
    Optional<String> compare(Network network) {
        ChainNode node = nodes.get(network);
        if (node == null || node.isDevelopment() || compared.contains(network)) {
            return Optional.empty();
        }
        Instant chain;
        try {
            chain = Instant.ofEpochSecond(node.latest().seconds());
        } catch (IOException e) {
            return Optional.empty(); // nothing is known of this chain's time
        }
        Instant now = journal.now();
        if (now.isAfter(chain.plus(AHEAD_AT_MOST))) {
            return Optional.of("this machine's clock says " + now + ", the latest block of " + network + " is of "
                    + chain + "; more than " + AHEAD_AT_MOST.toMinutes()
                    + " minutes ahead, budgets would refill early. Put the clock right, or the node, then unfreeze");
        }
        compared.add(network);
        return Optional.empty();
    }
}
