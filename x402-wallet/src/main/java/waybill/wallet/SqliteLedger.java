package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteOpenMode;
import waybill.wallet.StoredPayment.CallState;
import waybill.wallet.StoredPayment.Facts;
import waybill.wallet.StoredPayment.Progress;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.Json;
import waybill.x402.Network;
import waybill.x402.TransferMethod;

/**
 * A ledger in one SQLite file of one process. Beside the file {@code x} stand {@code x.secret} (keys of the event chain
 * and of the nonces), {@code x.head} (the last event) and {@code x.lock}; keep the first two with the file. Each write
 * is on disk (WAL, synchronous FULL) before its method returns. One thread writes at a time, in the order of arrival.
 *
 * <p>Opening reads and compares everything, and ends what a dead process left: what was reserved and never signed is
 * void, what was signed or sent is unknown and stays held.
 */
public final class SqliteLedger implements Ledger {
    private static final int BUSY_TIMEOUT_MILLIS = 5_000;
    private static final int MAX_REASON_CHARS = 500;
    private static final int MAX_TRANSACTION_CHARS = 66;

    static final String AVAILABLE = "available";
    static final String HELD = "held";
    static final String SPENT = "spent";

    private final Path file;
    private final OneProcess process;
    private final Sql sql;
    private final StoredLimits stored;
    private final LedgerSecret secret;
    private final LedgerHead head;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Map<String, Asset> tokens = new HashMap<>();
    private LedgerHead.@Nullable Mark last; // null: read it again
    private @Nullable String damage;
    private boolean closed;

    private interface Work<T> {
        T run() throws SQLException;
    }

    private SqliteLedger(Path file, OneProcess process, Sql sql, LedgerSecret secret, LedgerHead head) {
        this.file = file;
        this.process = process;
        this.sql = sql;
        this.stored = new StoredLimits(sql);
        this.secret = secret;
        this.head = head;
    }

    /**
     * Opens the ledger in {@code file}, which is made when it and its companions are missing.
     *
     * @throws LedgerException when another process has it open, a companion file is missing or damaged, or it cannot be
     *     read. A ledger that does not add up opens, but refuses every reservation; {@link #verify} says why
     */
    public static SqliteLedger open(Path file) {
        return open(file, Clock.systemUTC());
    }

