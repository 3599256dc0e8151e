package waybill.wallet;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Json;
import waybill.x402.TransferAuthorization;

/**
 * A row of the table {@code payment}.
 *
 * @param facts what never changes: call, price, payee
 * @param progress what does
 */
record StoredPayment(Facts facts, Progress progress) {
    private static final int MAX_URL_CHARS = 2048;
    private static final int MAX_TAGS_BYTES = 64 * 1024;

    static final List<String> COLUMNS = List.of(
            "id",
            "fingerprint",
            "payer",
            "method",
            "origin",
            "url",
            "token",
            "amount",
            "micros",
            "pay_to",
            "tags",
            "created",
            "state",
            "call_state",
            "valid_after_seconds",
            "valid_before_seconds",
            "nonce",
            "header",
            "settled_by",
            "confirmed",
            "code",
            "reason",
            "updated");

    /** Where the HTTP call of a payment stands. */
    enum CallState {
        /** It runs. */
        OPEN,
        /** It ended without its answer: the same call again is about this payment. */
        LOST,
        /** It is over: the same call again is a new one. */
        CLOSED
    }

    /** The columns that never change. */
    record Facts(
            String id,
            String fingerprint,
            String payer,
            String method,
            String origin,
            String url,
            @Nullable String token,
            @Nullable String amount,
            long micros,
            @Nullable String payTo,
            String tags,
            long created) {
        static Facts of(
                String id,
                Call call,
                @Nullable Amount amount,
                @Nullable Address payTo,
                @Nullable String token,
                Instant now) {
            return new Facts(
                    id,
                    call.fingerprint(),
                    call.payer().toString(),
                    Words.cut(call.method(), 32),
                    origin(call),
                    url(call),
                    token,
                    amount == null ? null : amount.atomic().toString(),
                    amount == null ? 0 : Dollars.micros(amount),
                    payTo == null ? null : payTo.toString(),
                    Json.write(new TreeMap<String, Object>(call.tags())),
                    now.toEpochMilli());
        }

        /** An URL that is no origin is still written down when it is refused. */
        private static String origin(Call call) {
            try {
                return Origin.of(call.url()).toString();
            } catch (IllegalArgumentException e) {
                return "";
            }
        }

        private static String url(Call call) {
            String path = call.url().getRawPath();
            String authority = call.url().getHost() == null
                    ? ""
                    : call.url().getHost()
                            + (call.url().getPort() == -1
                                    ? ""
                                    : ":" + call.url().getPort());
            return Words.cut(call.url().getScheme() + "://" + authority + (path == null ? "" : path), MAX_URL_CHARS);
        }
    }

    /** The columns that change. */
    record Progress(
            PaymentState state,
            CallState call,
            @Nullable String validAfter,
            long validBefore,
            @Nullable String nonce,
            @Nullable String header,
            @Nullable String transaction,
            boolean confirmed,
            @Nullable String code,
            @Nullable String reason,
            long updated) {
        static Progress begin(PaymentState state, CallState call, Instant now) {
            return new Progress(state, call, null, 0, null, null, null, false, null, null, now.toEpochMilli());
        }

        Progress authorised(TransferAuthorization a) {
            return new Progress(
                    state,
                    call,
                    a.validAfter().toString(),
                    a.validBefore().longValueExact(),
                    a.nonce().toString(),
                    header,
                    transaction,
                    confirmed,
                    code,
                    reason,
                    updated);
        }

        Progress state(PaymentState next, Instant now) {
            return new Progress(
                    next,
                    call,
                    validAfter,
                    validBefore,
                    nonce,
                    header,
                    transaction,
                    confirmed,
                    code,
                    reason,
                    now.toEpochMilli());
        }

        Progress call(CallState next, Instant now) {
            return new Progress(
                    state,
                    next,
                    validAfter,
                    validBefore,
                    nonce,
                    header,
                    transaction,
                    confirmed,
                    code,
                    reason,
                    now.toEpochMilli());
        }

        Progress header(String value) {
            return new Progress(
                    state, call, validAfter, validBefore, nonce, value, transaction, confirmed, code, reason, updated);
        }

        Progress because(@Nullable PaymentCode why, @Nullable String sentence) {
            return new Progress(
                    state,
                    call,
                    validAfter,
                    validBefore,
                    nonce,
                    header,
                    transaction,
                    confirmed,
                    why == null ? null : why.toString(),
                    sentence,
                    updated);
        }

        Progress transaction(@Nullable String hash, boolean proven) {
            return new Progress(
                    state,
                    call,
                    validAfter,
                    validBefore,
                    nonce,
                    header,
                    hash == null ? transaction : hash,
                    proven,
                    code,
                    reason,
                    updated);
        }
    }

