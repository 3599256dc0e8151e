package waybill.wallet;

import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Network;
import waybill.x402.TransferMethod;

/** The tokens that were ever paid in, written down with their facts when they are first seen. */
final class TokenTable {
    private final Sql sql;
    private final EventChain chain;
    private final Map<String, Asset> known = new HashMap<>();

    TokenTable(Sql sql, EventChain chain) {
        this.sql = sql;
        this.chain = chain;
    }

    static String id(Asset asset) {
        return asset.network() + "/" + asset.address();
    }

    /** The id of a token, new or known. */
    String note(Asset asset, Instant now) throws SQLException {
        String id = id(asset);
        Asset before = find(id);
        if (asset.equals(before)) {
            return id;
        }
        if (before != null) {
            throw new LedgerException(
                    "the ledger knows " + id + " as " + before + " with " + before.decimals()
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
        chain.append(null, "TOKEN", detail(id, asset), now);
        return id;
    }

    Asset require(String id) throws SQLException {
        Asset asset = find(id);
        if (asset == null) {
            throw new LedgerException("the ledger names a token that it does not describe: " + id, null);
        }
        return asset;
    }

    private @Nullable Asset find(String id) throws SQLException {
        Asset cached = known.get(id);
        if (cached != null) {
            return cached;
        }
        Optional<Asset> found = sql.first("SELECT * FROM token WHERE id = ?", TokenTable::read, id);
        found.ifPresent(asset -> known.put(id, asset));
        return found.orElse(null);
    }

    /** Forgets what may have been undone. */
    void forget() {
        known.clear();
    }

    static Map<String, @Nullable Object> detail(String id, Asset asset) {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("token", id);
        detail.put("symbol", asset.symbol());
        detail.put("decimals", BigInteger.valueOf(asset.decimals()));
        detail.put("name", asset.domainName());
        detail.put("version", asset.domainVersion());
        detail.put("method", asset.method().name());
        return detail;
    }

    static Asset read(ResultSet row) throws SQLException {
        return new Asset(
                Network.parse(row.getString("network")),
                Address.parse(row.getString("address")),
                row.getString("symbol"),
                row.getInt("decimals"),
                row.getString("domain_name"),
                row.getString("domain_version"),
                TransferMethod.valueOf(row.getString("method")));
    }
}
