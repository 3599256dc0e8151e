package waybill.wallet;

import java.net.URI;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.CallState;
import waybill.wallet.StoredPayment.Facts;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.WireFormat;

/** The ledger's operations in SQL, the same over every database. What differs is in the {@link LedgerStore}. */
abstract class SqlLedger implements Ledger {
    static final int MAX_REASON_CHARS = 500;

    private final LedgerStore store;
    private final LedgerSecret secret;
    private final @Nullable ClockWatch watch;
    private final Reserving reserving;
    private final Moving moving;
    private volatile @Nullable String damage;
    private volatile boolean opening = true;

    /** With a watch over the clock, or without one where the caller's clock is no wall clock. */
    SqlLedger(LedgerStore store, LedgerSecret secret, @Nullable ClockWatch watch) {
        this.store = store;
        this.secret = secret;
        this.watch = watch;
        this.reserving = new Reserving(this::refusal, watch);
        this.moving = new Moving(watch);
    }

    /** Reads everything, and ends what dead instances left. Called once, before anybody else has the ledger. */
    final void begin(Instant now) {
        write(tables -> Books.restateWhereStale(tables));
        if (verify().sound()) {
            recover(now);
        }
        opening = false;
    }

    /** True until {@link #begin} has ended. */
    final boolean opening() {
        return opening;
    }

    /** Whether this ledger may hold money of a chain; a sentence when it may not. */
    @Nullable
    String refusal(Network network) {
        return null;
    }

    @Override
    public final Bytes32 nonce(String paymentId) {
        return secret.nonce(paymentId);
    }

    // ---- beginning
    // ---------------------------------------------------------------------------------------------------

    @Override
    public final Reservation reserve(Purchase purchase, Limits limits, Instant now) {
        Facts facts = facts(purchase.id(), purchase.call(), purchase.amount(), purchase.payTo(), now);
        return write(tables -> {
                    requireSound();
                    return reserving.reserve(tables, purchase, facts, limits, now);
                })
                .reservation();
    }

    @Override
    public final Reservation awaitApproval(
            String id, Call call, Amount amount, Address payTo, Instant until, Instant now) {
        Facts facts = facts(id, call, amount, payTo, now);
        return write(tables -> {
                    requireSound();
                    return reserving.awaitApproval(tables, facts, amount, until, now);
                })
                .reservation();
    }

    @Override
    public final PaymentRecord approve(String id, Instant now) {
        return write(tables -> {
                    requireSound();
                    return Reserving.approve(tables, id, now);
                })
                .record();
    }

    @Override
    public final List<Approval> approvals(Instant now) {
        return read(tables -> {
            List<Approval> open = new ArrayList<>();
            for (StoredPayment asked : tables.sql()
                    .list(
                            PaymentTable.SELECT + " WHERE state = 'AWAITING_APPROVAL' AND approved IS NULL"
                                    + " AND approve_until >= ? ORDER BY created, id",
                            StoredPayment::read,
                            now.toEpochMilli())) {
                Long until = asked.progress().asked().until();
                if (until != null) {
                    open.add(new Approval(tables.payments().line(asked).record(), Instant.ofEpochMilli(until)));
                }
            }
            return open;
        });
    }

    @Override
    public final PaymentRecord deny(
            String id,
            Call call,
            @Nullable Amount amount,
            @Nullable Address payTo,
            PaymentCode code,
            String reason,
            Instant now) {
        Facts facts = facts(id, call, amount, payTo, now);
        return write(tables -> {
                    requireSound();
                    return Reserving.deny(tables, facts, amount == null ? null : amount.asset(), code, reason, now);
                })
                .record();
    }

    private static Facts facts(String id, Call call, @Nullable Amount amount, @Nullable Address payTo, Instant now) {
        return Facts.of(id, call, amount, payTo, amount == null ? null : TokenTable.id(amount.asset()), now);
    }

    // ---- moving -----------------------------------------------------------------------------------------------------

    @Override
    public final PaymentRecord move(String id, Step step, Instant now) {
        return moved(tables -> moving.move(tables, tables.payments().load(id), step, now));
    }

    @Override
    public final PaymentRecord send(String id, String header, Instant now) {
        return moved(tables -> moving.send(tables, id, header, now));
    }

