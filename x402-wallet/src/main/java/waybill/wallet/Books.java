package waybill.wallet;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.Facts;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;

/**
 * Reads the event chain from its beginning, works out what every other table must hold, and compares. The chain is the
 * truth; the tables are its sums.
 */
final class Books {
    private static final int MAX_DETAIL_BYTES = 64 * 1024;
    private static final int MAX_FINDINGS = 100;

    private final Sql sql;
    private final LedgerSecret secret;
    private final List<String> findings = new ArrayList<>();

    private final Map<String, Payment> payments = new HashMap<>();
    private final Map<String, String> entries = new TreeMap<>();
    private final Map<String, BigInteger> accounts = new TreeMap<>();
    private final Map<String, Long> held = new TreeMap<>();
    private final Map<Slot, Sums> slots = new TreeMap<>();
    private final Map<String, Facts> facts = new HashMap<>();
    private final Map<String, String> payees = new TreeMap<>();
    private final Map<String, Map<String, @Nullable Object>> tokens = new TreeMap<>();
    private @Nullable String frozen;
    private long latest;
    private long events;
    private String mac = "";

    /** What the chain says of a payment after its last event. */
    private record Payment(PaymentState state, @Nullable String seal, long event) {}

    /** A row of the table {@code slot}. */
    private record Slot(String rule, int width, long number) implements Comparable<Slot> {
        private static final Comparator<Slot> ORDER =
                Comparator.comparing(Slot::rule).thenComparing(Slot::width).thenComparing(Slot::number);

        @Override
        public int compareTo(Slot other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return rule + " of " + width + " s at " + number;
        }
    }

    /** What it holds. */
    private record Sums(long spent, long begun) {
        Sums plus(Sums more) {
            return new Sums(spent + more.spent, begun + more.begun);
        }

        @Override
        public String toString() {
            return spent + " spent, " + begun + " begun";
        }
    }

    private record Event(long seq, @Nullable String payment, String kind, long at, String detail, String mac) {}

    private Books(LedgerTables tables) {
        this.sql = tables.sql();
        this.secret = tables.secret();
    }

    /** What an event says of itself. */
    static Map<String, @Nullable Object> detail(String text) {
        return Json.parseObject(text.getBytes(StandardCharsets.UTF_8), MAX_DETAIL_BYTES);
    }

    /**
     * Compares everything.
     *
     * @param marks the ends of the chain that were seen before; the chain must lead through each
     */
    static Verification verify(LedgerTables tables, List<LedgerHead.Mark> marks) throws SQLException {
        Books books = new Books(tables);
        books.integrity();
        if (books.read(marks)) {
            books.comparePayments();
            books.compareEntries();
            books.compareAccounts();
            books.compareRules();
            books.compareSlots();
            books.comparePayees();
            books.compareTokens();
            books.compareFrozen();
        }
        return new Verification(books.events, books.findings);
    }

    /**
     * Works the sums of the windows out anew where a migration has left them stale. A chain that is broken is left to
     * {@link #verify}, which will say so.
     */
    static boolean restateWhereStale(LedgerTables tables) throws SQLException {
        if (tables.setting("sums").isEmpty()) {
            return false;
        }
        Books books = new Books(tables);
        if (books.read(List.of())) {
            for (Map.Entry<String, Long> rule : books.held.entrySet()) {
                tables.sql()
                        .update(
                                "INSERT INTO rule (id, latest_seconds, held) VALUES (?, 0, ?)"
                                        + " ON CONFLICT (id) DO UPDATE SET held = excluded.held",
                                rule.getKey(),
                                rule.getValue());
            }
            for (Map.Entry<Slot, Sums> slot : books.slots.entrySet()) {
                tables.sql()
                        .update(
                                "INSERT INTO slot (rule, width_seconds, slot, spent, begun) VALUES (?, ?, ?, ?, ?)",
                                slot.getKey().rule(),
                                slot.getKey().width(),
                                slot.getKey().number(),
                                slot.getValue().spent(),
                                slot.getValue().begun());
            }
            tables.sql().update("UPDATE rule SET latest_seconds = ? WHERE id = 'wallet'", books.latest);
        }
        tables.removeSetting("sums");
        return true;
    }

    /** Follows the chain to its end; false where it is broken, for nothing behind a broken link can be believed. */
    private boolean read(List<LedgerHead.Mark> marks) throws SQLException {
        for (StoredPayment payment : sql.list(PaymentTable.SELECT, StoredPayment::read)) {
            facts.put(payment.facts().id(), payment.facts());
        }
        List<LedgerHead.Mark> unseen = new ArrayList<>(marks);
        unseen.removeIf(mark -> mark.seq() == 0);
        for (Event event : sql.list("SELECT * FROM event ORDER BY seq", Books::event)) {
            if (!follows(event)) {
                return false;
            }
            unseen.remove(new LedgerHead.Mark(event.seq(), event.mac()));
            apply(event);
        }
        if (!unseen.isEmpty()) {
            find("the ledger ends at event " + events + ", but its head file has seen event "
                    + unseen.get(0).seq() + ": it was cut short or replaced by an older copy");
        }
        return true;
    }

