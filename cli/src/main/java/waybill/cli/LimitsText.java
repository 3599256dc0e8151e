package waybill.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import waybill.wallet.Limit;
import waybill.wallet.Policy;

/** What a person has allowed, in lines of property and value, defaults included. */
final class LimitsText {

    private LimitsText() {}

    /** A line for each property. */
    static List<String> of(WalletSettings settings) {
        return object(settings).entrySet().stream()
                .map(line -> "%-26s %s".formatted(line.getKey(), line.getValue()))
                .toList();
    }

    /** The value of each property, in words. */
    static Map<String, String> object(WalletSettings settings) {
        Policy policy = settings.policy();
        Map<String, String> lines = new LinkedHashMap<>();
        line(lines, "per-payment", Dollars.show(policy.perPayment()));
        line(lines, "first-payment", Dollars.show(policy.firstPayment()));
        line(lines, "per-hour", Dollars.show(policy.perHour()));
        line(lines, "per-day", Dollars.show(policy.perDay()));
        line(lines, "per-minute", policy.perMinute() + " payments");
        for (Limit limit : policy.narrower()) {
            line(
                    lines,
                    limit.property(),
                    limit.measure() == Limit.Measure.DOLLARS
                            ? Dollars.show(BigDecimal.valueOf(limit.most(), 6))
                            : limit.most() + " payments");
        }
        line(lines, "max-chained", policy.maxChained() + " payments");
        line(
                lines,
                "approval-above",
                settings.approvals().by() == Approvals.By.NOBODY
                        ? "nobody is asked (approval-by)"
                        : Dollars.show(policy.approvalAbove()) + ", asked by "
                                + settings.approvals().by().name().toLowerCase(Locale.ROOT) + ", for "
                                + policy.approvalTimeout().toSeconds() + " s");
        line(lines, "mainnet-enabled", String.valueOf(policy.mainnet()));
        line(lines, "sign-in", policy.signIn() ? "where it has paid before" : "never");
        line(
                lines,
                "allowed-networks",
                policy.networks().isEmpty() ? "every known one" : String.valueOf(new ArrayList<>(policy.networks())));
        line(
                lines,
                "allowed-hosts",
                policy.hosts().isEmpty() ? "none" : String.join(", ", new TreeSet<>(policy.hosts())));
        line(
                lines,
                "open-hosts",
                policy.openHosts() ? "true: any other host is paid too, over https and within the limits" : "false");
        new TreeMap<>(policy.payees()).forEach((host, payee) -> line(lines, "payees." + host, payee.toString()));
        LedgerPlace database = settings.database();
        if (database != null) line(lines, "ledger", String.valueOf(database.url()));
        SignerPlace service = settings.service();
        if (service != null) line(lines, "signer", service.account() + " at " + service.url());
        line(lines, "passphrase-file-commands", String.valueOf(settings.passphraseFileCommands()));
        return lines;
    }

    private static void line(Map<String, String> lines, String property, String value) {
        lines.put(property, value);
    }
}