    @Override
    public final Optional<PaymentRecord> resend(String id, Instant now) {
        return write(tables -> {
                    requireSound();
                    StoredPayment again = moving.resend(tables, id, now);
                    return again == null
                            ? Optional.<PaymentTable.Line>empty()
                            : Optional.of(tables.payments().line(again));
                })
                .map(PaymentTable.Line::record);
    }

    @Override
    public final PaymentRecord cancelling(String id, Instant now) {
        return moved(tables -> Moving.cancelling(tables, id, now));
    }

    @Override
    public final PaymentRecord callEnded(String id, boolean answered, Instant now) {
        return moved(tables -> Moving.callEnded(tables, id, answered, now));
    }

    @Override
    public final PaymentRecord confirm(String id, String transaction, @Nullable Amount charged, Instant now) {
        return moved(tables -> moving.confirm(tables, id, transaction, charged, now));
    }

    @Override
    public final PaymentRecord receipted(String id, SellerReceipt receipt, Instant now) {
        return moved(tables -> Moving.receipted(tables, id, receipt, now));
    }

    private PaymentRecord moved(LedgerStore.Work<StoredPayment> work) {
        return write(tables -> tables.payments().line(work.on(tables))).record();
    }

    @Override
    public final int recover(Instant now) {
        return write(tables -> {
            requireSound();
            int ended = 0;
            for (long runner : tables.payments().runners()) {
                if (!isGone(tables, runner)) {
                    continue;
                }
                for (StoredPayment left : tables.payments().running(runner)) {
                    moving.end(tables, left, now);
                    ended++;
                }
            }
            return ended;
        });
    }

    /** Whether whoever ran these calls can no longer go on with them. */
    abstract boolean isGone(LedgerTables tables, long runner) throws SQLException;

    // ---- reading -------------------------------------------------------------------------------------------------

    @Override
    public final Optional<Unanswered> unanswered(String fingerprint, Instant now) {
        return read(tables -> {
            Optional<StoredPayment> found = tables.payments().standing(fingerprint);
            if (found.isEmpty() || Moving.answerForfeited(found.get(), now)) {
                return Optional.empty();
            }
            StoredPayment payment = found.get();
            return Optional.of(new Unanswered(
                    tables.payments().line(payment).record(),
                    payment.progress().authority().header(),
                    payment.progress().call() == CallState.OPEN));
        });
    }

    @Override
    public final Optional<PaymentRecord> paidFor(Address payer, URI url) {
        Origin origin = Origin.of(url);
        return read(tables -> tables
                .payments()
                .list(
                        "WHERE url = ? AND origin = ? AND payer = ? AND state IN ('SETTLED', 'PENDING', 'UNKNOWN')"
                                + " ORDER BY created DESC, id DESC LIMIT 1",
                        Facts.url(url),
                        origin.toString(),
                        payer.toString())
                .stream()
                .findFirst());
    }

    @Override
    public final Optional<Offer> accepted(String id) {
        String header = read(tables -> tables.payments().load(id))
                .progress()
                .authority()
                .header();
        if (header == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(WireFormat.paymentPayload(header).accepted());
        } catch (MalformedWireException e) {
            return Optional.empty(); // version 1, whose payments name no offer
        }
    }

    @Override
    public final Decision foresee(Call call, Amount amount, Address payTo, Limits limits, Instant now) {
        return read(tables -> {
            Facts facts = Facts.of("", call, amount, payTo, TokenTable.id(amount.asset()), now);
            Optional<String> frozen = tables.setting("frozen");
            if (frozen.isPresent()) {
                return Decision.denied(PaymentCode.KILL_SWITCH, Sentences.frozen(frozen.get()));
            }
            Optional<StoredPayment> same = tables.payments().standing(call.fingerprint());
            if (same.isPresent() && !Moving.answerForfeited(same.get(), now)) {
                return Reserving.duplicate(same.get());
            }
            long time = Math.max(tables.limits().latest(), Window.seconds(now));
            boolean somebodyAsked = limits.approvalAbove() < Long.MAX_VALUE;
            return tables.limits().judge(payTo, limits, facts, somebodyAsked, time);
        });
    }

    @Override
    public final Optional<Address> payee(Origin origin, Asset asset) {
        return read(tables -> tables.limits().payee(origin.toString(), TokenTable.id(asset)));
    }

