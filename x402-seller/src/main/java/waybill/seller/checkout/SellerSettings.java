package waybill.seller.checkout;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.seller.GateSettings;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Assets;
import waybill.x402.Network;

/**
 * What a seller has decided, checked. {@link SellerProperties} reads one from text.
 *
 * @param open false answers every paid handler with 503
 * @param payTo who is paid
 * @param networks where, in order of preference
 * @param assets the tokens that prices may name
 * @param facilitator who settles, when it is not in this process
 * @param dataDir holds the claims
 * @param publicUrl scheme, host and port that buyers know; null takes them from each request
 * @param maxBody the longest body of a paid request, in bytes
 * @param maxAnswer the longest answer that is held back or kept, in bytes
 * @param times how the gate behaves in time
 * @param mostOpen how much use one payer may have open; empty sells nothing by use
 */
public record SellerSettings(
        boolean open,
        Address payTo,
        List<Network> networks,
        Assets assets,
        @Nullable URI facilitator,
        Path dataDir,
        @Nullable URI publicUrl,
        int maxBody,
        int maxAnswer,
        GateSettings times,
        List<Amount> mostOpen) {
    public SellerSettings {
        networks = List.copyOf(networks);
        mostOpen = List.copyOf(mostOpen);
    }

    /** Sells nothing. */
    static SellerSettings closed(Assets assets, int maxBody, int maxAnswer) {
        return new SellerSettings(
                false,
                Address.parse("0x" + "0".repeat(40)),
                List.of(),
                assets,
                null,
                Path.of(""),
                null,
                maxBody,
                maxAnswer,
                GateSettings.defaults(),
                List.of());
    }
}
