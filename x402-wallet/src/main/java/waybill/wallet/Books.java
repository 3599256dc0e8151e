package waybill.wallet;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import waybill.x402.Asset;
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
    private final Map<String, Long> slots = new TreeMap<>();
    private final Map<String, String> payees = new TreeMap<>();
    private final Map<String, Map<String, @Nullable Object>> tokens = new TreeMap<>();
    private @Nullable String frozen;
    private long latest;
    private long events;
    private String mac = "";

    /** What the chain says of a payment after its last event. */
    private record Payment(PaymentState state, @Nullable String seal, long event) {}

    private record Event(long seq, @Nullable String payment, String kind, long at, String detail, String mac) {}

    Books(Sql sql, LedgerSecret secret) {
        this.sql = sql;
        this.secret = secret;
    }

    /** What an event's link is made over, beside the link before it. */
    static String canonical(long seq, @Nullable String payment, String kind, long at, String detail) {
        return Json.write(Arrays.asList(seq, payment, kind, at, detail));
    }

    static Map<String, @Nullable Object> tokenDetail(String id, Asset asset) {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("token", id);
        detail.put("symbol", asset.symbol());
        detail.put("decimals", BigInteger.valueOf(asset.decimals()));
        detail.put("name", asset.domainName());
        detail.put("version", asset.domainVersion());
        detail.put("method", asset.method().name());
        return detail;
    }

    Verification verify(Optional<LedgerHead.Mark> mark, boolean headSpoilt) throws SQLException {
        integrity();
        boolean seen = mark.isEmpty() || mark.get().seq() == 0;
        for (Event event : sql.list("SELECT * FROM event ORDER BY seq", Books::event)) {
            if (!follows(event)) {
                return new Verification(events, findings); // nothing behind a broken link can be believed
            }
            seen = seen
                    || (event.seq() == mark.get().seq()
                            && event.mac().equals(mark.get().mac()));
            apply(event);
        }
        if (headSpoilt) {
            find("the head file is damaged; restore it from a backup");
        } else if (!seen) {
            find("the ledger ends at event " + events + ", but its head file has seen event "
                    + mark.map(LedgerHead.Mark::seq).orElse(0L)
                    + ": it was cut short or replaced by an older copy");
        } else if (mark.isEmpty() && events > 0) {
            find("the head file is empty, but the ledger has " + events
                    + " events; restore the head file from a backup");
        }
        comparePayments();
        compareEntries();
        compareAccounts();
        compareRules();
        compareSlots();
        comparePayees();
        compareTokens();
        compareFrozen();
        return new Verification(events, findings);
    }

    private void integrity() throws SQLException {
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
        String expected =
                secret.chain(mac, canonical(event.seq(), event.payment(), event.kind(), event.at(), event.detail()));
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
            detail = Json.parseObject(event.detail().getBytes(StandardCharsets.UTF_8), MAX_DETAIL_BYTES);
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
        long micros = detail.get("micros") instanceof BigInteger number ? number.longValue() : 0;
        switch (event.kind()) {
            case "RESERVED" -> {
                enter(event, detail, SqliteLedger.AVAILABLE, SqliteLedger.HELD);
                hold(micros);
                spend(Window.MINUTE, 1);
            }
            case "SETTLED" -> {
                enter(event, detail, SqliteLedger.HELD, SqliteLedger.SPENT);
                hold(-micros);
                spend(Window.DAY, micros);
                spend(Window.HOUR, micros);
            }
            case "VOID" -> {
                enter(event, detail, SqliteLedger.HELD, SqliteLedger.AVAILABLE);
                hold(-micros);
            }
            default -> {
                // no money moves
            }
        }
    }

    private void enter(Event event, Map<String, @Nullable Object> detail, String debit, String credit) {
        String token = text(detail, "token");
        BigInteger amount = new BigInteger(text(detail, "amount"));
        entries.put(
                key(event.seq()),
                String.join(" ", String.valueOf(event.payment()), token, debit, credit, amount.toString()));
        accounts.merge(debit + " " + token, amount.negate(), BigInteger::add);
        accounts.merge(credit + " " + token, amount, BigInteger::add);
    }

    private void hold(long micros) {
        held.merge(Window.DAY.rule(), micros, Long::sum);
        held.merge(Window.HOUR.rule(), micros, Long::sum);
    }

    private void spend(Window window, long sum) {
        slots.merge(window.rule() + " " + window.slot(latest), sum, Long::sum);
    }

    private void comparePayments() throws SQLException {
        Map<String, Payment> left = new TreeMap<>(payments);
        record Row(String id, String state, String computed, String mac) {}
        for (Row row : sql.list("SELECT * FROM payment", result -> {
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
                        key(row.getLong("event")) + (row.getInt("line") == 1 ? "" : " line " + row.getInt("line")),
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
            if (row.getLong(3) != latest) {
                find("rule " + row.getString(1) + " is at time " + row.getLong(3) + ", its events say " + latest);
            }
            return present.put(row.getString(1), row.getLong(2));
        });
        for (Window window : Window.values()) {
            if (present.containsKey(window.rule())) {
                held.putIfAbsent(window.rule(), 0L);
            }
        }
        compare("sum held by rule", held, present);
    }

    private void compareSlots() throws SQLException {
        Map<String, Long> present = new TreeMap<>();
        sql.list(
                "SELECT rule, slot, spent FROM slot",
                row -> present.put(row.getString(1) + " " + row.getLong(2), row.getLong(3)));
        compare("slot", slots, present);
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
                row -> present.put(row.getString("id"), tokenDetail(row.getString("id"), SqliteLedger.asset(row))));
        compare("token", tokens, present);
    }

    private void compareFrozen() throws SQLException {
        String present = sql.first("SELECT text FROM setting WHERE name = 'frozen'", row -> row.getString(1))
                .orElse(null);
        if (!Objects.equals(present, frozen)) {
            find("the kill switch is " + (present == null ? "off" : "on") + ", but the events say otherwise");
        }
    }

    private <T> void compare(String what, Map<String, T> expected, Map<String, T> present) {
        TreeSet<String> keys = new TreeSet<>(expected.keySet());
        keys.addAll(present.keySet());
        for (String key : keys) {
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

    /** Sorts as the number does. */
    private static String key(long event) {
        return String.format("%012d", event);
    }
}