    static StoredPayment read(ResultSet row) throws SQLException {
        return new StoredPayment(
                new Facts(
                        row.getString("id"),
                        row.getString("fingerprint"),
                        row.getString("payer"),
                        row.getString("method"),
                        row.getString("origin"),
                        row.getString("url"),
                        row.getString("token"),
                        row.getString("amount"),
                        row.getLong("micros"),
                        row.getString("pay_to"),
                        row.getString("tags"),
                        row.getLong("created")),
                new Progress(
                        PaymentState.valueOf(row.getString("state")),
                        CallState.valueOf(row.getString("call_state")),
                        row.getString("valid_after_seconds"),
                        row.getLong("valid_before_seconds"),
                        row.getString("nonce"),
                        row.getString("header"),
                        row.getString("settled_by"),
                        row.getInt("confirmed") != 0,
                        row.getString("code"),
                        row.getString("reason"),
                        row.getLong("updated")));
    }

    /** In the order of {@link #COLUMNS}. */
    List<@Nullable Object> values() {
        return Arrays.asList(
                facts.id,
                facts.fingerprint,
                facts.payer,
                facts.method,
                facts.origin,
                facts.url,
                facts.token,
                facts.amount,
                facts.micros,
                facts.payTo,
                facts.tags,
                facts.created,
                progress.state.name(),
                progress.call.name(),
                progress.validAfter,
                progress.validBefore,
                progress.nonce,
                progress.header,
                progress.transaction,
                progress.confirmed ? 1 : 0,
                progress.code,
                progress.reason,
                progress.updated);
    }

    /** One text for the whole row, which its seal is made over. */
    String canonical() {
        return Json.write(values());
    }

    StoredPayment with(Progress next) {
        return new StoredPayment(facts, next);
    }

    /** True when the authorisation can no longer be used at {@code now}. */
    boolean expired(Instant now) {
        return progress.validBefore <= now.getEpochSecond();
    }

    PaymentRecord record(@Nullable Asset asset) {
        String amount = facts.amount;
        String payTo = facts.payTo;
        String code = progress.code;
        return new PaymentRecord(
                facts.id,
                progress.state,
                progress.confirmed,
                Address.parse(facts.payer),
                facts.method,
                facts.url,
                facts.origin.isEmpty() ? null : Origin.parse(facts.origin),
                asset == null || amount == null ? null : new Amount(asset, new BigInteger(amount)),
                payTo == null ? null : Address.parse(payTo),
                progress.transaction,
                code == null ? null : PaymentCode.parse(code),
                progress.reason,
                tags(),
                Instant.ofEpochMilli(facts.created),
                Instant.ofEpochMilli(progress.updated),
                progress.nonce == null ? null : Instant.ofEpochSecond(progress.validBefore));
    }

    private Map<String, String> tags() {
        byte[] json = facts.tags.getBytes(StandardCharsets.UTF_8);
        Map<String, String> tags = new LinkedHashMap<>();
        Json.parseObject(json, MAX_TAGS_BYTES).forEach((key, value) -> tags.put(key, String.valueOf(value)));
        return tags;
    }
}
