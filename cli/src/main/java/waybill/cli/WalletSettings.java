package waybill.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Policy;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.TransferMethod;

/**
 * What a person has set for their wallet: the properties under {@code waybill.wallet} of {@code wallet.yaml}. What is
 * absent keeps the wallet's own default.
 *
 * @param policy the limits
 * @param assets the known tokens: ours and those of the file
 * @param rpc the node to ask, or null
 */
record WalletSettings(Policy policy, Assets assets, @Nullable String rpc) {

    /** What holds where there is no file. */
    static final WalletSettings DEFAULTS = new WalletSettings(Policy.defaults(), Assets.standard(), null);

    private static final Set<String> KNOWN = Set.of(
            "rpc",
            "per-payment",
            "first-payment",
            "per-hour",
            "per-day",
            "per-minute",
            "mainnet-enabled",
            "allowed-networks",
            "allowed-hosts",
            "payees",
            "assets");

    /** The same with the limits changed. */
    WalletSettings with(Policy other) {
        return new WalletSettings(other, assets, rpc);
    }

    /** Reads {@code file}; a file that is not there says nothing. */
    static WalletSettings read(Path file) {
        if (!Files.exists(file)) return DEFAULTS;
        requireOwnersWord(file);
        Settings root = Settings.read(file);
        root.allow(Set.of("waybill"));
        Settings waybill = root.section("waybill");
        waybill.allow(Set.of("wallet"));
        Settings wallet = waybill.section("wallet");
        wallet.allow(KNOWN);
        try {
            Assets assets = Assets.standard();
            for (Settings entry : wallet.sections("assets")) assets = assets.with(asset(entry));
            return new WalletSettings(policy(wallet), assets, wallet.text("rpc"));
        } catch (IllegalArgumentException e) { // a policy, an asset or an address says what is wrong with it
            throw new Failure(Exit.USAGE, "%s: %s".formatted(wallet.where(), e.getMessage()), e);
        }
    }

    /** Whoever can write the limits can lift them. */
    private static void requireOwnersWord(Path file) {
        try {
            OthersAccess.refuse("settings file", file, OthersAccess.WRITE, "chmod go-w");
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static Policy policy(Settings wallet) {
        Policy policy = Policy.defaults();
        policy = dollars(wallet, "per-payment", policy, Policy::perPayment);
        policy = dollars(wallet, "first-payment", policy, Policy::firstPayment);
        policy = dollars(wallet, "per-day", policy, Policy::perDay);
        policy = dollars(wallet, "per-hour", policy, Policy::perHour); // after the day, which pulls the hour with it
        String perMinute = wallet.text("per-minute");
        if (perMinute != null) policy = policy.perMinute(Integer.parseInt(perMinute));
        String mainnet = wallet.text("mainnet-enabled");
        if (mainnet != null) policy = policy.mainnet(truth(mainnet));
        for (String network : wallet.texts("allowed-networks")) policy = policy.allowNetwork(Network.parse(network));
        for (String host : wallet.texts("allowed-hosts")) policy = policy.allowHost(host);
        Settings payees = wallet.section("payees");
        for (String host : payees.keys()) policy = policy.allowPayee(host, Address.parse(payees.required(host)));
        return policy;
    }

    private static Policy dollars(
            Settings wallet, String key, Policy policy, BiFunction<Policy, BigDecimal, Policy> with) {
        String text = wallet.text(key);
        return text == null ? policy : with.apply(policy, Dollars.parse(text));
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("mainnet-enabled is true or false, not " + text);
        };
    }

    private static Asset asset(Settings entry) {
        entry.allow(Set.of("symbol", "network", "address", "decimals", "name", "version"));
        return new Asset(
                Network.parse(entry.required("network")),
                Address.parse(entry.required("address")),
                entry.required("symbol"),
                Integer.parseInt(entry.required("decimals")),
                entry.required("name"),
                entry.required("version"),
                TransferMethod.EIP3009);
    }
}
