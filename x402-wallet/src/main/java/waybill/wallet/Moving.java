package waybill.wallet;

import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.CallState;
import waybill.wallet.StoredPayment.Facts;
import waybill.wallet.StoredPayment.Progress;
import waybill.x402.Amount;
import waybill.x402.Asset;

/** How payments go on once they are reserved, up to their end. Works inside one transaction of the caller's. */
final class Moving {
    private static final int MAX_TRANSACTION_CHARS = 66;
    private static final String CANCELLING = "CANCELLING";

    private final @Nullable ClockWatch watch;

    /** With a watch over the clock, if there is one. */
    Moving(@Nullable ClockWatch watch) {
        this.watch = watch;
    }

    /** As {@link Ledger#move}. */
    StoredPayment move(LedgerTables tables, StoredPayment before, Step step, Instant now) throws SQLException {
        requireMay(before, step);
        if (step instanceof Step.Settled settled) {
            return settle(tables, before, settled, now);
        }
        StoredPayment after = before.with(progress(before.progress().state(step.to(), now), step, now));
        long event = tables.payments().update(after, step.to().name(), PaymentTable.detail(after), now);
        if (step.to() == PaymentState.VOID) {
            Facts facts = after.facts();
            tables.accounts().enter(event, 1, facts, Accounts.HELD, Accounts.AVAILABLE, facts.atomic());
            tables.limits().free(facts);
        }
        return after;
    }

    private static void requireMay(StoredPayment before, Step step) {
        PaymentState from = before.progress().state();
        if (!from.mayBecome(step.to())) {
            throw new IllegalStateException(
                    "payment " + before.facts().id() + " is " + from + " and cannot become " + step.to());
        }
    }

    /** As {@link Ledger#send}: two events, and both or neither are kept. */
    StoredPayment send(LedgerTables tables, String id, String header, Instant now) throws SQLException {
        StoredPayment signed = move(tables, tables.payments().load(id), new Step.Signed(header), now);
        return move(tables, signed, new Step.Sent(), now);
    }

    private static Progress progress(Progress next, Step step, Instant now) {
        if (step instanceof Step.Signed signed) {
            return next.header(signed.header());
        }
        if (step instanceof Step.Sent) {
            return next.because(null, null).call(CallState.OPEN, now);
        }
        if (step instanceof Step.Pending pending) {
            return next.transaction(hash(pending.transaction()), false)
                    .because(PaymentCode.OUTCOME_UNKNOWN, Words.cut(pending.reason(), SqlLedger.MAX_REASON_CHARS))
                    .call(CallState.LOST, now);
        }
        if (step instanceof Step.Unknown unknown) {
            return next.because(PaymentCode.OUTCOME_UNKNOWN, Words.cut(unknown.reason(), SqlLedger.MAX_REASON_CHARS))
                    .call(CallState.LOST, now);
        }
        if (step instanceof Step.Rejected rejected) {
            return next.because(PaymentCode.PAYMENT_REJECTED, Words.cut(rejected.reason(), SqlLedger.MAX_REASON_CHARS))
                    .call(CallState.LOST, now);
        }
        if (step instanceof Step.Voided voided) {
            return next.because(null, Words.cut(voided.reason(), SqlLedger.MAX_REASON_CHARS))
                    .call(CallState.CLOSED, now);
        }
        throw new IllegalStateException("no such step: " + step);
    }

