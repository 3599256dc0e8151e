package waybill.configuration;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Origin;
import waybill.wallet.Policy;
import waybill.wallet.Scope;
import waybill.wallet.Window;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.TransferMethod;

/** Reads what may be spent, and in which tokens; what is wrong is collected under the properties' names. */
final class DeclaredPolicy {

    private static final String ROOT = "waybill.wallet.";

    private final WalletSettings settings;
    private final List<String> problems;
    private Policy policy = Policy.defaults();

    DeclaredPolicy(WalletSettings settings, List<String> problems) {
        this.settings = settings;
        this.problems = problems;
    }

    /** The limits; the chain of the wallet and the hosts of these sellers are allowed by being declared. */
    Policy policy(@Nullable Network network, Set<URI> sellers) {
        limits();
        narrowerLimits();
        approval();
        places(network, sellers);
        return policy;
    }

    private void limits() {
        set("per-payment", settings.perPayment(), Policy::perPayment);
        set("first-payment", settings.firstPayment(), Policy::firstPayment);
        set("per-day", settings.perDay(), Policy::perDay);
        set("per-hour", settings.perHour(), Policy::perHour); // after the day, which pulls the hour along
        set("per-minute", settings.perMinute(), Policy::perMinute);
        set("max-chained", settings.maxChained(), Policy::maxChained);
    }

    private void narrowerLimits() {
        WalletSettings its = settings;
        each(Scope.HOST, its.perHostPerHour(), its.perHostPerDay(), its.perHostPerMinute());
        each(Scope.PAYEE, its.perPayeePerHour(), its.perPayeePerDay(), its.perPayeePerMinute());
        each(Scope.AGENT, its.perAgentPerHour(), its.perAgentPerDay(), its.perAgentPerMinute());
        each(Scope.SESSION, its.perSessionPerHour(), its.perSessionPerDay(), its.perSessionPerMinute());
        each(Scope.MODEL, its.perModelPerHour(), its.perModelPerDay(), its.perModelPerMinute());
    }

    private void each(
            Scope scope, @Nullable BigDecimal perHour, @Nullable BigDecimal perDay, @Nullable Integer perMinute) {
        set(Policy.property(scope, Window.HOUR), perHour, (p, usd) -> p.perEach(scope, Window.HOUR, usd));
        set(Policy.property(scope, Window.DAY), perDay, (p, usd) -> p.perEach(scope, Window.DAY, usd));
        set(Policy.property(scope, Window.MINUTE), perMinute, (p, most) -> p.perEachMinute(scope, most));
    }

    private void approval() {
        set("approval-above", settings.approvalAbove(), (p, usd) -> p.approvalAbove(usd, p.approvalTimeout()));
        Duration timeout = settings.approvalTimeout();
        set("approval-timeout", timeout, (p, time) -> p.approvalAbove(p.approvalAbove(), time));
        set("sponsored-approvals", settings.sponsoredApprovals(), Policy::sponsoredApprovals);
        set("sign-in", settings.signIn(), Policy::signIn);
    }

    private void places(@Nullable Network network, Set<URI> sellers) {
        set("mainnet-enabled", settings.mainnetEnabled(), Policy::mainnet);
        set("network", network, Policy::allowNetwork);
        for (String name : or(settings.allowedNetworks())) {
            set("allowed-networks", name, (p, text) -> p.allowNetwork(Network.parse(text)));
        }
        for (URI seller : sellers) {
            set("allowed-hosts", seller, (p, url) -> p.allowHost(Origin.of(url).authority()));
        }
        for (String host : or(settings.allowedHosts())) {
            set("allowed-hosts", host, Policy::allowHost);
        }
        if (settings.payees() != null) {
            settings.payees()
                    .forEach((host, payee) ->
                            set("payees." + host, payee, (p, address) -> p.allowPayee(host, Address.parse(address))));
        }
        set("open-hosts", settings.openHosts(), Policy::openHosts);
    }

    private static Set<String> or(@Nullable Set<String> given) {
        return given == null ? Set.of() : given;
    }

    private <T> void set(String property, @Nullable T value, BiFunction<Policy, T, Policy> with) {
        if (value == null) {
            return;
        }
        try {
            policy = with.apply(policy, value);
        } catch (IllegalArgumentException e) {
            problems.add(ROOT + property + ": " + e.getMessage());
        }
    }

    // ---- tokens

    /** The built-in table and the tokens of the properties. */
    Assets assets() {
        Assets assets = Assets.standard();
        List<AssetSettings> own = settings.assets() == null ? List.of() : settings.assets();
        for (int i = 0; i < own.size(); i++) {
            String path = ROOT + "assets[" + i + "]";
            try {
                assets = assets.with(asset(path, own.get(i)));
            } catch (IllegalArgumentException e) {
                problems.add(e.getMessage());
            }
        }
        return assets;
    }

    private static Asset asset(String path, AssetSettings its) {
        TransferMethod method = method(path + ".method", its.method());
        boolean unnamed = method == TransferMethod.PERMIT2 && its.name() == null && its.version() == null;
        String name = unnamed ? "" : required(path + ".name", its.name());
        String version = unnamed ? "" : required(path + ".version", its.version());
        String symbol = required(path + ".symbol", its.symbol());
        int decimals = required(path + ".decimals", its.decimals());
        String network = required(path + ".network", its.network());
        String address = required(path + ".address", its.address());
        Network chain = named(path + ".network", () -> Network.parse(network));
        Address contract = named(path + ".address", () -> Address.parse(address));
        return named(path, () -> new Asset(chain, contract, symbol, decimals, name, version, method));
    }

    private static TransferMethod method(String property, @Nullable String name) {
        if (name == null || name.equals(TransferMethod.EIP3009.wireName())) {
            return TransferMethod.EIP3009;
        }
        if (name.equals(TransferMethod.PERMIT2.wireName())) {
            return TransferMethod.PERMIT2;
        }
        throw new IllegalArgumentException(property + " is '" + name + "'; there are eip3009 and permit2");
    }

    private static <T> T named(String property, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(property + ": " + e.getMessage(), e);
        }
    }

    private static <T> T required(String property, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(property + " is missing");
        }
        return value;
    }
}