    private void integrity() throws SQLException {
        if (sql.dialect() != Sql.Dialect.SQLITE) {
            return; // the server looks after its own pages
        }
        for (String line : sql.list("PRAGMA integrity_check", row -> row.getString(1))) {
            if (!line.equals("ok")) {
                find("the database file is damaged: " + Words.cut(line, 200));
            }
        }
    }

    private boolean follows(Event event) {
        if (event.seq() != events + 1) {
            find("event " + (events + 1) + " is missing");
            return false;
        }
        String expected = secret.chain(
                mac, EventChain.canonical(event.seq(), event.payment(), event.kind(), event.at(), event.detail()));
        if (!expected.equals(event.mac())) {
            find("event " + event.seq() + (event.payment() == null ? "" : " of payment " + event.payment())
                    + " was changed by somebody else: its link does not match");
            return false;
        }
        events = event.seq();
        mac = event.mac();
        return true;
    }

    private void apply(Event event) {
        Map<String, @Nullable Object> detail;
        try {
            detail = detail(event.detail());
        } catch (MalformedWireException e) {
            find("event " + event.seq() + " cannot be read: " + e.getMessage());
            return;
        }
        if (detail.get("window") instanceof BigInteger window) {
            latest = Math.max(latest, window.longValue());
        }
        switch (event.kind()) {
            case "TOKEN" -> tokens.put(text(detail, "token"), detail);
            case "PAYEE" -> payees.put(text(detail, "origin") + " " + text(detail, "token"), text(detail, "payTo"));
            case "FROZEN" -> frozen = text(detail, "reason");
            case "UNFROZEN" -> frozen = null;
            default -> applyPayment(event, detail);
        }
    }

    private void applyPayment(Event event, Map<String, @Nullable Object> detail) {
        String id = String.valueOf(event.payment());
        PaymentState state = PaymentState.valueOf(text(detail, "state"));
        Payment before = payments.get(id);
        PaymentState from = before == null ? PaymentState.QUOTED : before.state();
        if (from != state && !from.mayBecome(state)) {
            find("event " + event.seq() + " moves payment " + id + " from " + from + " to " + state);
        }
        payments.put(id, new Payment(state, text(detail, "row"), event.seq()));
        Facts payment = facts.get(id);
        if (payment == null) {
            return; // found when the rows are compared
        }
        BigInteger amount = number(detail, "amount");
        long micros = number(detail, "micros").longValueExact();
        switch (event.kind()) {
            case "RESERVED" -> {
                enter(event, 1, payment, Accounts.AVAILABLE, Accounts.HELD, amount);
                hold(payment, micros);
                count(payment, new Sums(0, 1));
            }
            case "SETTLED" -> {
                boolean part = detail.containsKey("charged");
                BigInteger charged = part ? number(detail, "charged") : amount;
                enter(event, 1, payment, Accounts.HELD, Accounts.SPENT, charged);
                if (part) {
                    enter(event, 2, payment, Accounts.HELD, Accounts.AVAILABLE, amount.subtract(charged));
                }
                hold(payment, -micros);
                long spent = part ? number(detail, "chargedMicros").longValueExact() : micros;
                count(payment, new Sums(spent, 0));
            }
            case "VOID" -> {
                enter(event, 1, payment, Accounts.HELD, Accounts.AVAILABLE, amount);
                hold(payment, -micros);
            }
            case "CONFIRMED" -> {
                BigInteger more = number(detail, "correction");
                if (more.signum() > 0) {
                    enter(event, 1, payment, Accounts.AVAILABLE, Accounts.SPENT, more);
                    count(payment, new Sums(number(detail, "correctionMicros").longValueExact(), 0));
                } else if (more.signum() < 0) {
                    enter(event, 1, payment, Accounts.SPENT, Accounts.AVAILABLE, more.negate());
                }
            }
            default -> {
                // no money moves
            }
        }
    }

    private void enter(Event event, int line, Facts payment, String debit, String credit, BigInteger amount) {
        entries.put(
                key(event.seq(), line),
                String.join(" ", payment.id(), String.valueOf(payment.token()), debit, credit, amount.toString()));
        accounts.merge(debit + " " + payment.token(), amount.negate(), BigInteger::add);
        accounts.merge(credit + " " + payment.token(), amount, BigInteger::add);
    }

    private void hold(Facts payment, long micros) {
        for (String rule : Scope.rules(payment)) {
            held.merge(rule, micros, Long::sum);
        }
    }

    private void count(Facts payment, Sums more) {
        for (String rule : Scope.rules(payment)) {
            for (Window window : Window.ALL) {
                Slot slot = new Slot(rule, window.width(), window.slot(latest));
                slots.merge(slot, more, Sums::plus);
            }
        }
    }