    private StoredPayment settle(LedgerTables tables, StoredPayment before, Step.Settled step, Instant now)
            throws SQLException {
        Facts facts = before.facts();
        Asset asset = tables.tokens().require(String.valueOf(facts.token()));
        Amount whole = new Amount(asset, facts.atomic());
        Amount charged = step.charged() == null ? whole : step.charged();
        if (!charged.asset().equals(asset) || charged.atomic().compareTo(whole.atomic()) > 0) {
            return flag(tables, before, charged, whole, now);
        }
        boolean part = charged.atomic().compareTo(whole.atomic()) < 0;
        Progress settled = before.progress()
                .state(PaymentState.SETTLED, now)
                .transaction(hash(step.transaction()), step.confirmed())
                .because(null, null);
        StoredPayment after = before.with(part ? settled.charged(charged.atomic()) : settled);
        long time = windowTime(tables, now);
        long micros = part ? Dollars.micros(charged) : facts.micros();
        Map<String, @Nullable Object> detail = PaymentTable.detail(after);
        detail.put("window", time);
        if (part) {
            detail.put("charged", charged.atomic().toString());
            detail.put("chargedMicros", micros);
        }
        long event = tables.payments().update(after, "SETTLED", detail, now);
        tables.accounts().enter(event, 1, facts, Accounts.HELD, Accounts.SPENT, charged.atomic());
        if (part) {
            BigInteger rest = whole.atomic().subtract(charged.atomic());
            tables.accounts().enter(event, 2, facts, Accounts.HELD, Accounts.AVAILABLE, rest);
        }
        tables.limits().spend(facts, micros, time);
        return after;
    }

    /** Nobody can collect more than was authorised: who says so is not believed at all. */
    private StoredPayment flag(LedgerTables tables, StoredPayment before, Amount claimed, Amount ceiling, Instant now)
            throws SQLException {
        String reason = "the seller says that it took " + claimed + " of " + ceiling + ", which is all it may take";
        Progress unknown = before.progress().state(PaymentState.UNKNOWN, now);
        StoredPayment after = before.with(progress(unknown, new Step.Unknown(reason), now));
        Map<String, @Nullable Object> detail = PaymentTable.detail(after);
        detail.put("claimed", claimed.atomic().toString());
        tables.payments().update(after, "FLAGGED", detail, now);
        return after;
    }

    /** A clock that jumped does not move the windows, not even by a settlement. */
    private long windowTime(LedgerTables tables, Instant now) throws SQLException {
        boolean jumped = watch != null && watch.jumped(now);
        return jumped ? tables.limits().latest() : tables.limits().advance(now);
    }

    /** As {@link Ledger#resend}; null when it may not be sent. */
    @Nullable
    StoredPayment resend(LedgerTables tables, String id, Instant now) throws SQLException {
        StoredPayment payment = tables.payments().load(id);
        boolean may = payment.progress().call() == CallState.LOST
                && payment.progress().authority().header() != null
                && !payment.expired(now)
                && !beingTakenBack(tables, id)
                && tables.setting("frozen").isEmpty();
        if (!may) {
            return null;
        }
        return payment.progress().state() == PaymentState.SETTLED
                ? call(tables, payment, CallState.OPEN, now)
                : move(tables, payment, new Step.Sent(), now);
    }

    /** As {@link Ledger#cancelling}: an event, and nothing else changes. */
    static StoredPayment cancelling(LedgerTables tables, String id, Instant now) throws SQLException {
        StoredPayment payment = tables.payments().load(id);
        PaymentState state = payment.progress().state();
        if (!state.unresolved()) {
            throw new IllegalStateException("payment " + id + " is " + state + " and cannot be taken back");
        }
        StoredPayment after = payment.with(payment.progress().state(state, now));
        tables.payments().update(after, CANCELLING, PaymentTable.detail(after), now);
        return after;
    }

    private static boolean beingTakenBack(LedgerTables tables, String id) throws SQLException {
        return tables.sql().number("SELECT COUNT(*) FROM event WHERE payment = ? AND kind = ?", id, CANCELLING) > 0;
    }

    /** As {@link Ledger#callEnded}. */
    static StoredPayment callEnded(LedgerTables tables, String id, boolean answered, Instant now) throws SQLException {
        StoredPayment payment = tables.payments().load(id);
        boolean settled = payment.progress().state() == PaymentState.SETTLED;
        // an unresolved payment keeps its call, answered or not; but under upto a whole answer is what was bought
        boolean delivered = answered
                && payment.progress().authority().method() == PaymentMethod.UPTO
                && payment.progress().state().unresolved();
        boolean over = !(settled || delivered) || payment.progress().call() == CallState.CLOSED;
        return over ? payment : call(tables, payment, answered ? CallState.CLOSED : CallState.LOST, now);
    }

