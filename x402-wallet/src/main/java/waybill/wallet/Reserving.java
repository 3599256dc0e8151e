package waybill.wallet;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.Asked;
import waybill.wallet.StoredPayment.CallState;
import waybill.wallet.StoredPayment.Facts;
import waybill.wallet.StoredPayment.Progress;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Network;

/**
 * How payments and refusals begin: a person's question and yes, the reservation that checks every stored limit, and the
 * refusal that is kept. Works inside one transaction of the caller's.
 */
final class Reserving {
    private final Function<Network, @Nullable String> refusal;
    private final @Nullable ClockWatch watch;

    /**
     * What a payment began as.
     *
     * @param held false when it is a refusal
     */
    record Begun(PaymentTable.Line line, boolean held) {
        Reservation reservation() {
            return held ? new Reservation.Held(line.record()) : new Reservation.Refused(line.record());
        }
    }

    /**
     * With a sentence for each chain whose money this ledger may not hold, null for the others; and with a watch over the
     * clock, if there is one.
     */
    Reserving(Function<Network, @Nullable String> refusal, @Nullable ClockWatch watch) {
        this.refusal = refusal;
        this.watch = watch;
    }

    /** As {@link Ledger#reserve}. */
    Begun reserve(LedgerTables tables, Purchase purchase, Facts facts, Limits limits, Instant now) throws SQLException {
        StoredPayment asked = requireNotBegun(tables, purchase.id());
        tables.tokens().note(purchase.amount().asset(), now);
        Facts first = asked == null ? facts : asked.facts();
        if (refuseBeforeWindows(tables, facts, purchase.amount(), now) instanceof Decision.Denied denied) {
            return refused(tables, first, asked != null, denied, null, now);
        }
        long time = tables.limits().advance(now);
        if (judge(tables, purchase, limits, facts, asked, time, now) instanceof Decision.Denied denied) {
            return refused(tables, first, asked != null, denied, time, now);
        }
        if (limits.payee() == null) { // a person's word needs no memory
            tables.limits().rememberPayee(facts, now);
        }
        Progress progress =
                Progress.begin(PaymentState.RESERVED, CallState.OPEN, now).authorised(purchase.authorization());
        StoredPayment payment = asked == null
                ? new StoredPayment(facts, progress)
                : asked.with(progress.asked(asked.progress().asked()));
        Map<String, @Nullable Object> detail = PaymentTable.detail(payment);
        detail.put("window", time);
        long event = asked == null
                ? tables.payments().insert(payment, "RESERVED", detail, now)
                : tables.payments().update(payment, "RESERVED", detail, now);
        tables.accounts().enter(event, 1, facts, Accounts.AVAILABLE, Accounts.HELD, facts.atomic());
        tables.limits().hold(first, time);
        return new Begun(tables.payments().line(payment), true);
    }

    /** One payment per id: an id may be known only as a question to a person. */
    private static @Nullable StoredPayment requireNotBegun(LedgerTables tables, String id) throws SQLException {
        Optional<StoredPayment> present = tables.payments().find(id);
        if (present.isPresent() && present.get().progress().state() != PaymentState.AWAITING_APPROVAL) {
            throw new IllegalStateException(
                    "payment " + id + " is " + present.get().progress().state() + " and cannot begin again");
        }
        return present.orElse(null);
    }

    /** Whatever refuses a payment without moving the windows' time on, which a clock that jumped must not do. */
    private Decision refuseBeforeWindows(LedgerTables tables, Facts facts, Amount amount, Instant now)
            throws SQLException {
        String foreign = refusal.apply(amount.asset().network());
        if (foreign != null) {
            return Decision.denied(PaymentCode.NETWORK_NOT_ALLOWED, foreign);
        }
        freezeAfterJump(tables, now);
        Optional<String> frozen = tables.setting("frozen");
        if (frozen.isPresent()) {
            return Decision.denied(PaymentCode.KILL_SWITCH, Sentences.frozen(frozen.get()));
        }
        StoredPayment same = inTheWay(tables, facts, now);
        return same == null ? Decision.allowed() : duplicate(same);
    }

    /** The refusal of a call that stands already. */
    static Decision duplicate(StoredPayment same) {
        return Decision.denied(
                PaymentCode.DUPLICATE_PAYMENT,
                Sentences.duplicate(same.facts().id(), same.progress().state()));
    }

    private void freezeAfterJump(LedgerTables tables, Instant now) throws SQLException {
        if (watch == null || !watch.jumped(now) || tables.setting("frozen").isPresent()) {
            return;
        }
        Duration ahead = watch.ahead(now);
        SqlLedger.freeze(
                tables,
                "the clock of this machine went forward by " + ahead.toSeconds()
                        + " s more than has passed; look whether " + now + " is right",
                now);
    }

    private static Decision judge(
            LedgerTables tables,
            Purchase purchase,
            Limits limits,
            Facts facts,
            @Nullable StoredPayment asked,
            long time,
            Instant now)
            throws SQLException {
        if (asked != null && judgeApproval(asked, facts, now) instanceof Decision.Denied denied) {
            return denied;
        }
        boolean approved = asked != null;
        if (!approved && facts.micros() > limits.approvalAbove()) {
            return Decision.denied(
                    PaymentCode.APPROVAL_REQUIRED,
                    Dollars.show(facts.micros()) + " needs a person's yes: it is above "
                            + Dollars.show(limits.approvalAbove()) + " (waybill.wallet.approval-above)");
        }
        return tables.limits().judge(purchase.payTo(), limits, facts, approved, time);
    }

