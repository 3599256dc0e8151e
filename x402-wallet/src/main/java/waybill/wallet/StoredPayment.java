package waybill.wallet;

import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Authorization;
import waybill.x402.Json;

/**
 * A row of the table {@code payment}.
 *
 * @param facts what never changes: call, price, payee
 * @param progress what does
 */
record StoredPayment(Facts facts, Progress progress) {
    private static final int MAX_URL_CHARS = 2048;
    private static final int MAX_TAGS_BYTES = 64 * 1024;

    private static final List<String> SEALED = List.of(
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

    /** Columns of a later schema; the seal covers them from the moment that one of them says something. */
    private static final List<String> SEALED_LATER =
            List.of("charged", "approve_until", "approved", "paid_by", "receipt");

    static final List<String> COLUMNS =
            Stream.concat(SEALED.stream(), SEALED_LATER.stream()).toList();

    /** How many of them, from the first, are {@link Facts}. */
    static final int FACTS = SEALED.indexOf("created") + 1;

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
                    url(call.url()),
                    token,
                    amount == null ? null : amount.atomic().toString(),
                    amount == null ? 0 : Dollars.micros(amount),
                    payTo == null ? null : payTo.toString(),
                    Json.write(new TreeMap<String, Object>(call.tags())),
                    now.toEpochMilli());
        }

        /** Whether both are about the same call, price and payee. */
        boolean sameTerms(Facts other) {
            return fingerprint.equals(other.fingerprint)
                    && Objects.equals(token, other.token)
                    && Objects.equals(amount, other.amount)
                    && Objects.equals(payTo, other.payTo);
        }

        /** The whole amount in atomic units, of a payment that has one. */
        BigInteger atomic() {
            return new BigInteger(String.valueOf(amount));
        }

        /** Price and payee in words. */
        String terms() {
            return amount + " atomic units of " + token + " to " + payTo + " at " + origin;
        }

        /** Host and port; null where there was no origin. */
        @Nullable
        String authority() {
            return origin.isEmpty() ? null : Origin.parse(origin).authority();
        }

        /** The value of a tag, or null. */
        @Nullable
        String tag(String name) {
            return tags.equals("{}") ? null : tagsByName().get(name);
        }

        Map<String, String> tagsByName() {
            byte[] json = tags.getBytes(StandardCharsets.UTF_8);
            Map<String, String> byName = new LinkedHashMap<>();
            Json.parseObject(json, MAX_TAGS_BYTES).forEach((key, value) -> byName.put(key, String.valueOf(value)));
            return byName;
        }

        /** An URL that is no origin is still written down when it is refused. */
        private static String origin(Call call) {
            try {
                return Origin.of(call.url()).toString();
            } catch (IllegalArgumentException e) {
                return "";
            }
        }

        /** Without query, fragment and user info. */
        static String url(URI url) {
            String path = url.getRawPath();
            String authority =
                    url.getHost() == null ? "" : url.getHost() + (url.getPort() == -1 ? "" : ":" + url.getPort());
            return Words.cut(url.getScheme() + "://" + authority + (path == null ? "" : path), MAX_URL_CHARS);
        }
    }

    /**
     * The columns that change.
     *
     * @param asked what a person was asked
     * @param authority what was or will be signed
     * @param outcome what became of it
     */
    record Progress(
            PaymentState state, CallState call, Asked asked, Authority authority, Outcome outcome, long updated) {
        static Progress begin(PaymentState state, CallState call, Instant now) {
            return new Progress(state, call, Asked.NOBODY, Authority.NONE, Outcome.NONE, now.toEpochMilli());
        }

        Progress state(PaymentState next, Instant now) {
            return new Progress(next, call, asked, authority, outcome, now.toEpochMilli());
        }

        Progress call(CallState next, Instant now) {
            return new Progress(state, next, asked, authority, outcome, now.toEpochMilli());
        }

        Progress asked(Asked next) {
            return new Progress(state, call, next, authority, outcome, updated);
        }

        Progress authorised(Authorization a) {
            PaymentMethod method = PaymentMethod.of(a);
            Authority signed = new Authority(
                    a.validAfter().toString(),
                    a.unusableFrom().longValueExact(),
                    a.nonceWord().toString(),
                    authority.header(),
                    method == PaymentMethod.EIP3009 ? null : method.name());
            return new Progress(state, call, asked, signed, outcome, updated);
        }

        Progress header(String value) {
            Authority signed = authority.with(value);
            return new Progress(state, call, asked, signed, outcome, updated);
        }

        Progress because(@Nullable PaymentCode why, @Nullable String sentence) {
            Outcome next = new Outcome(
                    outcome.transaction(),
                    outcome.confirmed(),
                    outcome.charged(),
                    why == null ? null : why.toString(),
                    sentence,
                    outcome.receipt());
            return new Progress(state, call, asked, authority, next, updated);
        }

        /** A null hash leaves the one that is known. */
        Progress transaction(@Nullable String hash, boolean proven) {
            Outcome next = new Outcome(
                    hash == null ? outcome.transaction() : hash,
                    proven,
                    outcome.charged(),
                    outcome.code(),
                    outcome.reason(),
                    outcome.receipt());
            return new Progress(state, call, asked, authority, next, updated);
        }

        Progress charged(BigInteger atomic) {
            Outcome next = new Outcome(
                    outcome.transaction(),
                    outcome.confirmed(),
                    atomic.toString(),
                    outcome.code(),
                    outcome.reason(),
                    outcome.receipt());
            return new Progress(state, call, asked, authority, next, updated);
        }

        Progress receipt(SellerReceipt found, Instant now) {
            Outcome next = new Outcome(
                    outcome.transaction(),
                    outcome.confirmed(),
                    outcome.charged(),
                    outcome.code(),
                    outcome.reason(),
                    found.toString());
            return new Progress(state, call, asked, authority, next, now.toEpochMilli());
        }
    }

    /**
     * A question to a person.
     *
     * @param until when it runs out, null when nobody was asked
     * @param approved when the person said yes, null until then
     */
    record Asked(@Nullable Long until, @Nullable Long approved) {
        static final Asked NOBODY = new Asked(null, null);

        /** True once silence is no. */
        boolean ranOut(Instant now) {
            return until != null && now.toEpochMilli() > until;
        }
    }

    /** The authorisation; the header is what was signed, to the last byte, and paidBy is null for EIP-3009. */
    record Authority(
            @Nullable String validAfter,
            long validBefore,
            @Nullable String nonce,
            @Nullable String header,
            @Nullable String paidBy) {
        static final Authority NONE = new Authority(null, 0, null, null, null);

        Authority with(String value) {
            return new Authority(validAfter, validBefore, nonce, value, paidBy);
        }

        PaymentMethod method() {
            return paidBy == null ? PaymentMethod.EIP3009 : PaymentMethod.valueOf(paidBy);
        }

        /** Without the header, which opens the payment to whoever reads it. */
        @Override
        public String toString() {
            return "Authority[validBefore=" + validBefore + "]";
        }
    }

    /** How it ended or failed; charged is null for the whole amount, and until it is settled; receipt until one came. */
    record Outcome(
            @Nullable String transaction,
            boolean confirmed,
            @Nullable String charged,
            @Nullable String code,
            @Nullable String reason,
            @Nullable String receipt) {
        static final Outcome NONE = new Outcome(null, false, null, null, null, null);
    }

    /** Reads a row whose columns are {@link #COLUMNS}, in their order. */
    static StoredPayment read(ResultSet row) throws SQLException {
        return new StoredPayment(
                new Facts(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        row.getString(7),
                        row.getString(8),
                        row.getLong(9),
                        row.getString(10),
                        row.getString(11),
                        row.getLong(12)),
                new Progress(
                        PaymentState.valueOf(row.getString(13)),
                        CallState.valueOf(row.getString(14)),
                        new Asked(number(row, 25), number(row, 26)),
                        new Authority(
                                row.getString(15),
                                row.getLong(16),
                                row.getString(17),
                                row.getString(18),
                                row.getString(27)),
                        new Outcome(
                                row.getString(19),
                                row.getInt(20) != 0,
                                row.getString(24),
                                row.getString(21),
                                row.getString(22),
                                row.getString(28)),
                        row.getLong(23)));
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? null : number;
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
                progress.authority.validAfter,
                progress.authority.validBefore,
                progress.authority.nonce,
                progress.authority.header,
                progress.outcome.transaction,
                progress.outcome.confirmed ? 1 : 0,
                progress.outcome.code,
                progress.outcome.reason,
                progress.updated,
                progress.outcome.charged,
                progress.asked.until,
                progress.asked.approved,
                progress.authority.paidBy,
                progress.outcome.receipt);
    }

    /** One text for the whole row, which its seal is made over. */
    String canonical() {
        List<@Nullable Object> values = values();
        int most = values.size();
        if (progress.outcome.receipt != null) {
            return Json.write(values);
        }
        most--; // rows of before it was a column, as in the next case
        if (progress.authority.paidBy == null) {
            most--;
            boolean later = values.subList(SEALED.size(), most).stream().anyMatch(Objects::nonNull);
            most = later ? most : SEALED.size();
        }
        return Json.write(values.subList(0, most));
    }

    StoredPayment with(Progress next) {
        return new StoredPayment(facts, next);
    }

    /** True when the authorisation can no longer be used at {@code now}. */
    boolean expired(Instant now) {
        return progress.authority.validBefore <= now.getEpochSecond();
    }

    /** What was taken of the amount, in atomic units. */
    BigInteger charged() {
        String part = progress.outcome.charged;
        return new BigInteger(part == null ? String.valueOf(facts.amount) : part);
    }

    /** As others see it, with its token. */
    PaymentRecord record(@Nullable Asset asset) {
        String amount = facts.amount;
        String payTo = facts.payTo;
        String code = progress.outcome.code;
        Amount price = asset == null || amount == null ? null : new Amount(asset, new BigInteger(amount));
        boolean settled = progress.state == PaymentState.SETTLED;
        return new PaymentRecord(
                facts.id,
                progress.state,
                progress.outcome.confirmed,
                Address.parse(facts.payer),
                facts.method,
                facts.url,
                facts.origin.isEmpty() ? null : Origin.parse(facts.origin),
                price,
                settled && price != null ? new Amount(price.asset(), charged()) : null,
                payTo == null ? null : Address.parse(payTo),
                progress.outcome.transaction,
                code == null ? null : PaymentCode.parse(code),
                progress.outcome.reason,
                facts.tagsByName(),
                Instant.ofEpochMilli(facts.created),
                Instant.ofEpochMilli(progress.updated),
                progress.authority.nonce == null ? null : Instant.ofEpochSecond(progress.authority.validBefore),
                progress.authority.nonce == null ? null : progress.authority.method(),
                SellerReceipt.parse(progress.outcome.receipt));
    }
}
