package waybill.gateway;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import waybill.gateway.GatewaySettings.RemotePlace;
import waybill.gateway.GatewaySettings.Selling;
import waybill.gateway.GatewaySettings.SharedClaims;
import waybill.seller.RemoteFacilitator;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.TransferMethod;

/** Reads how a gateway is paid. */
final class SellingReader {
    private static final String POSTGRES = "jdbc:postgresql:";

    private SellingReader() {}

    /**
     * Reads it.
     *
     * @param priced whether anything is sold at all
     * @param byUse whether anything is sold by use
     * @return null when nothing is sold, or something is wrong, which the tree knows then
     */
    static @Nullable Selling read(PropertyTree tree, boolean priced, boolean byUse) {
        Network network = tree.read("network", new Network(84532), Network::parse);
        Asset asset = asset(tree, network);
        Address payTo = tree.optional("pay-to", Address::parse);
        String rpc = tree.optional("rpc", UnaryOperator.identity());
        URI node = rpc == null ? null : GatewaySettings.httpUrl(tree, "rpc", rpc);
        Path dataDir =
                tree.read("data-dir", Path.of(System.getProperty("user.home", "."), ".waybill", "gateway"), Path::of);
        Path keystore = tree.optional("facilitator-keystore", Path::of);
        String mostOpen = tree.optional("most-open-per-payer", ModelSettings::positive);
        List<RemotePlace> facilitators = facilitators(tree);
        SharedClaims claims = claims(tree);
        if (!priced) {
            return null;
        }
        if (payTo == null && !tree.has("pay-to")) {
            tree.problem("pay-to", "is missing: a priced model needs the address that is paid");
        }
        if (payTo != null && payTo.isZero()) {
            tree.problem("pay-to", "is the zero address, which nobody owns");
        }
        boolean here = facilitators.isEmpty();
        if (rpc == null && here) {
            tree.problem(
                    "rpc",
                    "is missing: a priced model needs a node of " + network
                            + " to settle on, or facilitator-url, where somebody else settles");
        }
        if (rpc == null && !here && byUse) {
            tree.problem(
                    "rpc",
                    "is missing: what is sold by use needs a node of " + network + " to see what payers can spend");
        }
        if (keystore != null && !here) {
            tree.problem(
                    "facilitator-keystore",
                    "is the key of the facilitator in this process, which does not run beside one at a URL: leave it or"
                            + " the other out");
        }
        if (claims != null && here) {
            tree.problem(
                    "claims",
                    "is shared by several gateways, which then settle through one facilitator: set facilitator-url. Each"
                            + " with a facilitator of its own would not know what another has sent");
        }
        if (payTo == null || asset == null) {
            return null;
        }
        try {
            Amount most = Amount.parse(mostOpen == null ? "1" : mostOpen, asset);
            return new Selling(payTo, asset, node, dataDir, most, keystore, facilitators, claims);
        } catch (IllegalArgumentException e) {
            tree.problem("most-open-per-payer", "is '" + mostOpen + "': " + e.getMessage());
            return null;
        }
    }

    private static @Nullable Asset asset(PropertyTree tree, Network network) {
        PropertyTree own = tree.child("asset");
        if (own == null) {
            String symbol = tree.text("asset", "USDC");
            Asset known = Assets.standard().find(network, symbol).orElse(null);
            if (known == null) {
                tree.problem(
                        "asset",
                        "is '" + symbol + "', which is not known on " + network
                                + ": describe it by address, symbol, decimals, name and version");
            }
            return known;
        }
        Address address = own.optional("address", Address::parse);
        if (address == null && !own.has("address")) {
            own.problem("address", "is missing: the token's contract");
        }
        Asset asset = address == null
                ? null
                : new Asset(
                        network,
                        address,
                        own.required("symbol", "such as USDC"),
                        own.whole("decimals", 6, 0, 36),
                        own.required("name", "the name in the token's EIP-712 domain"),
                        own.required("version", "the version in the token's EIP-712 domain"),
                        TransferMethod.EIP3009);
        own.refuseOthers();
        return asset;
    }

    /** One by {@code facilitator-url}, or several in {@code facilitators}. */
    private static List<RemotePlace> facilitators(PropertyTree tree) {
        List<RemotePlace> places = new ArrayList<>();
        RemotePlace one = place(tree, "facilitator-", "url");
        if (one != null) {
            places.add(one);
        }
        List<PropertyTree> several = tree.each("facilitators");
        if (one != null && !several.isEmpty()) {
            tree.problem("facilitators", "is set, and facilitator-url too: put all of them into the list");
        }
        for (PropertyTree each : several) {
            each.required("url", "where the facilitator is");
            RemotePlace place = place(each, "", "url");
            if (place != null) {
                places.add(place);
            }
            each.refuseOthers();
        }
        return places;
    }

    private static @Nullable RemotePlace place(PropertyTree tree, String prefix, String name) {
        String url = tree.optional(prefix + name, UnaryOperator.identity());
        String every = tree.optional(prefix + "token-env", UnaryOperator.identity());
        Map<RemoteFacilitator.Path, String> tokens = new EnumMap<>(RemoteFacilitator.Path.class);
        for (RemoteFacilitator.Path path : RemoteFacilitator.Path.values()) {
            String own = prefix + path.name().toLowerCase(Locale.ROOT) + "-token-env";
            String token = tree.optional(own, UnaryOperator.identity());
            if (token == null) {
                token = every;
            }
            if (token != null) {
                tokens.put(path, token);
            }
        }
        if (url == null) {
            if (!tokens.isEmpty() && !prefix.isEmpty()) {
                tree.problem(prefix + "token-env", "or one of a path is set, and facilitator-url is not");
            }
            return null;
        }
        URI at = GatewaySettings.httpUrl(tree, prefix + name, url);
        try {
            RemoteFacilitator.Endpoint.open(at);
            return new RemotePlace(at, tokens);
        } catch (IllegalArgumentException e) {
            tree.problem(prefix + name, "is '" + at.getScheme() + "://" + at.getAuthority() + "': " + e.getMessage());
            return null;
        }
    }

    private static @Nullable SharedClaims claims(PropertyTree tree) {
        String url = tree.optional("claims", UnaryOperator.identity());
        Path login = tree.optional("claims-login-file", Path::of);
        if (url == null) {
            if (login != null) {
                tree.problem("claims-login-file", "goes with claims, the URL of a database");
            }
            return null;
        }
        if (!url.startsWith(POSTGRES)) {
            tree.problem(
                    "claims",
                    "is the URL of a database, " + POSTGRES + "//host/database; without it claims are a file");
            return null;
        }
        if (url.contains("password=")) {
            tree.problem("claims", "holds a password; put it into claims-login-file");
            return null;
        }
        return new SharedClaims(url, login);
    }
}
