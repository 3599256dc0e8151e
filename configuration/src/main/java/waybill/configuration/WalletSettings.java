package waybill.configuration;

import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The properties under {@code waybill.wallet}; null where a property is not set, and then the wallet's default holds. One of
 * keystore, development key and signer is needed.
 *
 * @param enabled whether there is a wallet; unless set, when a key is given
 * @param network the chain, such as {@code eip155:84532}
 * @param rpc your own node of that chain
 * @param keystore an encrypted V3 keystore
 * @param passphrase what opens it
 * @param developmentKey a key in the clear, for a chain on this machine
 * @param signerUrl a signing service
 * @param signerAddress the account that it signs for
 * @param signerToken what it knows us by
 * @param ledger the file of the ledger; {@code waybill-ledger/ledger.db} unless set
 * @param ledgerUrl a PostgreSQL database instead, for several instances that spend from one budget
 * @param ledgerUser who logs in there
 * @param ledgerPassword with which password
 * @param perPayment the most that one payment costs, in dollars
 * @param firstPayment the same for a payee whom nobody has named or paid before
 * @param perHour held and spent within a rolling hour, in dollars
 * @param perDay the same within rolling 24 hours
 * @param perMinute payments begun within a rolling minute
 * @param approvalAbove above this a person is asked, where there is somebody to ask
 * @param approvalTimeout how long that person has; silence is no
 * @param mainnetEnabled lets real money be paid
 * @param allowedNetworks the only chains that may be paid on, besides {@code network}
 * @param allowedHosts hosts that may be paid, besides those of the candidates with {@code pay: x402}
 * @param payees the only payee at a host
 * @param pricesEvery how often sellers' price lists are read; an hour unless set
 */
public record WalletSettings(
        @Nullable Boolean enabled,
        @Nullable String network,
        @Nullable URI rpc,
        @Nullable Path keystore,
        @Nullable Secret passphrase,
        @Nullable Secret developmentKey,
        @Nullable URI signerUrl,
        @Nullable String signerAddress,
        @Nullable Secret signerToken,
        @Nullable Path ledger,
        @Nullable String ledgerUrl,
        @Nullable String ledgerUser,
        @Nullable Secret ledgerPassword,
        @Nullable BigDecimal perPayment,
        @Nullable BigDecimal firstPayment,
        @Nullable BigDecimal perHour,
        @Nullable BigDecimal perDay,
        @Nullable Integer perMinute,
        @Nullable BigDecimal approvalAbove,
        @Nullable Duration approvalTimeout,
        @Nullable Boolean mainnetEnabled,
        @Nullable Set<String> allowedNetworks,
        @Nullable Set<String> allowedHosts,
        @Nullable Map<String, String> payees,
        @Nullable Duration pricesEvery) {

    static final WalletSettings NONE = new WalletSettings(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            null, null, null, null, null, null, null);

    /** Whether there is a wallet: it was switched on, or a way to sign was given and it was not switched off. */
    public boolean isEnabled() {
        return enabled == null ? keystore != null || hasDevelopmentKey() || signerUrl != null : enabled;
    }

    /** Whether there is a key in the clear. A blank one is none: such is what an unset variable leaves behind. */
    boolean hasDevelopmentKey() {
        return developmentKey != null && !developmentKey.isBlank();
    }
}