    /** The same with a clock of the caller's, which dates what a dead process left. */
    public static SqliteLedger open(Path file, Clock clock) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Path real = real(file);
            Path secretFile = beside(real, ".secret");
            Path headFile = beside(real, ".head");
            OneProcess process = OneProcess.hold(beside(real, ".lock"), real);
            opened.add(process);
            if (!Files.exists(real)) {
                requireNothingLost(real, headFile);
                OwnerOnly.createFile(real);
            }
            Sql sql = new Sql(connect(real));
            opened.add(sql);
            Migrations.run(sql, clock.millis());
            LedgerSecret secret = secret(sql, real, secretFile);
            OwnerOnly.createFileIfMissing(headFile);
            LedgerHead head = new LedgerHead(headFile, secret);
            opened.add(head);
            if (head.isEmpty() && sql.number("SELECT COUNT(*) FROM event") == 0) {
                head.begin();
            }
            SqliteLedger ledger = new SqliteLedger(real, process, sql, secret, head);
            if (ledger.verify().sound()) {
                ledger.endWhatADeadProcessLeft(clock.instant());
            }
            return ledger;
        } catch (SQLException | IOException e) {
            closeAll(opened);
            throw new LedgerException("the ledger " + file + " cannot be opened: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeAll(opened);
            throw e;
        }
    }

    private static Path real(Path file) throws IOException {
        Path absolute =
                Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        Path name = absolute.getFileName();
        if (parent == null || name == null) {
            throw new IOException("not a file name");
        }
        return Files.isDirectory(parent) ? parent.toRealPath().resolve(name) : absolute;
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    private static void requireNothingLost(Path file, Path headFile) throws IOException {
        if (Files.exists(headFile) && Files.size(headFile) > 0) {
            throw new LedgerException(
                    "the ledger " + file + " is gone, but " + headFile
                            + " shows that there was one. Restore it from a backup;"
                            + " starting anew would forget what was spent",
                    null);
        }
    }

    private static LedgerSecret secret(Sql sql, Path file, Path secretFile) throws SQLException, IOException {
        if (Files.exists(secretFile)) {
            return LedgerSecret.read(secretFile);
        }
        if (sql.number("SELECT COUNT(*) FROM event") > 0) {
            throw new LedgerException(
                    "the ledger " + file + " has lost its companion " + secretFile + "; restore it from a backup",
                    null);
        }
        return LedgerSecret.create(secretFile, new SecureRandom());
    }

    private static Connection connect(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setOpenMode(SQLiteOpenMode.FULLMUTEX);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try {
            requireDurable(connection);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** A setting that did not take would lose payments in silence. */
    private static void requireDurable(Connection connection) throws SQLException {
        SQLiteConfig.TransactionMode mode =
                connection.unwrap(SQLiteConnection.class).getConnectionConfig().getTransactionMode();
        boolean durable = "wal".equalsIgnoreCase(pragma(connection, "journal_mode"))
                && "2".equals(pragma(connection, "synchronous"))
                && String.valueOf(BUSY_TIMEOUT_MILLIS).equals(pragma(connection, "busy_timeout"))
                && mode == SQLiteConfig.TransactionMode.IMMEDIATE;
        if (!durable) {
            throw new LedgerException(
                    "SQLite did not take WAL, synchronous FULL, IMMEDIATE and the busy timeout; is the file on a network"
                            + " drive? Put the ledger on a local disk",
                    null);
        }
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (ResultSet row = connection.createStatement().executeQuery("PRAGMA " + name)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private static void closeAll(List<AutoCloseable> opened) {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                // the failure that led here is the one to report
            }
        }
    }

    @Override
    public Bytes32 nonce(String paymentId) {
        return secret.nonce(paymentId);
    }

    @Override
    public Reservation reserve(Purchase purchase, Limits limits, Instant now) {
        return transaction(() -> {
            requireSound();
            long time = stored.advance(now);
            closeExpiredAnswer(purchase.call(), now);
            String token = token(purchase.amount().asset(), now);
            Facts facts = Facts.of(purchase.id(), purchase.call(), purchase.amount(), purchase.payTo(), token, now);
            Decision decision = judge(purchase, limits, facts, time);
            if (decision instanceof Decision.Denied denied) {
                return new Reservation.Refused(writeDenial(facts, denied.code(), denied.message(), time, now));
            }
            rememberPayee(facts, limits, now);
            Progress progress =
                    Progress.begin(PaymentState.RESERVED, CallState.OPEN, now).authorised(purchase.authorization());
            StoredPayment payment = new StoredPayment(facts, progress);
            Map<String, @Nullable Object> detail = detail(payment);
            detail.put("window", time);
            long event = save(payment, awaiting(purchase.id()), "RESERVED", detail, now);
            enter(event, facts, AVAILABLE, HELD);
            stored.hold(facts, time);
            return new Reservation.Held(shown(payment));
        });
    }

    private Decision judge(Purchase purchase, Limits limits, Facts facts, long time) throws SQLException {
        Optional<String> frozen = setting("frozen");
        if (frozen.isPresent()) {
            return Decision.denied(PaymentCode.KILL_SWITCH, Sentences.frozen(frozen.get()));
        }
        Optional<StoredPayment> same = standing(purchase.call().fingerprint());
        if (same.isPresent() && !same.get().facts().id().equals(purchase.id())) {
            return duplicate(same.get());
        }
        return stored.judge(purchase, limits, facts, time);
    }

    private static Decision duplicate(StoredPayment same) {
        return Decision.denied(
                PaymentCode.DUPLICATE_PAYMENT,
                Sentences.duplicate(same.facts().id(), same.progress().state()));
    }

    private void rememberPayee(Facts facts, Limits limits, Instant now) throws SQLException {
        if (limits.payee() != null) {
            return; // a person's word needs no memory
        }
        boolean known =
                sql.number("SELECT COUNT(*) FROM payee WHERE origin = ? AND token = ?", facts.origin(), facts.token())
                        > 0;
        if (known) {
            return;
        }
        sql.update(
                "INSERT INTO payee (origin, token, pay_to) VALUES (?, ?, ?)",
                facts.origin(),
                facts.token(),
                facts.payTo());
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("origin", facts.origin());
        detail.put("token", facts.token());
        detail.put("payTo", facts.payTo());
        append(null, "PAYEE", detail, now);
    }

    @Override
    public Reservation awaitApproval(String id, Call call, Amount amount, Address payTo, Instant now) {
        return transaction(() -> {
            requireSound();
            closeExpiredAnswer(call, now);
            Facts facts = Facts.of(id, call, amount, payTo, token(amount.asset(), now), now);
            Optional<String> frozen = setting("frozen");
            if (frozen.isPresent()) {
                return new Reservation.Refused(
                        writeDenial(facts, PaymentCode.KILL_SWITCH, Sentences.frozen(frozen.get()), null, now));
            }
            Optional<StoredPayment> same = standing(call.fingerprint());
            if (same.isPresent() && duplicate(same.get()) instanceof Decision.Denied denied) {
                return new Reservation.Refused(writeDenial(facts, denied.code(), denied.message(), null, now));
            }
            Progress progress = Progress.begin(PaymentState.AWAITING_APPROVAL, CallState.OPEN, now);
            StoredPayment payment = new StoredPayment(facts, progress);
            save(payment, false, "AWAITING_APPROVAL", detail(payment), now);
            return new Reservation.Held(shown(payment));
        });
    }

    @Override
    public PaymentRecord deny(
            String id,
            Call call,
            @Nullable Amount amount,
            @Nullable Address payTo,
            PaymentCode code,
            String reason,
            Instant now) {
        return transaction(() -> {
            requireSound();
            String token = amount == null ? null : token(amount.asset(), now);
            return writeDenial(Facts.of(id, call, amount, payTo, token, now), code, reason, null, now);
        });
    }

    private PaymentRecord writeDenial(Facts facts, PaymentCode code, String reason, @Nullable Long time, Instant now)
            throws SQLException {
        Progress progress = Progress.begin(PaymentState.DENIED, CallState.CLOSED, now)
                .because(code, Words.cut(reason, MAX_REASON_CHARS));
        StoredPayment payment = new StoredPayment(facts, progress);
        Map<String, @Nullable Object> detail = detail(payment);
        detail.put("window", time);
        save(payment, awaiting(facts.id()), "DENIED", detail, now);
        return shown(payment);
    }

    private boolean awaiting(String id) throws SQLException {
        return sql.number("SELECT COUNT(*) FROM payment WHERE id = ? AND state = 'AWAITING_APPROVAL'", id) > 0;
    }

    @Override
    public PaymentRecord move(String id, Step step, Instant now) {
        return transaction(() -> shown(write(load(id), step, now)));
    }

    private StoredPayment write(StoredPayment before, Step step, Instant now) throws SQLException {
        PaymentState from = before.progress().state();
        if (!from.mayBecome(step.to())) {
            throw new IllegalStateException(
                    "payment " + before.facts().id() + " is " + from + " and cannot become " + step.to());
        }
        StoredPayment after = before.with(progress(before.progress().state(step.to(), now), step, now));
        Map<String, @Nullable Object> detail = detail(after);
        if (step.to() == PaymentState.SETTLED) {
            long time = stored.advance(now);
            detail.put("window", time);
            long event = save(after, true, step.to().name(), detail, now);
            enter(event, after.facts(), HELD, SPENT);
            stored.spend(after.facts(), time);
        } else if (step.to() == PaymentState.VOID) {
            long event = save(after, true, step.to().name(), detail, now);
            enter(event, after.facts(), HELD, AVAILABLE);
            stored.free(after.facts());
        } else {
            save(after, true, step.to().name(), detail, now);
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
        if (step instanceof Step.Settled settled) {
            return next.transaction(hash(settled.transaction()), settled.confirmed())
                    .because(null, null);
        }
        if (step instanceof Step.Voided voided) {
            return next.because(null, Words.cut(voided.reason(), MAX_REASON_CHARS))
                    .call(CallState.CLOSED, now);
        }
        throw new IllegalStateException("no such step: " + step);
    }

    private static @Nullable String hash(@Nullable String transaction) {
        return transaction == null ? null : Words.cut(transaction, MAX_TRANSACTION_CHARS);
    }

    @Override
    public Optional<PaymentRecord> resend(String id, Instant now) {
        return transaction(() -> {
            requireSound();
            StoredPayment payment = load(id);
            boolean may = payment.progress().call() == CallState.LOST
                    && payment.progress().header() != null
                    && !payment.expired(now)
                    && setting("frozen").isEmpty();
            if (!may) {
                return Optional.empty();
            }
            if (payment.progress().state() == PaymentState.SETTLED) {
                StoredPayment again = payment.with(payment.progress().call(CallState.OPEN, now));
                save(again, true, "CALL", detail(again), now);
                return Optional.of(shown(again));
            }
            return Optional.of(shown(write(payment, new Step.Sent(), now)));
        });
    }

    @Override
    public PaymentRecord callEnded(String id, boolean answered, Instant now) {
        return transaction(() -> {
            StoredPayment payment = load(id);
            boolean settled = payment.progress().state() == PaymentState.SETTLED;
            if (!settled || payment.progress().call() == CallState.CLOSED) {
                return shown(payment); // an unresolved payment keeps its call, answered or not
            }
            StoredPayment ended =
                    payment.with(payment.progress().call(answered ? CallState.CLOSED : CallState.LOST, now));
            save(ended, true, "CALL", detail(ended), now);
            return shown(ended);
        });
    }

    @Override
    public PaymentRecord confirm(String id, String transaction, Instant now) {
        return transaction(() -> {
            StoredPayment payment = load(id);
            if (payment.progress().state() != PaymentState.SETTLED) {
                return shown(write(payment, new Step.Settled(transaction, true), now));
            }
            StoredPayment confirmed = payment.with(
                    payment.progress().state(PaymentState.SETTLED, now).transaction(hash(transaction), true));
            save(confirmed, true, "CONFIRMED", detail(confirmed), now);
            return shown(confirmed);
        });
    }

    @Override
    public Optional<Unanswered> unanswered(String fingerprint, Instant now) {
        return reading(() -> {
            Optional<StoredPayment> found = standing(fingerprint);
            if (found.isEmpty() || answerForfeited(found.get(), now)) {
                return Optional.empty();
            }
            StoredPayment payment = found.get();
            return Optional.of(new Unanswered(
                    shown(payment),
                    payment.progress().header(),
                    payment.progress().call() == CallState.OPEN));
        });
    }

    private Optional<StoredPayment> standing(String fingerprint) throws SQLException {
        return sql.first(
                "SELECT * FROM payment WHERE fingerprint = ? AND call_state <> 'CLOSED'", this::sealed, fingerprint);
    }

    /** Paid, its answer never came, and the payment can no longer be shown to the seller for it. */
    private static boolean answerForfeited(StoredPayment payment, Instant now) {
        return payment.progress().state() == PaymentState.SETTLED && payment.expired(now);
    }

    private void closeExpiredAnswer(Call call, Instant now) throws SQLException {
        Optional<StoredPayment> found = standing(call.fingerprint());
        if (found.isPresent() && answerForfeited(found.get(), now)) {
            StoredPayment closed = found.get().with(found.get().progress().call(CallState.CLOSED, now));
            save(closed, true, "CALL", detail(closed), now);
        }
    }

    @Override
    public Optional<Address> payee(Origin origin, Asset asset) {
        return reading(() -> sql.first(
                "SELECT pay_to FROM payee WHERE origin = ? AND token = ?",
                row -> Address.parse(row.getString(1)),
                origin.toString(),
                tokenId(asset)));
    }

    @Override
    public List<PaymentRecord> payments(int limit) {
        return reading(() -> shownAll(
                sql.list("SELECT * FROM payment ORDER BY created DESC, id DESC LIMIT ?", StoredPayment::read, limit)));
    }

    @Override
    public Optional<PaymentRecord> payment(String id) {
        return reading(() -> {
            Optional<StoredPayment> found = sql.first("SELECT * FROM payment WHERE id = ?", StoredPayment::read, id);
            return found.isEmpty() ? Optional.empty() : Optional.of(shown(found.get()));
        });
    }

    @Override
    public List<PaymentRecord> unproven() {
        return reading(() -> shownAll(sql.list(
                "SELECT * FROM payment WHERE state IN ('PENDING', 'UNKNOWN', 'REJECTED')"
                        + " OR (state = 'SETTLED' AND confirmed = 0) ORDER BY id",
                StoredPayment::read)));
    }

    @Override
    public Totals totals() {
        return reading(() -> new Totals(sums(SPENT), sums(HELD)));
    }

    private List<Amount> sums(String account) throws SQLException {
        List<Amount> sums = new ArrayList<>();
        for (Map.Entry<String, String> line : sql.list(
                "SELECT token, balance FROM account WHERE name = ? ORDER BY token",
                row -> Map.entry(row.getString(1), row.getString(2)),
                account)) {
            Amount sum = new Amount(requireToken(line.getKey()), new BigInteger(line.getValue()));
            if (!sum.isZero()) {
                sums.add(sum);
            }
        }
        return sums;
    }

    @Override
    public void freeze(String reason, Instant now) {
        transaction(() -> {
            String text = reason.isBlank() ? "no reason given" : Words.cut(reason, MAX_REASON_CHARS);
            setSetting("frozen", text);
            Map<String, @Nullable Object> detail = new LinkedHashMap<>();
            detail.put("reason", text);
            append(null, "FROZEN", detail, now);
            return text;
        });
    }

    @Override
    public void unfreeze(Instant now) {
        transaction(() -> {
            sql.update("DELETE FROM setting WHERE name = 'frozen'");
            return append(null, "UNFROZEN", new LinkedHashMap<>(), now);
        });
    }

    @Override
    public Optional<String> frozen() {
        return reading(() -> setting("frozen"));
    }

    private Optional<String> setting(String name) throws SQLException {
        return sql.first("SELECT text FROM setting WHERE name = ?", row -> row.getString(1), name);
    }

    private void setSetting(String name, String text) throws SQLException {
        if (sql.update("UPDATE setting SET text = ? WHERE name = ?", text, name) == 0) {
            sql.update("INSERT INTO setting (name, text) VALUES (?, ?)", name, text);
        }
    }

    @Override
    public Verification verify() {
        lock.lock();
        try {
            requireOpen();
            Verification found;
            try {
                Optional<LedgerHead.Mark> mark = head.spoilt() ? Optional.empty() : head.read();
                found = new Books(sql, secret).verify(mark, head.spoilt());
            } catch (SQLException | IOException | RuntimeException e) {
                found = new Verification(0, List.of("the ledger cannot be read: " + Words.cut(e.getMessage(), 300)));
            }
            damage = found.sound() ? null : found.findings().get(0);
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Runs before anybody else has the ledger, so nothing of this is still under way. */
    private void endWhatADeadProcessLeft(Instant now) {
        transaction(() -> {
            for (StoredPayment left :
                    sql.list("SELECT * FROM payment WHERE call_state = 'OPEN' ORDER BY id", this::sealed)) {
                switch (left.progress().state()) {
                    case AWAITING_APPROVAL ->
                        writeDenial(
                                left.facts(),
                                PaymentCode.APPROVAL_DENIED,
                                "the process ended before a person answered",
                                null,
                                now);
                    case RESERVED -> write(left, new Step.Voided("the process ended before anything was signed"), now);
                    case SIGNED, SENT ->
                        write(left, new Step.Unknown("the process ended before the answer was read"), now);
                    case SETTLED -> {
                        StoredPayment lost = left.with(left.progress().call(CallState.LOST, now));
                        save(lost, true, "CALL", detail(lost), now);
                    }
                    default ->
                        throw new LedgerException(
                                "payment " + left.facts().id() + " is "
                                        + left.progress().state() + " with an open call",
                                null);
                }
            }
            return true;
        });
    }

    private StoredPayment load(String id) throws SQLException {
        return sql.first("SELECT * FROM payment WHERE id = ?", this::sealed, id)
                .orElseThrow(() -> new IllegalArgumentException("no payment " + Words.cut(id, 60)));
    }

    /** A row that does not match its seal was changed by somebody else. */
    private StoredPayment sealed(ResultSet row) throws SQLException {
        StoredPayment payment = StoredPayment.read(row);
        if (!secret.row(payment.canonical()).equals(row.getString("mac"))) {
            damage = "payment " + payment.facts().id() + " was changed by somebody else: its seal does not match";
            throw unavailable();
        }
        return payment;
    }

    /** Writes the row and its event; returns the event's number. */
    private long save(
            StoredPayment payment, boolean present, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        String mac = secret.row(payment.canonical());
        List<@Nullable Object> values = new ArrayList<>(payment.values());
        values.add(mac);
        if (present) {
            values.add(payment.facts().id());
            sql.update(UPDATE, values.toArray());
        } else {
            sql.update(INSERT, values.toArray());
        }
        detail.put("row", mac);
        return append(payment.facts().id(), kind, detail, now);
    }

    private static final String INSERT = "INSERT INTO payment (" + String.join(", ", StoredPayment.COLUMNS)
            + ", mac) VALUES (" + "?, ".repeat(StoredPayment.COLUMNS.size()) + "?)";

    private static final String UPDATE =
            "UPDATE payment SET " + String.join(" = ?, ", StoredPayment.COLUMNS) + " = ?, mac = ? WHERE id = ?";

    private static Map<String, @Nullable Object> detail(StoredPayment payment) {
        Facts facts = payment.facts();
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("state", payment.progress().state().name());
        detail.put("call", payment.progress().call().name());
        detail.put("token", facts.token());
        detail.put("amount", facts.amount());
        detail.put("micros", facts.micros());
        return detail;
    }

    private long append(@Nullable String payment, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        LedgerHead.Mark before = last();
        String text = Json.write(detail);
        long seq = before.seq() + 1;
        String mac = secret.chain(before.mac(), Books.canonical(seq, payment, kind, now.toEpochMilli(), text));
        sql.update(
                "INSERT INTO event (seq, payment, kind, at, detail, mac) VALUES (?, ?, ?, ?, ?, ?)",
                seq,
                payment,
                kind,
                now.toEpochMilli(),
                text,
                mac);
        last = new LedgerHead.Mark(seq, mac);
        return seq;
    }

    private LedgerHead.Mark last() throws SQLException {
        LedgerHead.Mark present = last;
        if (present == null) {
            present = sql.first(
                            "SELECT seq, mac FROM event ORDER BY seq DESC LIMIT 1",
                            row -> new LedgerHead.Mark(row.getLong(1), row.getString(2)))
                    .orElse(new LedgerHead.Mark(0, ""));
            last = present;
        }
        return present;
    }

    /** One line that takes from {@code debit} and gives to {@code credit}. */
    private void enter(long event, Facts facts, String debit, String credit) throws SQLException {
        sql.update(
                "INSERT INTO entry (event, line, payment, token, debit, credit, amount) VALUES (?, 1, ?, ?, ?, ?, ?)",
                event,
                facts.id(),
                facts.token(),
                debit,
                credit,
                facts.amount());
        BigInteger amount = new BigInteger(String.valueOf(facts.amount()));
        balance(debit, facts, amount.negate());
        balance(credit, facts, amount);
    }

    private void balance(String account, Facts facts, BigInteger change) throws SQLException {
        Optional<String> present = sql.first(
                "SELECT balance FROM account WHERE name = ? AND token = ?",
                row -> row.getString(1),
                account,
                facts.token());
        if (present.isEmpty()) {
            sql.update(
                    "INSERT INTO account (name, token, balance) VALUES (?, ?, ?)",
                    account,
                    facts.token(),
                    change.toString());
            return;
        }
        sql.update(
                "UPDATE account SET balance = ? WHERE name = ? AND token = ?",
                new BigInteger(present.get()).add(change).toString(),
                account,
                facts.token());
    }

    private static String tokenId(Asset asset) {
        return asset.network() + "/" + asset.address();
    }

    /** The id of a token, which is written down with its facts when it is first seen. */
    private String token(Asset asset, Instant now) throws SQLException {
        String id = tokenId(asset);
        Asset known = findToken(id);
        if (asset.equals(known)) {
            return id;
        }
        if (known != null) {
            throw new LedgerException(
                    "the ledger knows " + id + " as " + known + " with " + known.decimals()
                            + " decimals; the table now says " + asset + " with " + asset.decimals()
                            + ". A token does not change: check waybill.wallet.assets",
                    null);
        }
        sql.update(
                "INSERT INTO token (id, network, address, symbol, decimals, domain_name, domain_version, method)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                asset.network(),
                asset.address(),
                asset.symbol(),
                asset.decimals(),
                asset.domainName(),
                asset.domainVersion(),
                asset.method().name());
        append(null, "TOKEN", Books.tokenDetail(id, asset), now);
        return id;
    }

    private @Nullable Asset findToken(String id) throws SQLException {
        Asset cached = tokens.get(id);
        if (cached != null) {
            return cached;
        }
        Optional<Asset> found = sql.first("SELECT * FROM token WHERE id = ?", SqliteLedger::asset, id);
        found.ifPresent(asset -> tokens.put(id, asset));
        return found.orElse(null);
    }

    private Asset requireToken(String id) throws SQLException {
        Asset asset = findToken(id);
        if (asset == null) {
            throw new LedgerException("the ledger names a token that it does not describe: " + id, null);
        }
        return asset;
    }

    static Asset asset(ResultSet row) throws SQLException {
        return new Asset(
                Network.parse(row.getString("network")),
                Address.parse(row.getString("address")),
                row.getString("symbol"),
                row.getInt("decimals"),
                row.getString("domain_name"),
                row.getString("domain_version"),
                TransferMethod.valueOf(row.getString("method")));
    }

    private PaymentRecord shown(StoredPayment payment) throws SQLException {
        String token = payment.facts().token();
        return payment.record(token == null ? null : requireToken(token));
    }

    private List<PaymentRecord> shownAll(List<StoredPayment> payments) throws SQLException {
        List<PaymentRecord> shown = new ArrayList<>();
        for (StoredPayment payment : payments) {
            shown.add(shown(payment));
        }
        return shown;
    }

    private <T> T transaction(Work<T> work) {
        lock.lock();
        try {
            requireOpen();
            try {
                sql.begin();
                T result = work.run();
                sql.commit();
                LedgerHead.Mark mark = last;
                if (mark != null) {
                    head.write(mark);
                }
                return result;
            } catch (SQLException | IOException e) {
                rollback();
                throw new LedgerException(
                        "the ledger " + file + " cannot be written: " + e.getMessage()
                                + ". Nothing is paid until it can be (is the disk full, or the file read-only?)",
                        e);
            } catch (RuntimeException e) {
                rollback();
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    private <T> T reading(Work<T> work) {
        lock.lock();
        try {
            requireOpen();
            try {
                return work.run();
            } catch (SQLException e) {
                rollback();
                throw new LedgerException("the ledger " + file + " cannot be read: " + e.getMessage(), e);
            }
        } finally {
            lock.unlock();
        }
    }

    private void rollback() {
        last = null;
        tokens.clear();
        try {
            sql.rollback();
        } catch (SQLException e) {
            damage = "a failed write could not be undone: " + e.getMessage();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new LedgerException("the ledger " + file + " is closed", null);
        }
    }

    private void requireSound() {
        if (damage != null) {
            throw unavailable();
        }
    }

    private LedgerException unavailable() {
        return new LedgerException(
                "the ledger " + file + " does not add up, so nothing is paid: " + damage
                        + ". A person looks at it with: waybill wallet verify",
                null);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            closeAll(List.of(process, head, sql));
        } finally {
            lock.unlock();
        }
    }
}