    private void comparePayments() throws SQLException {
        Map<String, Payment> left = new TreeMap<>(payments);
        record Row(String id, String state, String computed, String mac) {}
        for (Row row : sql.list(PaymentTable.SELECT, result -> {
            StoredPayment payment = StoredPayment.read(result);
            return new Row(
                    payment.facts().id(),
                    payment.progress().state().name(),
                    secret.row(payment.canonical()),
                    String.valueOf(result.getString("mac")));
        })) {
            Payment expected = left.remove(row.id());
            if (expected == null) {
                find("payment " + row.id() + " has a row but no event");
            } else if (!row.computed().equals(row.mac()) || !row.mac().equals(expected.seal())) {
                find("payment " + row.id() + " was changed by somebody else: its row does not match event "
                        + expected.event() + ", which left it " + expected.state());
            }
        }
        left.forEach((id, payment) -> find("payment " + id + " has events but no row"));
    }

    private void compareEntries() throws SQLException {
        Map<String, String> present = new TreeMap<>();
        sql.list(
                "SELECT * FROM entry",
                row -> present.put(
                        key(row.getLong("event"), row.getInt("line")),
                        String.join(
                                " ",
                                row.getString("payment"),
                                row.getString("token"),
                                row.getString("debit"),
                                row.getString("credit"),
                                row.getString("amount"))));
        compare("entry of event", entries, present);
    }

    private void compareAccounts() throws SQLException {
        Map<String, BigInteger> present = new TreeMap<>();
        sql.list(
                "SELECT name, token, balance FROM account",
                row -> present.put(row.getString(1) + " " + row.getString(2), new BigInteger(row.getString(3))));
        compare("account", accounts, present);
    }

    private void compareRules() throws SQLException {
        Map<String, Long> present = new TreeMap<>();
        sql.list("SELECT id, held, latest_seconds FROM rule", row -> {
            long should = row.getString(1).equals("wallet") ? latest : 0;
            if (row.getLong(3) != should) {
                find("rule " + row.getString(1) + " is at time " + row.getLong(3) + ", its events say " + should);
            }
            return present.put(row.getString(1), row.getLong(2));
        });
        held.putIfAbsent("wallet", 0L);
        compare("sum held by rule", held, present);
    }

    private void compareSlots() throws SQLException {
        Map<Slot, Sums> present = new TreeMap<>();
        sql.list(
                "SELECT rule, width_seconds, slot, spent, begun FROM slot",
                row -> present.put(
                        new Slot(row.getString(1), row.getInt(2), row.getLong(3)),
                        new Sums(row.getLong(4), row.getLong(5))));
        slots.keySet().removeIf(this::tooOld);
        present.keySet().removeIf(this::tooOld);
        compare("slot", slots, present);
    }

    /** Slots that no window counts any more are deleted now and then. */
    private boolean tooOld(Slot slot) {
        return Window.ALL.stream()
                .anyMatch(window -> window.width() == slot.width() && slot.number() < window.oldest(latest));
    }

    private void comparePayees() throws SQLException {
        Map<String, String> present = new TreeMap<>();
        sql.list(
                "SELECT origin, token, pay_to FROM payee",
                row -> present.put(row.getString(1) + " " + row.getString(2), row.getString(3)));
        compare("payee at", payees, present);
    }

    private void compareTokens() throws SQLException {
        Map<String, Map<String, @Nullable Object>> present = new TreeMap<>();
        sql.list(
                "SELECT * FROM token",
                row -> present.put(row.getString("id"), TokenTable.detail(row.getString("id"), TokenTable.read(row))));
        compare("token", tokens, present);
    }

    private void compareFrozen() throws SQLException {
        String present = sql.first("SELECT text FROM setting WHERE name = 'frozen'", row -> row.getString(1))
                .orElse(null);
        if (!Objects.equals(present, frozen)) {
            find("the kill switch is " + (present == null ? "off" : "on") + ", but the events say otherwise");
        }
    }

    private <K extends Comparable<K>, T> void compare(String what, Map<K, T> expected, Map<K, T> present) {
        TreeSet<K> keys = new TreeSet<>(expected.keySet());
        keys.addAll(present.keySet());
        for (K key : keys) {
            T should = expected.get(key);
            T is = present.get(key);
            if (!Objects.equals(should, is)) {
                find(what + " " + key + " holds " + (is == null ? "nothing" : is) + ", its events say "
                        + (should == null ? "nothing" : should));
            }
        }
    }

    private void find(String finding) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(finding);
        }
    }

    private static Event event(ResultSet row) throws SQLException {
        return new Event(
                row.getLong("seq"),
                row.getString("payment"),
                row.getString("kind"),
                row.getLong("at"),
                String.valueOf(row.getString("detail")),
                String.valueOf(row.getString("mac")));
    }

    private static String text(Map<String, @Nullable Object> detail, String key) {
        return String.valueOf(detail.get(key));
    }

    /** A number that may be written as one or as text; zero when it is not there. */
    private static BigInteger number(Map<String, @Nullable Object> detail, String key) {
        Object value = detail.get(key);
        return value == null ? BigInteger.ZERO : new BigInteger(value.toString());
    }

    /** Sorts as the number does. */
    private static String key(long event, int line) {
        return String.format("%012d", event) + (line == 1 ? "" : " line " + line);
    }
}
