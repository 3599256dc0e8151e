package waybill.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Policy;
import waybill.wallet.Scope;
import waybill.wallet.Window;
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
 * @param approvals who is asked above the threshold
 * @param passphraseFileCommands whether a passphrase file will do where a person would have to type
 * @param database where the ledger is, unless it is the wallet's own file; else null
 * @param service what signs payments, unless it is the keystore; else null
 */
record WalletSettings(
        Policy policy,
        Assets assets,
        @Nullable String rpc,
        Approvals approvals,
        boolean passphraseFileCommands,
        @Nullable LedgerPlace database,
        @Nullable SignerPlace service) {

    /** What holds where there is no file. */
    static final WalletSettings DEFAULTS =
            new WalletSettings(Policy.defaults(), Assets.standard(), null, Approvals.NOBODY, false, null, null);

    private static final List<Scope> NARROWER =
            List.of(Scope.HOST, Scope.PAYEE, Scope.AGENT, Scope.SESSION, Scope.MODEL);

    private static final Set<String> KNOWN = known();

    private static Set<String> known() {
        Set<String> keys = new LinkedHashSet<>(List.of(
                "rpc",
                "per-payment",
                "first-payment",
                "per-hour",
                "per-day",
                "per-minute",
                "max-chained",
                "approval-above",
                "approval-timeout",
                "approval-by",
                "approval-secret-file",
                "passphrase-file-commands",
                "ledger",
                "ledger-login-file",
                "ledger-secret-file",
                "signer",
                "signer-account",
                "signer-token-file",
                "mainnet-enabled",
                "allowed-networks",
                "allowed-hosts",
                "open-hosts",
                "payees",
                "assets",
                "sponsored-approvals",
                "sign-in"));
        for (Scope scope : NARROWER) {
            for (Window window : Window.values()) keys.add(Policy.property(scope, window));
        }
        return keys;
    }

    /** The same with the limits changed. */
    WalletSettings with(Policy other) {
        return new WalletSettings(other, assets, rpc, approvals, passphraseFileCommands, database, service);
    }

    /** Reads {@code file}; a file that is not there says nothing. */
    static WalletSettings read(Path file) {
        return parse(file, Settings.bytes(file));
    }

    /** Reads {@code text}, the bytes of {@code file}; none say nothing. */
    static WalletSettings parse(Path file, byte[] text) {
        if (Files.notExists(file)) return DEFAULTS;
        requireOwnersWord(file);
        Settings root = Settings.parse(file, text);
        root.allow(Set.of("waybill"));
        Settings waybill = root.section("waybill");
        waybill.allow(Set.of("wallet"));
        Settings wallet = waybill.section("wallet");
        wallet.allow(KNOWN);
        try {
            Assets assets = Assets.standard();
            for (Settings entry : wallet.sections("assets")) assets = assets.with(asset(entry));
            return new WalletSettings(
                    policy(wallet),
                    assets,
                    wallet.text("rpc"),
                    Approvals.parse(wallet.text("approval-by"), wallet.text("approval-secret-file")),
                    truth(wallet, "passphrase-file-commands"),
                    LedgerPlace.of(wallet, new WalletHome(file.toAbsolutePath().resolveSibling(""))),
                    SignerPlace.of(wallet));
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
        String maxChained = wallet.text("max-chained");
        if (maxChained != null) policy = policy.maxChained(Integer.parseInt(maxChained));
        for (Scope scope : NARROWER) policy = narrower(wallet, scope, policy);
        String above = wallet.text("approval-above");
        String timeout = wallet.text("approval-timeout");
        policy = policy.approvalAbove(
                above == null ? policy.approvalAbove() : Dollars.parse(above),
                timeout == null ? policy.approvalTimeout() : Duration.ofSeconds(Integer.parseInt(timeout)));
        policy = policy.mainnet(truth(wallet, "mainnet-enabled"));
        policy = policy.sponsoredApprovals(truth(wallet, "sponsored-approvals"));
        if (wallet.text("sign-in") != null) policy = policy.signIn(truth(wallet, "sign-in"));
        for (String network : wallet.texts("allowed-networks")) policy = policy.allowNetwork(Network.parse(network));
        for (String host : wallet.texts("allowed-hosts")) policy = policy.allowHost(host);
        policy = policy.openHosts(truth(wallet, "open-hosts"));
        Settings payees = wallet.section("payees");
        for (String host : payees.keys()) policy = policy.allowPayee(host, Address.parse(payees.required(host)));
        return policy;
    }

    private static Policy narrower(Settings wallet, Scope scope, Policy policy) {
        Policy narrowed = policy;
        for (Window window : List.of(Window.HOUR, Window.DAY)) {
            String most = wallet.text(Policy.property(scope, window));
            if (most != null) narrowed = narrowed.perEach(scope, window, Dollars.parse(most));
        }
        String most = wallet.text(Policy.property(scope, Window.MINUTE));
        return most == null ? narrowed : narrowed.perEachMinute(scope, Integer.parseInt(most));
    }

    private static Policy dollars(
            Settings wallet, String key, Policy policy, BiFunction<Policy, BigDecimal, Policy> with) {
        String text = wallet.text(key);
        return text == null ? policy : with.apply(policy, Dollars.parse(text));
    }

    private static boolean truth(Settings wallet, String key) {
        String text = wallet.text(key);
        if (text == null) return false;
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("%s is true or false, not %s".formatted(key, text));
        };
    }

    private static Asset asset(Settings entry) {
        entry.allow(Set.of("symbol", "network", "address", "decimals", "name", "version", "method"));
        String method = entry.text("method");
        boolean permit2 = TransferMethod.PERMIT2.wireName().equals(method);
        if (method != null && !permit2 && !TransferMethod.EIP3009.wireName().equals(method)) {
            throw new IllegalArgumentException("method of an asset is eip3009 or permit2, not %s".formatted(method));
        }
        String name = entry.text("name"); // a token that is moved by Permit2 may have no EIP-712 domain
        return new Asset(
                Network.parse(entry.required("network")),
                Address.parse(entry.required("address")),
                entry.required("symbol"),
                Integer.parseInt(entry.required("decimals")),
                permit2 && name == null ? "" : entry.required("name"),
                permit2 && name == null ? "" : entry.required("version"),
                permit2 ? TransferMethod.PERMIT2 : TransferMethod.EIP3009);
    }
}
