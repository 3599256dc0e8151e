package waybill.configuration;

import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The properties under {@code waybill.wallet}; null where a property is not set, and then the wallet's default holds. One of
 * keystore, development key and signer is needed, unless the application brings a signer of its own.
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
 * @param perHostPerHour as {@code per-hour}, for each host and port
 * @param perHostPerDay as {@code per-day}, for each host and port
 * @param perHostPerMinute as {@code per-minute}, for each host and port
 * @param perPayeePerHour as {@code per-hour}, for each payee
 * @param perPayeePerDay as {@code per-day}, for each payee
 * @param perPayeePerMinute as {@code per-minute}, for each payee
 * @param perAgentPerHour as {@code per-hour}, for each value of the tag {@code agent}
 * @param perAgentPerDay as {@code per-day}, for each value of the tag {@code agent}
 * @param perAgentPerMinute as {@code per-minute}, for each value of the tag {@code agent}
 * @param perSessionPerHour as {@code per-hour}, for each value of the tag {@code session}
 * @param perSessionPerDay as {@code per-day}, for each value of the tag {@code session}
 * @param perSessionPerMinute as {@code per-minute}, for each value of the tag {@code session}
 * @param perModelPerHour as {@code per-hour}, for each value of the tag {@code model}
 * @param perModelPerDay as {@code per-day}, for each value of the tag {@code model}
 * @param perModelPerMinute as {@code per-minute}, for each value of the tag {@code model}
 * @param maxChained how deep payments may follow from one another in a turn, where callers set the tag {@code depth}
 * @param approvalAbove above this a person is asked, where there is somebody to ask
 * @param approvalTimeout how long that person has; silence is no
 * @param approvalBy {@code nobody}, {@code terminal}, {@code queue} or a URL; nobody unless set, and needed where another
 *     property of approvals is set and the application brings no approver of its own
 * @param approvalSecret what that URL shares with the wallet
 * @param approvalQueue the folder of the queue; {@code questions} beside the keystore unless set
 * @param mainnetEnabled lets real money be paid
 * @param allowedNetworks the only chains that may be paid on, besides {@code network}
 * @param allowedHosts hosts that may be paid, besides those of the candidates with {@code pay: x402}
 * @param openHosts lets every host that is reached by https be paid, within the limits
 * @param payees the only payee at a host
 * @param assets tokens besides the built-in table
 * @param sponsoredApprovals lets an approval of Permit2 be signed that a facilitator sends
 * @param signIn lets the wallet say who it is where it has paid before, instead of paying again; true unless set
 * @param killSwitch a file whose presence freezes the wallet; {@code frozen} beside the ledger unless set
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
        @Nullable BigDecimal perHostPerHour,
        @Nullable BigDecimal perHostPerDay,
        @Nullable Integer perHostPerMinute,
        @Nullable BigDecimal perPayeePerHour,
        @Nullable BigDecimal perPayeePerDay,
        @Nullable Integer perPayeePerMinute,
        @Nullable BigDecimal perAgentPerHour,
        @Nullable BigDecimal perAgentPerDay,
        @Nullable Integer perAgentPerMinute,
        @Nullable BigDecimal perSessionPerHour,
        @Nullable BigDecimal perSessionPerDay,
        @Nullable Integer perSessionPerMinute,
        @Nullable BigDecimal perModelPerHour,
        @Nullable BigDecimal perModelPerDay,
        @Nullable Integer perModelPerMinute,
        @Nullable Integer maxChained,
        @Nullable BigDecimal approvalAbove,
        @Nullable Duration approvalTimeout,
        @Nullable String approvalBy,
        @Nullable Secret approvalSecret,
        @Nullable Path approvalQueue,
        @Nullable Boolean mainnetEnabled,
        @Nullable Set<String> allowedNetworks,
        @Nullable Set<String> allowedHosts,
        @Nullable Boolean openHosts,
        @Nullable Map<String, String> payees,
        @Nullable List<AssetSettings> assets,
        @Nullable Boolean sponsoredApprovals,
        @Nullable Boolean signIn,
        @Nullable Path killSwitch,
        @Nullable Duration pricesEvery) {

    static final WalletSettings NONE =
            new PropertyReader().read(Map.of(), Settings.ROOT + ".wallet", WalletSettings.class);

    /** Whether there is a wallet: it was switched on, or a way to sign was given and it was not switched off. */
    public boolean isEnabled() {
        return enabled == null ? keystore != null || hasDevelopmentKey() || signerUrl != null : enabled;
    }

    /** Whether there is a key in the clear. A blank one is none: such is what an unset variable leaves behind. */
    boolean hasDevelopmentKey() {
        return developmentKey != null && !developmentKey.isBlank();
    }
}
