package waybill.facilitator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import waybill.seller.FacilitatorException;

/** Waits for transactions that come before a settlement, such as the deployment of a wallet. Thread-safe. */
final class Receipts {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);

    private final Chain chain;
    private final FacilitatorSettings settings;
    private final Clock clock;
    private final Pause pause;

    Receipts(Chain chain, FacilitatorSettings settings, Clock clock, Pause pause) {
        this.chain = chain;
        this.settings = settings;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * The receipt of {@code hash}.
     *
     * @throws FacilitatorException when there is none within the receipt timeout; nothing has been settled then
     */
    TransactionReceipt await(String hash) {
        Instant until = clock.instant().plus(settings.receiptTimeout());
        Duration wait = FIRST_PAUSE;
        while (true) {
            TransactionReceipt receipt = chain.receipt(hash);
            if (receipt != null) {
                return receipt;
            }
            if (!clock.instant().isBefore(until)) {
                throw new FacilitatorException("a transaction that has to come first is not in a block yet: " + hash);
            }
            try {
                pause.pause(wait);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FacilitatorException("interrupted while waiting for " + hash, e);
            }
            Duration longer = wait.multipliedBy(2);
            wait = longer.compareTo(settings.pollInterval()) < 0 ? longer : settings.pollInterval();
        }
    }
}
