package waybill.cli;

import java.util.List;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.TransferMethod;

/** Tokens that are named on the command line, beside those that are known. */
final class Tokens {
    static final String DESCRIPTION =
            "A token that takes no signatures itself and has 6 decimals, such as USDT=0x...; it is paid through Permit2."
                    + " May be given several times.";

    private Tokens() {}

    /** The known tokens, and these, each {@code SYMBOL=ADDRESS}. */
    static Assets with(List<String> named, Network network) {
        Assets assets = Assets.standard();
        for (String token : named) {
            int equals = token.indexOf('=');
            try {
                if (equals < 1) throw new IllegalArgumentException("it has no '='");
                assets = assets.with(new Asset(
                        network,
                        Address.parse(token.substring(equals + 1)),
                        token.substring(0, equals),
                        6,
                        "",
                        "",
                        TransferMethod.PERMIT2));
            } catch (IllegalArgumentException e) {
                throw Failure.usage("--token %s is not SYMBOL=ADDRESS: %s.".formatted(token, e.getMessage()));
            }
        }
        return assets;
    }
}
