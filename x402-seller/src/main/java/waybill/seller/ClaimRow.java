package waybill.seller;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import waybill.x402.Json;
import waybill.x402.StreamOutcome;
import waybill.x402.WireFormat;

/** A claim as a row of its table. */
final class ClaimRow {
    static final int MAX_HEADER_BYTES = 64 * 1024;

    private static final String COLUMNS = "claim_key, payment, request, credit_for, payload, valid_before, state,"
            + " settlement, answer_status, answer_headers, answer_body, scope, outcome, released, lost,"
            + " identifier, visit, visit_until";

    /** What every question for whole claims begins with. */
    static final String SELECT = "SELECT " + COLUMNS + " FROM claim ";

    private ClaimRow() {}

    /** Writes a new claim; false when its key is taken. */
    static boolean insert(Sql sql, Claim claim, String holder) throws SQLException {
        Claim.Metered metered = claim.metered();
        Instant visitUntil = claim.marks().visitUntil();
        return sql.update(
                        "INSERT INTO claim (claim_key, payment, request, credit_for, payload, valid_before, state,"
                                + " settlement, scope, outcome, holder, identifier, visit, visit_until)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (claim_key) DO NOTHING",
                        claim.key(),
                        claim.payment(),
                        claim.request(),
                        claim.creditFor(),
                        claim.payload(),
                        claim.validBefore().getEpochSecond(),
                        claim.state().name(),
                        claim.settlement() == null ? null : WireFormat.encode(claim.settlement()),
                        metered == null ? null : metered.scope(),
                        metered == null ? null : Json.write(metered.outcome().json()),
                        holder,
                        claim.marks().identifier(),
                        claim.marks().visit(),
                        visitUntil == null ? null : minutes(visitUntil))
                == 1;
    }

    /** The claim in a row of {@link #SELECT}. */
    static Claim read(ResultSet row) throws SQLException {
        String settlement = row.getString("settlement");
        String scope = row.getString("scope");
        String visit = row.getString("visit");
        byte[] body = row.getBytes("answer_body");
        return new Claim(
                row.getString("claim_key"),
                row.getString("payment"),
                row.getString("request"),
                row.getString("credit_for"),
                row.getString("payload"),
                Instant.ofEpochSecond(row.getLong("valid_before")),
                Claim.State.valueOf(row.getString("state")),
                settlement == null ? null : WireFormat.settlementResponse(settlement),
                body == null ? null : new Answer(row.getInt("answer_status"), headers(row), body),
                scope == null
                        ? null
                        : new Claim.Metered(scope, outcome(row), row.getInt("released") == 1, row.getInt("lost") == 1),
                new Claim.Marks(
                        row.getString("identifier"),
                        visit,
                        visit == null ? null : Instant.EPOCH.plus(row.getLong("visit_until"), ChronoUnit.MINUTES)));
    }

    /** Minutes since 1970, the begun one whole: they fit where seconds soon do not. */
    static long minutes(Instant moment) {
        return -Math.floorDiv(-moment.getEpochSecond(), 60L);
    }

    /** What has been used of a metered claim. */
    static StreamOutcome outcome(ResultSet row) throws SQLException {
        byte[] json = row.getString("outcome").getBytes(StandardCharsets.UTF_8);
        return StreamOutcome.of(Json.parseObject(json, MAX_HEADER_BYTES));
    }

    private static Map<String, String> headers(ResultSet row) throws SQLException {
        byte[] json = row.getString("answer_headers").getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = new LinkedHashMap<>();
        Json.parseObject(json, MAX_HEADER_BYTES).forEach((name, value) -> headers.put(name, String.valueOf(value)));
        return headers;
    }
}