    /** A yes is for one call, amount and payee, and for a time. */
    private static Decision judgeApproval(StoredPayment asked, Facts facts, Instant now) {
        Asked question = asked.progress().asked();
        if (question.ranOut(now)) {
            return Decision.denied(
                    PaymentCode.APPROVAL_DENIED,
                    "the time in which a person could approve " + Dollars.show(facts.micros()) + " has run out");
        }
        if (question.approved() == null) {
            return Decision.denied(
                    PaymentCode.APPROVAL_REQUIRED,
                    "a person was asked about " + Dollars.show(facts.micros()) + " and has not answered");
        }
        if (!asked.facts().sameTerms(facts)) {
            return Decision.denied(
                    PaymentCode.APPROVAL_DENIED,
                    "a person approved " + asked.facts().terms() + ", not " + facts.terms());
        }
        return Decision.allowed();
    }

    private static Begun refused(
            LedgerTables tables, Facts facts, boolean begun, Decision.Denied denied, @Nullable Long time, Instant now)
            throws SQLException {
        return new Begun(deny(tables, facts, begun, denied.code(), denied.message(), time, now), false);
    }

    /** As {@link Ledger#awaitApproval}. */
    Begun awaitApproval(LedgerTables tables, Facts facts, Amount amount, Instant until, Instant now)
            throws SQLException {
        if (tables.payments().find(facts.id()).isPresent()) {
            throw new IllegalStateException("payment " + facts.id() + " has begun before");
        }
        tables.tokens().note(amount.asset(), now);
        if (refuseBeforeWindows(tables, facts, amount, now) instanceof Decision.Denied denied) {
            return refused(tables, facts, false, denied, null, now);
        }
        Progress progress = Progress.begin(PaymentState.AWAITING_APPROVAL, CallState.OPEN, now)
                .asked(new Asked(until.toEpochMilli(), null));
        StoredPayment payment = new StoredPayment(facts, progress);
        tables.payments().insert(payment, "AWAITING_APPROVAL", PaymentTable.detail(payment), now);
        return new Begun(tables.payments().line(payment), true);
    }

    /** As {@link Ledger#approve}. */
    static PaymentTable.Line approve(LedgerTables tables, String id, Instant now) throws SQLException {
        StoredPayment payment = tables.payments().load(id);
        Progress progress = payment.progress();
        if (progress.state() != PaymentState.AWAITING_APPROVAL) {
            throw new IllegalStateException("payment " + id + " is " + progress.state() + "; nobody is being asked");
        }
        if (progress.asked().ranOut(now)) {
            throw new IllegalStateException("the question about payment " + id + " has run out");
        }
        StoredPayment approved = payment.with(progress.state(PaymentState.AWAITING_APPROVAL, now)
                .asked(new Asked(progress.asked().until(), now.toEpochMilli())));
        tables.payments().update(approved, "APPROVED", PaymentTable.detail(approved), now);
        return tables.payments().line(approved);
    }

    /** As {@link Ledger#deny}; {@code asset} is null where no price was understood. */
    static PaymentTable.Line deny(
            LedgerTables tables, Facts facts, @Nullable Asset asset, PaymentCode code, String reason, Instant now)
            throws SQLException {
        StoredPayment asked = requireNotBegun(tables, facts.id());
        if (asset != null) {
            tables.tokens().note(asset, now);
        }
        return deny(tables, asked == null ? facts : asked.facts(), asked != null, code, reason, null, now);
    }

    private static PaymentTable.Line deny(
            LedgerTables tables,
            Facts facts,
            boolean begun,
            PaymentCode code,
            String reason,
            @Nullable Long time,
            Instant now)
            throws SQLException {
        Progress progress = Progress.begin(PaymentState.DENIED, CallState.CLOSED, now)
                .because(code, Words.cut(reason, SqlLedger.MAX_REASON_CHARS));
        StoredPayment payment = new StoredPayment(facts, progress);
        Map<String, @Nullable Object> detail = PaymentTable.detail(payment);
        detail.put("window", time);
        if (begun) {
            tables.payments().update(payment, "DENIED", detail, now);
        } else {
            tables.payments().insert(payment, "DENIED", detail, now);
        }
        return tables.payments().line(payment);
    }

    /** Ends a question that nobody will answer any more. */
    static void unanswered(LedgerTables tables, StoredPayment asked, String why, Instant now) throws SQLException {
        deny(tables, asked.facts(), true, PaymentCode.APPROVAL_DENIED, why, null, now);
    }

    /**
     * The other payment that stands against this call. What stands there for no reason is ended: an answer that can no
     * longer be had, a question that ran out.
     */
    private static @Nullable StoredPayment inTheWay(LedgerTables tables, Facts next, Instant now) throws SQLException {
        Optional<StoredPayment> found = tables.payments().standing(next.fingerprint());
        if (found.isEmpty() || found.get().facts().id().equals(next.id())) {
            return null;
        }
        StoredPayment before = found.get();
        if (Moving.answerForfeited(before, now)) {
            Moving.call(tables, before, CallState.CLOSED, now);
            return null;
        }
        if (before.progress().state() == PaymentState.AWAITING_APPROVAL
                && before.progress().asked().ranOut(now)) {
            unanswered(tables, before, "nobody answered in time", now);
            return null;
        }
        return before;
    }
}
