package waybill.facilitator;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import waybill.facilitator.SettlementStore.Sent;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.SettlementResponse;

/**
 * Puts payments on the chain, each at most once, whatever its scheme: noted before it is sent, followed until a receipt
 * proves it, offered more when it is stuck, and found again when it is asked for again. It owns the settlements under way.
 */
final class Settler {
    private static final Duration REMEMBERED = Duration.ofDays(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration HEIGHT_LASTS = Duration.ofSeconds(10);
    private static final Instant LAST = Instant.ofEpochSecond(253_402_300_799L); // of the year 9999

    private final Chain chain;
    private final GasAccounts gas;
    private final SettlementStore store;
    private final FacilitatorSettings settings;
    private final Clock clock;
    private final Pause pause;

    private volatile @Nullable Seen seen;

    /** How high the chain was, and when. */
    private record Seen(BigInteger height, Instant at) {}

    /** Settlements under way, by payment: a second caller waits for the first one's outcome. */
    private final Map<String, CompletableFuture<SettlementResponse>> underWay = new ConcurrentHashMap<>();

    Settler(
            Chain chain,
            GasAccounts gas,
            SettlementStore store,
            FacilitatorSettings settings,
            Clock clock,
            Pause pause) {
        this.chain = chain;
        this.gas = gas;
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.pause = pause;
    }

    /** Settles once however often it is asked; the same payment asked again gets the outcome of the first time. */
    SettlementResponse settle(Terms terms) {
        CompletableFuture<SettlementResponse> mine = new CompletableFuture<>();
        CompletableFuture<SettlementResponse> other = underWay.putIfAbsent(terms.id(), mine);
        if (other != null) {
            return joined(terms, other);
        }
        try {
            SettlementResponse response = once(terms);
            mine.complete(response);
            return response;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            underWay.remove(terms.id(), mine);
        }
    }

    private SettlementResponse once(Terms terms) {
        Optional<Sent> before = store.find(terms.id());
        try {
            if (before.isPresent()) {
                terms.agree();
                return follow(terms.settling(before.get().amount()), before.get(), true);
            }
            terms.check();
            if (terms.amount().signum() == 0) {
                return settled(terms, "", BigInteger.ZERO);
            }
            terms.prepare();
        } catch (Refused e) {
            return failed(e, "", terms.payer());
        }
        return follow(terms, send(terms), false);
    }

    /** What was noted stays when the node refuses: its word is no proof, and asking again finds out. */
    private Sent send(Terms terms) {
        BigInteger height = height();
        Broadcast sent = gas.send(
                terms.call(), sending -> note(terms, new Sent(sending, List.of(), height, false, terms.amount())));
        return new Sent(sent, List.of(), height, false, terms.amount());
    }

    /** A block of a moment ago: what is sent now can be in none before it. */
    private BigInteger height() {
        Seen last = seen;
        Instant now = clock.instant();
        if (last == null || !now.isBefore(last.at().plus(HEIGHT_LASTS))) {
            last = new Seen(chain.blockNumber(), now);
            seen = last;
        }
        return last.height();
    }

    /** Waits for a transaction that was sent, and says what became of the payment. */
    private SettlementResponse follow(Terms terms, Sent first, boolean found) {
        if (first.done()) {
            return settled(terms, first.last().hash(), first.amount());
        }
        boolean missing = found && first.hashes().stream().noneMatch(chain::knows);
        Waited waited = missing ? new Waited(first, receipt(first)) : await(terms, first);
        Sent sent = waited.sent();
        TransactionReceipt receipt = waited.receipt();
        if (receipt != null && receipt.isStatusOK() && terms.movedBy(receipt)) {
            return done(terms, sent, receipt.getTransactionHash());
        }
        // Anybody may submit an authorisation: perhaps another's transaction came first, and the seller is paid.
        Optional<String> other = terms.settledElsewhere(sent.fromBlock());
        if (other.isPresent()) {
            return done(terms, sent, other.get());
        }
        if (receipt != null) {
            store.forget(terms.id());
            return failed(
                    receipt.isStatusOK()
                            ? new Refused(
                                    terms.mismatchCode(),
                                    "the transaction went through without the transfer that was agreed")
                            : new Refused(terms.failedCode(), "the token refused the transfer in its block"),
                    receipt.getTransactionHash(),
                    terms.payer());
        }
        if (missing) {
            return lost(terms);
        }
        return failed(
                new Refused(
                        SettlementResponse.SETTLEMENT_PENDING,
                        "the transaction was sent and is not in a block yet; ask again with the same payment"),
                sent.last().hash(),
                terms.payer());
    }

    /** The node no longer knows the transaction. Sending anew is safe: an authorisation is taken once. */
    private SettlementResponse lost(Terms terms) {
        gas.resynchronise();
        try {
            terms.check();
        } catch (Refused e) {
            store.forget(terms.id());
            // Used, and not for this transfer, as the log has just shown: a cancellation, which is a failure for good.
            Refused refused =
                    e.isSpent() ? new Refused(terms.failedCode(), "the payer has cancelled the authorisation") : e;
            return failed(refused, "", terms.payer());
        }
        return follow(terms, send(terms), false);
    }

    private SettlementResponse done(Terms terms, Sent sent, String hash) {
        note(terms, sent.doneBy(hash));
        return settled(terms, hash, sent.amount());
    }

    private void note(Terms terms, Sent sent) {
        Instant now = clock.instant();
        Instant ends = Instant.ofEpochSecond(
                terms.ends().min(BigInteger.valueOf(LAST.getEpochSecond())).longValueExact());
        store.put(terms.id(), sent, (ends.isAfter(now) ? ends : now).plus(REMEMBERED), now);
    }

    /** What was sent by the end of a wait, replacements counted, and the receipt of one of them if there was any. */
    private record Waited(Sent sent, @Nullable TransactionReceipt receipt) {}

    private Waited await(Terms terms, Sent first) {
        Sent sent = first;
        Instant now = clock.instant();
        Instant until = now.plus(settings.receiptTimeout());
        Instant replaceAt = now.plus(settings.replaceAfter());
        Duration wait = FIRST_PAUSE;
        while (true) {
            TransactionReceipt receipt = receipt(sent);
            now = clock.instant();
            if (receipt != null || !now.isBefore(until)) {
                return new Waited(sent, receipt);
            }
            if (!now.isBefore(replaceAt)) {
                sent = replaced(terms, sent);
                replaceAt = now.plus(settings.replaceAfter());
                wait = FIRST_PAUSE;
            }
            try {
                pause.pause(wait);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Waited(sent, null); // pending, as far as anybody knows
            }
            Duration longer = wait.multipliedBy(2);
            wait = longer.compareTo(settings.pollInterval()) < 0 ? longer : settings.pollInterval();
        }
    }

    private @Nullable TransactionReceipt receipt(Sent sent) {
        for (String hash : sent.hashes()) {
            TransactionReceipt receipt = chain.receipt(hash);
            if (receipt != null) {
                return receipt;
            }
        }
        return null;
    }

    private Sent replaced(Terms terms, Sent stuck) {
        Sent[] sent = {stuck};
        var unused = gas.replace(stuck.last(), terms.call(), sending -> {
            sent[0] = stuck.replacedBy(sending);
            note(terms, sent[0]);
        });
        return sent[0];
    }

    private SettlementResponse settled(Terms terms, String hash, BigInteger amount) {
        return new SettlementResponse(
                true,
                hash,
                chain.network().toString(),
                terms.payer().toString(),
                null,
                null,
                terms.reportsAmount() ? amount.toString() : null,
                Map.of());
    }

    SettlementResponse failed(Refused refused, String hash, @Nullable Address payer) {
        return SettlementResponse.failed(
                refused.settleReason(),
                refused.sentence(),
                hash,
                chain.network().toString(),
                payer);
    }

    private SettlementResponse joined(Terms terms, CompletableFuture<SettlementResponse> other) {
        try {
            terms.agree();
            return other.join();
        } catch (Refused e) {
            return failed(e, "", terms.payer());
        } catch (CompletionException e) {
            throw new FacilitatorException("the same payment is being settled, and its outcome is unknown", e);
        }
    }
}
