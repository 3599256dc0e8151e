package waybill.wallet;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;

/** Understands one offer, or says why not. What the offer claims about its token is compared with our own table. */
final class OfferReader {
    private static final Set<String> FLOWS = Set.of("authorization", "upfront");

    private final List<BuyerScheme> schemes;
    private final Assets assets;
    private final Policy policy;

    OfferReader(List<BuyerScheme> schemes, Assets assets, Policy policy) {
        this.schemes = schemes;
        this.assets = assets;
        this.policy = policy;
    }

    /** What became of reading an offer. */
    sealed interface Reading {
        /** It asks for {@code amount}, paid to {@code payTo}. */
        record Understood(Offer offer, Amount amount, Address payTo, PaymentMethod paidBy) implements Reading {}

        /** It is not one that this wallet pays. */
        record Foreign(PaymentCode code, String message) implements Reading {}
    }

    Reading read(Offer offer) {
        BuyerScheme scheme =
                schemes.stream().filter(one -> one.reads(offer)).findFirst().orElse(null);
        if (scheme == null) {
            return foreign(
                    PaymentCode.SCHEME_NOT_ALLOWED,
                    "the scheme '" + Words.cut(offer.scheme(), 40) + "' by '"
                            + Words.cut(text(offer, "assetTransferMethod", "its usual way"), 40)
                            + "' is asked; 'exact' by eip3009 or permit2, and 'upto' by permit2, are paid");
        }
        String flow = text(offer, "paymentFlow", "authorization");
        if (!FLOWS.contains(flow)) {
            return foreign(
                    PaymentCode.SCHEME_NOT_ALLOWED,
                    "the flow '" + Words.cut(flow, 40) + "' is asked; only authorization or upfront is paid");
        }
        if (!Network.isEvm(offer.network())) {
            return foreign(
                    PaymentCode.NETWORK_NOT_ALLOWED,
                    "the network '" + Words.cut(offer.network(), 60)
                            + "' is asked; only EVM networks (eip155:…) are paid on");
        }
        Network network = Network.parse(offer.network());
        if (policy.judge(network) instanceof Decision.Denied denied) {
            return new Reading.Foreign(denied.code(), denied.message());
        }
        return readTerms(offer, network, scheme);
    }

    private Reading readTerms(Offer offer, Network network, BuyerScheme scheme) {
        Asset asset = asset(offer, network);
        if (asset == null) {
            return foreign(
                    PaymentCode.ASSET_NOT_ALLOWED,
                    "the token " + Words.cut(offer.asset(), 60) + " on " + network
                            + " is asked; it is not in our table. A person adds it with waybill.wallet.assets");
        }
        boolean sameDomain = !asset.hasDomain()
                || (text(offer, "name", asset.domainName()).equals(asset.domainName())
                        && text(offer, "version", asset.domainVersion()).equals(asset.domainVersion()));
        if (!sameDomain) {
            return foreign(
                    PaymentCode.ASSET_NOT_ALLOWED,
                    "the offer calls " + asset + " '"
                            + Words.cut(text(offer, "name", ""), 40) + "' version '"
                            + Words.cut(text(offer, "version", ""), 40)
                            + "'; our table says '" + asset.domainName() + "' version '" + asset.domainVersion()
                            + "'. A signature for it would be worthless");
        }
        String objection = scheme.objection(offer, asset);
        if (objection != null) {
            return foreign(PaymentCode.SCHEME_NOT_ALLOWED, objection);
        }
        Amount amount;
        try {
            amount = Amount.ofAtomic(offer.amount(), asset);
        } catch (IllegalArgumentException e) {
            return foreign(PaymentCode.AMOUNT_UNPARSEABLE, Words.cut(e.getMessage(), 200));
        }
        if (amount.isZero()) {
            return foreign(PaymentCode.AMOUNT_UNPARSEABLE, "an amount of nothing is asked; a payment is above zero");
        }
        Address payTo = address(offer.payTo());
        if (payTo == null || payTo.isZero()) {
            return foreign(
                    PaymentCode.PAYEE_NOT_ALLOWED,
                    "the payee '" + Words.cut(offer.payTo(), 60) + "' is asked; it is not an account that can be paid");
        }
        return new Reading.Understood(offer, amount, payTo, scheme.method());
    }

    private @Nullable Asset asset(Offer offer, Network network) {
        Address address = address(offer.asset());
        return address == null ? null : assets.find(network, address).orElse(null);
    }

    private static @Nullable Address address(String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The text in {@code extra}; a value of another kind equals nothing that we know. */
    private static String text(Offer offer, String key, String otherwise) {
        Object value = offer.extra().get(key);
        if (value == null) {
            return otherwise;
        }
        return value instanceof String text ? text : "";
    }

    private static Reading foreign(PaymentCode code, String message) {
        return new Reading.Foreign(code, message);
    }
}
