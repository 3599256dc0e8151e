package waybill.seller;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import waybill.x402.Json;

/**
 * The answers that are kept for payments sent again, within the limits. It owns a count of their bytes, which is right
 * from the last time it was counted on but for what other instances have kept since. Thread-safe.
 */
final class KeptAnswers {
    private static final long UNKNOWN = -1;

    private final ClaimStore.Limits limits;
    private final AtomicLong bytes = new AtomicLong(UNKNOWN);

    KeptAnswers(ClaimStore.Limits limits) {
        this.limits = limits;
    }

    /** Keeps an answer with its claim when it is there and small enough; the oldest others make room for it. */
    void keep(Sql sql, String key, @Nullable Answer answer, Instant until) throws SQLException {
        if (answer == null || answer.size() > limits.answerBytes()) {
            return;
        }
        byte[] headers = Json.write(answer.headers()).getBytes(StandardCharsets.UTF_8);
        if (headers.length > ClaimRow.MAX_HEADER_BYTES) {
            return;
        }
        if (bytes.get() == UNKNOWN) {
            count(sql);
        }
        while (bytes.get() + answer.size() > limits.totalBytes()) {
            if (!evictOldest(sql)) {
                return; // all the rest belongs to payments on their way
            }
        }
        sql.update(
                "UPDATE claim SET answer_status = ?, answer_headers = ?, answer_body = ?, keep_until = ? WHERE claim_key = ?",
                answer.status(),
                new String(headers, StandardCharsets.UTF_8),
                answer.body(),
                until.getEpochSecond(),
                key);
        bytes.addAndGet(answer.size());
    }

    private boolean evictOldest(Sql sql) throws SQLException {
        record Kept(String key, long size) {}
        Kept oldest = sql.first(
                        "SELECT claim_key, length(answer_body) FROM claim WHERE answer_body IS NOT NULL"
                                + " AND state = 'ANSWERED' ORDER BY keep_until LIMIT 1",
                        row -> new Kept(row.getString(1), row.getLong(2)))
                .orElse(null);
        if (oldest == null) {
            return false;
        }
        sql.update("UPDATE claim SET answer_body = NULL WHERE claim_key = ?", oldest.key());
        bytes.addAndGet(-oldest.size());
        return true;
    }

    /** Counts anew. */
    void count(Sql sql) throws SQLException {
        bytes.set(sql.number("SELECT coalesce(sum(length(answer_body)), 0) FROM claim"));
    }

    /** What was done since is undone, or was done elsewhere: the next answer has it counted. */
    void forgetCount() {
        bytes.set(UNKNOWN);
    }
}
