package waybill.wallet;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Json;

/** The chain of events: each is sealed with an HMAC over itself and the seal before it. */
final class EventChain {
    private final Sql sql;
    private final LedgerSecret secret;
    private LedgerHead.@Nullable Mark last; // null: read it again

    EventChain(Sql sql, LedgerSecret secret) {
        this.sql = sql;
        this.secret = secret;
    }

    /** What an event's link is made over, beside the link before it. */
    static String canonical(long seq, @Nullable String payment, String kind, long at, String detail) {
        return Json.write(Arrays.asList(seq, payment, kind, at, detail));
    }

    /** Writes an event; returns its number. */
    long append(@Nullable String payment, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        LedgerHead.Mark before = last();
        String text = Json.write(detail);
        long seq = before.seq() + 1;
        String mac = secret.chain(before.mac(), canonical(seq, payment, kind, now.toEpochMilli(), text));
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

    /** The end of the chain; number 0 before the first event. */
    LedgerHead.Mark last() throws SQLException {
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

    /** Forgets what is remembered of the end, because it was undone or others may have written. */
    void forget() {
        last = null;
    }

    List<LedgerEvent> list(long after, int limit) throws SQLException {
        return sql.list(
                "SELECT seq, at, kind, payment, detail, mac FROM event WHERE seq > ? ORDER BY seq LIMIT ?",
                row -> new LedgerEvent(
                        row.getLong("seq"),
                        Instant.ofEpochMilli(row.getLong("at")),
                        row.getString("kind"),
                        row.getString("payment"),
                        state(row.getString("detail")),
                        row.getString("mac")),
                after,
                limit);
    }

    private static @Nullable PaymentState state(String detail) {
        Object state = Books.detail(detail).get("state");
        return state == null ? null : PaymentState.valueOf(state.toString());
    }
}
