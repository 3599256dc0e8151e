package waybill.wallet;

import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.Asked;
import waybill.wallet.StoredPayment.CallState;
import waybill.wallet.StoredPayment.Facts;
import waybill.wallet.StoredPayment.Progress;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.Network;

/** The ledger's operations in SQL, the same over every database. What differs is in the {@link LedgerStore}. */
abstract class SqlLedger implements Ledger {
    private static final int MAX_REASON_CHARS = 500;
    private static final int MAX_TRANSACTION_CHARS = 66;

    private final LedgerStore store;
    private final LedgerSecret secret;
    private final @Nullable ClockWatch watch;
    private volatile @Nullable String damage;
    private volatile boolean opening = true;

    /** With a watch over the clock, or without one where the caller's clock is no wall clock. */
    SqlLedger(LedgerStore store, LedgerSecret secret, @Nullable ClockWatch watch) {
        this.store = store;
        this.secret = secret;
        this.watch = watch;
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

    // ---- beginning --------------------------------------------------------------------------------------------------

    @Override
    public final Reservation reserve(Purchase purchase, Limits limits, Instant now) {
        return write(tables -> {
            requireSound();
            Optional<StoredPayment> asked = requireNotBegun(tables, purchase.id());
            boolean begun = asked.isPresent();
            String token = tables.tokens().note(purchase.amount().asset(), now);
            Facts facts = Facts.of(purchase.id(), purchase.call(), purchase.amount(), purchase.payTo(), token, now);
            if (refuseBeforeWindows(tables, facts, purchase.amount(), now) instanceof Decision.Denied denied) {
                return refused(tables, asked.map(StoredPayment::facts).orElse(facts), begun, denied, null, now);
            }
            long time = tables.limits().advance(now);
            Decision decision = judge(tables, purchase, limits, facts, asked.orElse(null), time, now);
            if (decision instanceof Decision.Denied denied) {
                return refused(tables, asked.map(StoredPayment::facts).orElse(facts), begun, denied, time, now);
            }
            if (limits.payee() == null) { // a person's word needs no memory
                tables.limits().rememberPayee(facts, now);
            }
            Progress progress =
                    Progress.begin(PaymentState.RESERVED, CallState.OPEN, now).authorised(purchase.authorization());
            StoredPayment payment = asked.map(before ->
                            before.with(progress.asked(before.progress().asked())))
                    .orElse(new StoredPayment(facts, progress));
            Map<String, @Nullable Object> detail = PaymentTable.detail(payment);
            detail.put("window", time);
            long event = begun
                    ? tables.payments().update(payment, "RESERVED", detail, now)
                    : tables.payments().insert(payment, "RESERVED", detail, now);
            tables.accounts().enter(event, 1, facts, Accounts.AVAILABLE, Accounts.HELD, whole(facts));
            tables.limits().hold(payment.facts(), time);
            return new Reservation.Held(tables.payments().shown(payment));
        });
    }

    /** One payment per id: an id may be known only as a question to a person. */
    private static Optional<StoredPayment> requireNotBegun(LedgerTables tables, String id) throws SQLException {
        Optional<StoredPayment> present = tables.payments().find(id);
        if (present.isPresent() && present.get().progress().state() != PaymentState.AWAITING_APPROVAL) {
            throw new IllegalStateException(
                    "payment " + id + " is " + present.get().progress().state() + " and cannot begin again");
        }
        return present;
    }

    /** Whatever refuses a payment without moving the windows' time on, which a clock that jumped must not do. */
    private Decision refuseBeforeWindows(LedgerTables tables, Facts facts, Amount amount, Instant now)
            throws SQLException {
        String foreign = refusal(amount.asset().network());
        if (foreign != null) {
            return Decision.denied(PaymentCode.NETWORK_NOT_ALLOWED, foreign);
        }
        freezeAfterJump(tables, now);
        Optional<String> frozen = tables.setting("frozen");
        if (frozen.isPresent()) {
            return Decision.denied(PaymentCode.KILL_SWITCH, Sentences.frozen(frozen.get()));
        }
        closeForfeited(tables, facts, now);
        Optional<StoredPayment> same = tables.payments().standing(facts.fingerprint());
        if (same.isPresent() && !same.get().facts().id().equals(facts.id())) {
            return duplicate(same.get());
        }
        return Decision.allowed();
    }

    private static Decision duplicate(StoredPayment same) {
        return Decision.denied(
                PaymentCode.DUPLICATE_PAYMENT,
                Sentences.duplicate(same.facts().id(), same.progress().state()));
    }

    private void freezeAfterJump(LedgerTables tables, Instant now) throws SQLException {
        if (watch == null || !watch.jumped(now) || tables.setting("frozen").isPresent()) {
            return;
        }
        Duration ahead = watch.ahead(now);
        freeze(
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

    private static Reservation refused(
            LedgerTables tables, Facts facts, boolean begun, Decision.Denied denied, @Nullable Long time, Instant now)
            throws SQLException {
        return new Reservation.Refused(writeDenial(tables, facts, begun, denied.code(), denied.message(), time, now));
    }

    @Override
    public final Reservation awaitApproval(
            String id, Call call, Amount amount, Address payTo, Instant until, Instant now) {
        return write(tables -> {
            requireSound();
            if (tables.payments().find(id).isPresent()) {
                throw new IllegalStateException("payment " + id + " has begun before");
            }
            Facts facts = Facts.of(id, call, amount, payTo, tables.tokens().note(amount.asset(), now), now);
            if (refuseBeforeWindows(tables, facts, amount, now) instanceof Decision.Denied denied) {
                return refused(tables, facts, false, denied, null, now);
            }
            Progress progress = Progress.begin(PaymentState.AWAITING_APPROVAL, CallState.OPEN, now)
                    .asked(new Asked(until.toEpochMilli(), null));
            StoredPayment payment = new StoredPayment(facts, progress);
            tables.payments().insert(payment, "AWAITING_APPROVAL", PaymentTable.detail(payment), now);
            return new Reservation.Held(tables.payments().shown(payment));
        });
    }

    @Override
    public final PaymentRecord approve(String id, Instant now) {
        return write(tables -> {
            requireSound();
            StoredPayment payment = tables.payments().load(id);
            Progress progress = payment.progress();
            if (progress.state() != PaymentState.AWAITING_APPROVAL) {
                throw new IllegalStateException(
                        "payment " + id + " is " + progress.state() + "; nobody is being asked");
            }
            if (progress.asked().ranOut(now)) {
                throw new IllegalStateException("the question about payment " + id + " has run out");
            }
            StoredPayment approved = payment.with(progress.state(PaymentState.AWAITING_APPROVAL, now)
                    .asked(new Asked(progress.asked().until(), now.toEpochMilli())));
            tables.payments().update(approved, "APPROVED", PaymentTable.detail(approved), now);
            return tables.payments().shown(approved);
        });
    }

    @Override
    public final List<Approval> approvals(Instant now) {
        return read(tables -> {
            List<Approval> open = new ArrayList<>();
            for (StoredPayment asked : tables.sql()
                    .list(
                            "SELECT * FROM payment WHERE state = 'AWAITING_APPROVAL' AND approved IS NULL"
                                    + " AND approve_until >= ? ORDER BY created, id",
                            StoredPayment::read,
                            now.toEpochMilli())) {
                Long until = asked.progress().asked().until();
                if (until != null) {
                    open.add(new Approval(tables.payments().shown(asked), Instant.ofEpochMilli(until)));
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
        return write(tables -> {
            requireSound();
            Optional<StoredPayment> asked = requireNotBegun(tables, id);
            String token = amount == null ? null : tables.tokens().note(amount.asset(), now);
            Facts facts = asked.isPresent() ? asked.get().facts() : Facts.of(id, call, amount, payTo, token, now);
            return writeDenial(tables, facts, asked.isPresent(), code, reason, null, now);
        });
    }

    private static PaymentRecord writeDenial(
            LedgerTables tables,
            Facts facts,
            boolean begun,
            PaymentCode code,
            String reason,
            @Nullable Long time,
            Instant now)
            throws SQLException {
        Progress progress = Progress.begin(PaymentState.DENIED, CallState.CLOSED, now)
                .because(code, Words.cut(reason, MAX_REASON_CHARS));
        StoredPayment payment = new StoredPayment(facts, progress);
        Map<String, @Nullable Object> detail = PaymentTable.detail(payment);
        detail.put("window", time);
        if (begun) {
            tables.payments().update(payment, "DENIED", detail, now);
        } else {
            tables.payments().insert(payment, "DENIED", detail, now);
        }
        return tables.payments().shown(payment);
    }

    // ---- moving -----------------------------------------------------------------------------------------------------

    @Override
    public final PaymentRecord move(String id, Step step, Instant now) {
        return write(
                tables -> tables.payments().shown(move(tables, tables.payments().load(id), step, now)));
    }

    private StoredPayment move(LedgerTables tables, StoredPayment before, Step step, Instant now) throws SQLException {
        PaymentState from = before.progress().state();
        if (!from.mayBecome(step.to())) {
            throw new IllegalStateException(
                    "payment " + before.facts().id() + " is " + from + " and cannot become " + step.to());
        }
        if (step instanceof Step.Settled settled) {
            return settle(tables, before, settled, now);
        }
        StoredPayment after = before.with(progress(before.progress().state(step.to(), now), step, now));
        long event = tables.payments().update(after, step.to().name(), PaymentTable.detail(after), now);
        if (step.to() == PaymentState.VOID) {
            Facts facts = after.facts();
            tables.accounts().enter(event, 1, facts, Accounts.HELD, Accounts.AVAILABLE, whole(facts));
            tables.limits().free(facts);
        }
        return after;
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
                    .because(PaymentCode.OUTCOME_UNKNOWN, Words.cut(pending.reason(), MAX_REASON_CHARS))
                    .call(CallState.LOST, now);
        }
        if (step instanceof Step.Unknown unknown) {
            return next.because(PaymentCode.OUTCOME_UNKNOWN, Words.cut(unknown.reason(), MAX_REASON_CHARS))
                    .call(CallState.LOST, now);
        }
        if (step instanceof Step.Rejected rejected) {
            return next.because(PaymentCode.PAYMENT_REJECTED, Words.cut(rejected.reason(), MAX_REASON_CHARS))
                    .call(CallState.LOST, now);
        }
        if (step instanceof Step.Voided voided) {
            return next.because(null, Words.cut(voided.reason(), MAX_REASON_CHARS))
                    .call(CallState.CLOSED, now);
        }
        throw new IllegalStateException("no such step: " + step);
    }

    private StoredPayment settle(LedgerTables tables, StoredPayment before, Step.Settled step, Instant now)
            throws SQLException {
        Facts facts = before.facts();
        Asset asset = tables.tokens().require(String.valueOf(facts.token()));
        Amount whole = new Amount(asset, whole(facts));
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

    @Override
    public final Optional<PaymentRecord> resend(String id, Instant now) {
        return write(tables -> {
            requireSound();
            StoredPayment payment = tables.payments().load(id);
            boolean may = payment.progress().call() == CallState.LOST
                    && payment.progress().authority().header() != null
                    && !payment.expired(now)
                    && tables.setting("frozen").isEmpty();
            if (!may) {
                return Optional.empty();
            }
            StoredPayment again = payment.progress().state() == PaymentState.SETTLED
                    ? call(tables, payment, CallState.OPEN, now)
                    : move(tables, payment, new Step.Sent(), now);
            return Optional.of(tables.payments().shown(again));
        });
    }

    @Override
    public final PaymentRecord callEnded(String id, boolean answered, Instant now) {
        return write(tables -> {
            StoredPayment payment = tables.payments().load(id);
            boolean settled = payment.progress().state() == PaymentState.SETTLED;
            boolean over = !settled || payment.progress().call() == CallState.CLOSED;
            // an unresolved payment keeps its call, answered or not
            StoredPayment ended =
                    over ? payment : call(tables, payment, answered ? CallState.CLOSED : CallState.LOST, now);
            return tables.payments().shown(ended);
        });
    }

    private static StoredPayment call(LedgerTables tables, StoredPayment payment, CallState next, Instant now)
            throws SQLException {
        StoredPayment after = payment.with(payment.progress().call(next, now));
        tables.payments().update(after, "CALL", PaymentTable.detail(after), now);
        return after;
    }

    @Override
    public final PaymentRecord confirm(String id, String transaction, @Nullable Amount charged, Instant now) {
        return write(tables -> {
            StoredPayment payment = tables.payments().load(id);
            requireWithin(payment, charged);
            if (payment.progress().state() != PaymentState.SETTLED) {
                Step settled = new Step.Settled(transaction, true, charged);
                return tables.payments().shown(move(tables, payment, settled, now));
            }
            return tables.payments().shown(confirmSettled(tables, payment, transaction, charged, now));
        });
    }

    private static void requireWithin(StoredPayment payment, @Nullable Amount charged) {
        if (charged != null && charged.atomic().compareTo(whole(payment.facts())) > 0) {
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

    private static BigInteger whole(Facts facts) {
        return new BigInteger(String.valueOf(facts.amount()));
    }

    // ---- what others left
    // ---------------------------------------------------------------------------------------------

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
                    end(tables, left, now);
                    ended++;
                }
            }
            return ended;
        });
    }

    /** Whether whoever ran these calls can no longer go on with them. */
    abstract boolean isGone(LedgerTables tables, long runner) throws SQLException;

    private void end(LedgerTables tables, StoredPayment left, Instant now) throws SQLException {
        switch (left.progress().state()) {
            case AWAITING_APPROVAL ->
                writeDenial(
                        tables,
                        left.facts(),
                        true,
                        PaymentCode.APPROVAL_DENIED,
                        "the process ended before a person answered",
                        null,
                        now);
            case RESERVED -> move(tables, left, new Step.Voided("the process ended before anything was signed"), now);
            case SIGNED, SENT ->
                move(tables, left, new Step.Unknown("the process ended before the answer was read"), now);
            case SETTLED -> call(tables, left, CallState.LOST, now);
            default ->
                throw new Damage("payment " + left.facts().id() + " is "
                        + left.progress().state() + " with an open call");
        }
    }

    /** Ends what stands in a call's way for no reason: an answer that can no longer be had, a question that ran out. */
    private static void closeForfeited(LedgerTables tables, Facts next, Instant now) throws SQLException {
        Optional<StoredPayment> found = tables.payments().standing(next.fingerprint());
        if (found.isEmpty() || found.get().facts().id().equals(next.id())) {
            return;
        }
        StoredPayment before = found.get();
        if (answerForfeited(before, now)) {
            call(tables, before, CallState.CLOSED, now);
        } else if (before.progress().state() == PaymentState.AWAITING_APPROVAL
                && before.progress().asked().ranOut(now)) {
            String late = "nobody answered in time";
            writeDenial(tables, before.facts(), true, PaymentCode.APPROVAL_DENIED, late, null, now);
        }
    }

    /** Paid, its answer never came, and the payment can no longer be shown to the seller for it. */
    private static boolean answerForfeited(StoredPayment payment, Instant now) {
        return payment.progress().state() == PaymentState.SETTLED && payment.expired(now);
    }

    // ---- reading
    // ------------------------------------------------------------------------------------------------------

    @Override
    public final Optional<Unanswered> unanswered(String fingerprint, Instant now) {
        return read(tables -> {
            Optional<StoredPayment> found = tables.payments().standing(fingerprint);
            if (found.isEmpty() || answerForfeited(found.get(), now)) {
                return Optional.empty();
            }
            StoredPayment payment = found.get();
            return Optional.of(new Unanswered(
                    tables.payments().shown(payment),
                    payment.progress().authority().header(),
                    payment.progress().call() == CallState.OPEN));
        });
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
            if (same.isPresent() && !answerForfeited(same.get(), now)) {
                return duplicate(same.get());
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

    // ---- the kill switch
    // ----------------------------------------------------------------------------------------------

    @Override
    public final void freeze(String reason, Instant now) {
        write(tables -> freeze(tables, reason, now));
    }

    private static long freeze(LedgerTables tables, String reason, Instant now) throws SQLException {
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

    // ---- soundness
    // ----------------------------------------------------------------------------------------------------

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
