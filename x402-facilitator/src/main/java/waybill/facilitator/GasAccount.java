package waybill.facilitator;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.RawTransaction;
import org.web3j.utils.Numeric;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Bytes32;

/**
 * One account that pays for gas. Each transaction gets the next nonce and is on its way while the next one is signed; when
 * the node does not take one, nothing is signed until all that are on their way have arrived and the chain has said where it
 * stands, so that account nonces neither collide nor leave a gap. Waiting for a block happens elsewhere, at once for all. It
 * owns the next nonce and the last look at fees.
 */
final class GasAccount {
    private static final System.Logger LOG = System.getLogger(GasAccount.class.getName());
    private static final int TRIES = 3;
    private static final Duration TURN = Duration.ofSeconds(30);
    private static final Duration FEES_LAST = Duration.ofSeconds(2);
    private static final BigInteger PLAIN_TRANSFER_GAS = BigInteger.valueOf(21_000);

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition arrived = lock.newCondition();
    private final Chain chain;
    private final GasKey key;
    private final FacilitatorSettings settings;
    private final Clock clock;
    private final Address address;

    private @Nullable BigInteger next; // guarded by lock; null when only the chain knows
    private BigInteger given = BigInteger.ZERO; // the nonce that was signed with last; guarded by lock
    private int onTheirWay; // transactions that the node has not answered yet; guarded by lock
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

    /** True when nobody is sending from it right now. */
    boolean idle() {
        return !lock.isLocked();
    }

    /**
     * Sends {@code call}.
     *
     * @param beforeSending is told what goes out before any node has seen it
     * @return what was sent; the node may have lost it when its answer was
     * @throws FacilitatorException when no node has taken it, as far as anybody said
     */
    Broadcast send(Call call, Consumer<Broadcast> beforeSending) {
        return send(call.to(), BigInteger.ZERO, call.data(), call.gasLimit(), beforeSending);
    }

    /** Sends {@code wei} to {@code to}, an ordinary account. */
    Broadcast fund(Address to, BigInteger wei) {
        return send(to, wei, new byte[0], PLAIN_TRANSFER_GAS, sending -> {});
    }

    private Broadcast send(Address to, BigInteger wei, byte[] data, BigInteger gasLimit, Consumer<Broadcast> before) {
        String said = "";
        for (int attempt = 0; attempt < TRIES; attempt++) {
            Signed signed = sign(to, wei, data, gasLimit, before);
            String refusal;
            try {
                refusal = chain.broadcast(signed.raw());
            } catch (IOException e) {
                landed(false);
                return signed.sending(); // it may have arrived: whoever waits for the receipt will see
            } catch (RuntimeException | Error e) {
                landed(false);
                throw e;
            }
            if (refusal == null || isKnown(refusal)) {
                landed(true);
                return signed.sending();
            }
            said = refusal;
            if (!isNonceTrouble(refusal)) {
                close(signed.sending());
                break;
            }
            landed(false);
        }
        throw new FacilitatorException("the node refused the settlement of gas account " + address + ": " + said);
    }

    /** A transaction with a nonce of its own, on its way to the node. */
    @SuppressWarnings("ArrayRecordComponent") // sent once
    private record Signed(byte[] raw, Broadcast sending) {}

    /** Takes the next nonce. What goes out with it is told to {@code before} first, and is on its way afterwards. */
    private Signed sign(Address to, BigInteger wei, byte[] data, BigInteger gasLimit, Consumer<Broadcast> before) {
        takeTurn();
        try {
            Fees offered = affordable(gasLimit);
            BigInteger known = next;
            BigInteger nonce = known != null ? known : unconfusedNonce();
            byte[] raw = signed(nonce, to, wei, data, gasLimit, offered);
            Broadcast sending = new Broadcast(Bytes32.keccak(raw).toString(), address, nonce, offered);
            before.accept(sending);
            next = nonce.add(BigInteger.ONE);
            given = nonce;
            onTheirWay++;
            return new Signed(raw, sending);
        } finally {
            lock.unlock();
        }
    }