    /** As {@link Ledger#receipted}. */
    static StoredPayment receipted(LedgerTables tables, String id, SellerReceipt receipt, Instant now)
            throws SQLException {
        StoredPayment payment = tables.payments().load(id);
        StoredPayment after = payment.with(payment.progress().receipt(receipt, now));
        Map<String, @Nullable Object> detail = PaymentTable.detail(after);
        detail.put("receipt", receipt.toString());
        tables.payments().update(after, "RECEIPT", detail, now);
        return after;
    }

    /** Notes where the call of a payment stands. */
    static StoredPayment call(LedgerTables tables, StoredPayment payment, CallState next, Instant now)
            throws SQLException {
        StoredPayment after = payment.with(payment.progress().call(next, now));
        tables.payments().update(after, "CALL", PaymentTable.detail(after), now);
        return after;
    }

    /** As {@link Ledger#confirm}. */
    StoredPayment confirm(LedgerTables tables, String id, String transaction, @Nullable Amount charged, Instant now)
            throws SQLException {
        StoredPayment payment = tables.payments().load(id);
        requireWithin(payment, charged);
        return payment.progress().state() == PaymentState.SETTLED
                ? confirmSettled(tables, payment, transaction, charged, now)
                : move(tables, payment, new Step.Settled(transaction, true, charged), now);
    }

    private static void requireWithin(StoredPayment payment, @Nullable Amount charged) {
        if (charged != null && charged.atomic().compareTo(payment.facts().atomic()) > 0) {
            throw new IllegalArgumentException("payment " + payment.facts().id() + " authorised "
                    + payment.facts().amount() + " atomic units; no transfer can show " + charged.atomic());
        }
    }

    /** Where the chain shows another sum than was claimed, the difference is entered; windows only ever gain. */
    private StoredPayment confirmSettled(
            LedgerTables tables, StoredPayment before, String transaction, @Nullable Amount charged, Instant now)
            throws SQLException {
        Facts facts = before.facts();
        Progress confirmed = before.progress().state(PaymentState.SETTLED, now).transaction(hash(transaction), true);
        BigInteger more = charged == null ? BigInteger.ZERO : charged.atomic().subtract(before.charged());
        StoredPayment after =
                before.with(charged == null || more.signum() == 0 ? confirmed : confirmed.charged(charged.atomic()));
        Map<String, @Nullable Object> detail = PaymentTable.detail(after);
        if (charged == null || more.signum() == 0) {
            tables.payments().update(after, "CONFIRMED", detail, now);
            return after;
        }
        long time = windowTime(tables, now);
        long micros = more.signum() > 0 ? Dollars.micros(new Amount(charged.asset(), more)) : 0;
        detail.put("window", time);
        detail.put("correction", more.toString());
        detail.put("correctionMicros", micros);
        long event = tables.payments().update(after, "CONFIRMED", detail, now);
        String debit = more.signum() > 0 ? Accounts.AVAILABLE : Accounts.SPENT;
        String credit = more.signum() > 0 ? Accounts.SPENT : Accounts.AVAILABLE;
        tables.accounts().enter(event, 1, facts, debit, credit, more.abs());
        if (more.signum() > 0) {
            tables.limits().spendMore(facts, micros, time);
        }
        return after;
    }

    private static @Nullable String hash(@Nullable String transaction) {
        return transaction == null ? null : Words.cut(transaction, MAX_TRANSACTION_CHARS);
    }

    /** Ends what an instance left that is gone. */
    void end(LedgerTables tables, StoredPayment left, Instant now) throws SQLException {
        switch (left.progress().state()) {
            case AWAITING_APPROVAL ->
                Reserving.unanswered(tables, left, "the process ended before a person answered", now);
            case RESERVED -> move(tables, left, new Step.Voided("the process ended before anything was sent"), now);
            case SIGNED, SENT ->
                move(tables, left, new Step.Unknown("the process ended before the answer was read"), now);
            case SETTLED -> call(tables, left, CallState.LOST, now);
            default ->
                throw new Damage("payment " + left.facts().id() + " is "
                        + left.progress().state() + " with an open call");
        }
    }

    /** Paid, its answer never came, and the payment can no longer be shown to the seller for it. */
    static boolean answerForfeited(StoredPayment payment, Instant now) {
        return payment.progress().state() == PaymentState.SETTLED && payment.expired(now);
    }
}
