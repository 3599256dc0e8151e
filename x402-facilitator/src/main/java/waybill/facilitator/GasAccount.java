package waybill.facilitator;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.RawTransaction;
import org.web3j.utils.Numeric;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Bytes32;

/**
 * The account that pays for gas. It sends one transaction at a time, so that account nonces neither collide nor leave a
 * gap; waiting for a block happens elsewhere, at once for all. It owns the next nonce and the last look at fees.
 */
final class GasAccount {
    private static final int TRIES = 3;
    private static final Duration TURN = Duration.ofSeconds(30);
    private static final Duration FEES_LAST = Duration.ofSeconds(2);

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Chain chain;
    private final GasKey key;
    private final FacilitatorSettings settings;
    private final Clock clock;
    private final Address address;

    private @Nullable BigInteger next; // guarded by lock; null when only the chain knows
    private @Nullable Fees fees; // guarded by lock
    private Instant feesFrom = Instant.MIN; // guarded by lock

    GasAccount(Chain chain, GasKey key, FacilitatorSettings settings, Clock clock) {
        this.chain = chain;
        this.key = key;
        this.settings = settings;
        this.clock = clock;
        this.address = key.address();
    }

    Address address() {
        return address;
    }

    /**
     * Sends {@code data} to {@code to}.
     *
     * @param beforeSending is told the hash before any node has seen the transaction
     * @return the hash; the node may have lost it when its answer was
     * @throws FacilitatorException when no node has taken it, as far as anybody said
     */
    String send(Address to, byte[] data, Consumer<String> beforeSending) {
        takeTurn();
        try {
            Fees fees = affordable();
            String said = "";
            for (int attempt = 0; attempt < TRIES; attempt++) {
                BigInteger nonce = next != null ? next : chain.nextNonce(address);
                next = null; // until the node has taken this one
                byte[] signed = key.sign(RawTransaction.createTransaction(
                        chain.network().chainId(),
                        nonce,
                        settings.gasLimit(),
                        to.toString(),
                        BigInteger.ZERO,
                        Numeric.toHexString(data),
                        fees.tip(),
                        fees.max()));
                String hash = Bytes32.keccak(signed).toString();
                beforeSending.accept(hash);
                String refusal;
                try {
                    refusal = chain.broadcast(signed);
                } catch (IOException e) {
                    return hash; // it may have arrived: whoever waits for the receipt will see
                }
                if (refusal == null || isKnown(refusal)) {
                    next = nonce.add(BigInteger.ONE);
                    return hash;
                }
                said = refusal;
                if (!isNonceTrouble(refusal)) {
                    break;
                }
            }
            throw new FacilitatorException("the node refused the settlement of gas account " + address + ": " + said);
        } finally {
            lock.unlock();
        }
    }

    private void takeTurn() {
        try {
            if (!lock.tryLock(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new FacilitatorException("the gas account " + address + " was busy for " + TURN.toSeconds()
                        + " seconds: the node is slow, or there is more to settle than it takes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FacilitatorException("interrupted before anything was sent", e);
        }
    }

    /** Asks the chain for the next nonce before the next send: something that was sent has been lost. */
    void resynchronise() {
        lock.lock();
        try {
            next = null;
        } finally {
            lock.unlock();
        }
    }

    private Fees affordable() {
        Instant now = clock.instant();
        Fees known = fees;
        if (known != null && now.isBefore(feesFrom.plus(FEES_LAST))) {
            return known;
        }
        BigInteger base = chain.baseFee();
        BigInteger tip =
                chain.suggestedTip().max(settings.minPriorityFeePerGas()).min(settings.maxPriorityFeePerGas());
        if (base.add(tip).compareTo(settings.maxFeePerGas()) > 0) {
            throw new FacilitatorException("gas costs " + base.add(tip) + " wei on " + chain.network()
                    + ", above the ceiling of " + settings.maxFeePerGas() + ": wait, or raise maxFeePerGas");
        }
        Fees fresh = new Fees(tip, base.shiftLeft(1).add(tip).min(settings.maxFeePerGas()));
        BigInteger needed = fresh.max().multiply(settings.gasLimit());
        BigInteger balance = chain.balance(address);
        if (balance.compareTo(needed) < 0) {
            throw new FacilitatorException("the gas account " + address + " has " + balance + " wei on "
                    + chain.network() + ", and a settlement may need " + needed + ": top it up");
        }
        fees = fresh;
        feesFrom = now;
        return fresh;
    }

    private static boolean isKnown(String refusal) {
        String text = refusal.toLowerCase(Locale.ROOT);
        return text.contains("already known")
                || text.contains("already imported")
                || text.contains("known transaction");
    }

    private static boolean isNonceTrouble(String refusal) {
        String text = refusal.toLowerCase(Locale.ROOT);
        return text.contains("nonce") || text.contains("replacement transaction");
    }
}