    @Override
    public final List<PaymentRecord> payments(int limit) {
        return read(tables -> tables.payments().list("ORDER BY created DESC, id DESC LIMIT ?", limit));
    }

    @Override
    public final List<PaymentRecord> payments(Instant from, Instant until, @Nullable String after, int limit) {
        return read(tables -> {
            if (after == null) {
                return tables.payments()
                        .list(
                                "WHERE created >= ? AND created < ? ORDER BY created, id LIMIT ?",
                                millis(from),
                                millis(until),
                                limit);
            }
            long created = tables.payments().load(after).facts().created();
            return tables.payments()
                    .list(
                            "WHERE (created > ? OR (created = ? AND id > ?)) AND created >= ? AND created < ?"
                                    + " ORDER BY created, id LIMIT ?",
                            created,
                            created,
                            after,
                            millis(from),
                            millis(until),
                            limit);
        });
    }

    /** Of any moment, such as {@link Instant#MAX}: beyond what can be counted is the most that can. */
    private static long millis(Instant moment) {
        try {
            return moment.toEpochMilli();
        } catch (ArithmeticException e) {
            return moment.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
    }

    @Override
    public final List<LedgerEvent> events(long after, int limit) {
        return read(tables -> tables.chain().list(after, limit));
    }

    @Override
    public final Optional<PaymentRecord> payment(String id) {
        return read(
                tables -> tables.payments().list("WHERE id = ?", id).stream().findFirst());
    }

    @Override
    public final List<PaymentRecord> unproven() {
        return read(tables -> tables.payments()
                .list("WHERE state IN ('PENDING', 'UNKNOWN', 'REJECTED')"
                        + " OR (state = 'SETTLED' AND confirmed = 0) ORDER BY id"));
    }

    @Override
    public final Totals totals() {
        return read(tables -> new Totals(
                tables.accounts().sums(Accounts.SPENT), tables.accounts().sums(Accounts.HELD)));
    }

    @Override
    public final long used(Scope scope, String value, Limit.Measure measure, Window window, Instant now) {
        return read(tables -> {
            long time = Math.max(tables.limits().latest(), Window.seconds(now));
            return tables.limits().used(scope.rule(value), measure, window, time);
        });
    }

    // ---- the kill switch -----------------------------------------------------------------------------------------

    @Override
    public final void freeze(String reason, Instant now) {
        write(tables -> freeze(tables, reason, now));
    }

    /** Throws the kill switch inside a transaction; returns the event's number. */
    static long freeze(LedgerTables tables, String reason, Instant now) throws SQLException {
        String text = reason.isBlank() ? "no reason given" : Words.cut(reason, MAX_REASON_CHARS);
        tables.setting("frozen", text);
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("reason", text);
        return tables.chain().append(null, "FROZEN", detail, now);
    }

    @Override
    public final void unfreeze(Instant now) {
        write(tables -> {
            tables.removeSetting("frozen");
            return tables.chain().append(null, "UNFROZEN", new LinkedHashMap<>(), now);
        });
        if (watch != null) {
            watch.trust(now);
        }
    }

    @Override
    public final Optional<String> frozen() {
        return read(tables -> tables.setting("frozen"));
    }

    // ---- soundness -----------------------------------------------------------------------------------------------

    @Override
    public final Verification verify() {
        Verification found = store.verify();
        damage = found.sound() ? null : found.findings().get(0);
        return found;
    }

    private <T> T write(LedgerStore.Work<T> work) {
        try {
            return store.write(work);
        } catch (Damage e) {
            throw unsound(e);
        }
    }

    private <T> T read(LedgerStore.Work<T> work) {
        try {
            return store.read(work);
        } catch (Damage e) {
            throw unsound(e);
        }
    }

    private LedgerException unsound(Damage found) {
        damage = found.getMessage();
        return unavailable();
    }

    private void requireSound() {
        if (damage != null) {
            throw unavailable();
        }
    }

    private LedgerException unavailable() {
        return new LedgerException(
                "the ledger " + store.name() + " does not add up, so nothing is paid: " + damage
                        + ". A person looks at it with: waybill wallet verify",
                null);
    }

    @Override
    public final void close() {
        store.close();
    }
}