    /** What the chain says, asked when nothing of ours is on its way that it could leave out. */
    private BigInteger unconfusedNonce() {
        long nanos = TURN.toNanos();
        try {
            while (onTheirWay > 0 && next == null) {
                if (nanos <= 0) {
                    throw busy();
                }
                nanos = arrived.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FacilitatorException("interrupted before anything was sent", e);
        }
        BigInteger known = next;
        return known != null ? known : chain.nextNonce(address);
    }

    /** The node has answered, or never will; when it has not taken the transaction, only the chain knows what comes next. */
    private void landed(boolean taken) {
        lock.lock();
        try {
            onTheirWay--;
            if (!taken) {
                next = null;
            }
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** When others follow one that the node refused, they would wait for its nonce: an empty transaction takes it. */
    private void close(Broadcast refused) {
        lock.lock();
        try {
            if (given.compareTo(refused.nonce()) > 0) {
                sendNothing(refused.nonce(), refused.fees());
            }
        } finally {
            landed(false); // before anybody else has a turn, who would follow the refused one
            lock.unlock();
        }
    }

    /** When nothing of ours is on its way to a nonce that {@code waiting} waits for, an empty transaction takes it. */
    private void closeBefore(Broadcast waiting) {
        takeTurn();
        try {
            if (onTheirWay > 0) {
                return;
            }
            BigInteger open = chain.nextNonce(address);
            if (open.compareTo(waiting.nonce()) < 0) {
                next = null;
                sendNothing(open, affordable(PLAIN_TRANSFER_GAS));
            }
        } catch (FacilitatorException e) {
            LOG.log(Level.WARNING, "what " + waiting.hash() + " waits for is not known: " + e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    private void sendNothing(BigInteger nonce, Fees offered) {
        try {
            String refusal =
                    chain.broadcast(signed(nonce, address, BigInteger.ZERO, new byte[0], PLAIN_TRANSFER_GAS, offered));
            if (refusal != null) {
                LOG.log(Level.WARNING, "nonce " + nonce + " of " + address + " may be open: " + refusal);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "nonce " + nonce + " of " + address + " may be open", e);
        }
    }

    /**
     * Sends {@code call} again in the place of {@code stuck}, for an eighth more per gas, if {@code stuck} is the next of
     * this account to go into a block. At most one of the two ever does.
     *
     * @return the replacement, or empty when there is nothing to replace, or the ceiling forbids it
     */
    Optional<Broadcast> replace(Broadcast stuck, Call call, Consumer<Broadcast> before) {
        int behind = chain.minedNonce(address).compareTo(stuck.nonce());
        if (behind < 0) {
            closeBefore(stuck);
        }
        if (behind != 0) {
            return Optional.empty(); // mined meanwhile, or waiting for one before it
        }
        takeTurn();
        try {
            feesFrom = Instant.MIN; // what was known when it got stuck is of no use
            Fees offered;
            try {
                offered = stuck.fees().raisedTo(affordable(call.gasLimit()));
            } catch (FacilitatorException e) {
                LOG.log(Level.WARNING, "no more is offered for " + stuck.hash() + ": " + e.getMessage());
                return Optional.empty(); // it goes on waiting: gas may become cheaper
            }
            if (offered.max().compareTo(settings.maxFeePerGas()) > 0) {
                return Optional.empty();
            }
            Fees capped = new Fees(offered.tip().min(offered.max()), offered.max());
            byte[] signed = signed(stuck.nonce(), call.to(), BigInteger.ZERO, call.data(), call.gasLimit(), capped);
            Broadcast sending = new Broadcast(Bytes32.keccak(signed).toString(), address, stuck.nonce(), capped);
            before.accept(sending);
            try {
                String refusal = chain.broadcast(signed);
                return refusal == null || isKnown(refusal) ? Optional.of(sending) : Optional.empty();
            } catch (IOException e) {
                return Optional.of(sending); // it may have arrived
            }
        } finally {
            lock.unlock();
        }
    }

    private byte[] signed(
            BigInteger nonce, Address to, BigInteger wei, byte[] data, BigInteger gasLimit, Fees offered) {
        return key.sign(RawTransaction.createTransaction(
                chain.network().chainId(),
                nonce,
                gasLimit,
                to.toString(),
                wei,
                Numeric.toHexString(data),
                offered.tip(),
                offered.max()));
    }

    /** What {@code gas} costs now at most, in wei. */
    BigInteger cost(BigInteger gas) {
        takeTurn();
        try {
            return affordable(gas).max().multiply(gas);
        } finally {
            lock.unlock();
        }
    }

    private void takeTurn() {
        try {
            if (!lock.tryLock(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FacilitatorException("interrupted before anything was sent", e);
        }
    }

    private FacilitatorException busy() {
        return new FacilitatorException("the gas account " + address + " was busy for " + TURN.toSeconds()
                + " seconds: the node is slow, or there is more to settle than it takes");
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

    private Fees affordable(BigInteger gasLimit) {
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
        BigInteger needed = fresh.max().multiply(gasLimit);
        BigInteger balance = chain.balance(address);
        if (balance.compareTo(needed) < 0) {
            throw new FacilitatorException("the gas account " + address + " has " + balance + " wei on "
                    + chain.network() + ", and a settlement may need " + needed + ": top it up");
        }
        fees = fresh;
        feesFrom = now;
        return fresh;
    }

    static boolean isKnown(String refusal) {
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
