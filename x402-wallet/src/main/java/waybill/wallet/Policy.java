package waybill.wallet;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Network;

/**
 * What a person lets the wallet spend, and on whom. What it does not allow is denied: {@link #defaults()} names no host,
 * so it pays nobody. Sums are dollars; one token of our table is taken as one dollar. Immutable: every method that
 * changes a setting gives a new policy.
 *
 * @param perPayment what one payment may cost
 * @param firstPayment what the first payment to a payee may cost whom nobody has named or approved
 * @param perHour what may be held and spent within a rolling hour
 * @param perDay the same within rolling 24 hours
 * @param perMinute how many payments may be begun within a rolling minute
 * @param approvalAbove payments above this need a person, where the wallet has somebody to ask
 * @param approvalTimeout how long that person has; silence is no
 * @param mainnet whether chains with real money may be used
 * @param networks the chains that may be used; all that the other settings leave when empty
 * @param hosts host, or host and port, that may be paid; compared exactly, in lower case
 * @param payees the payee of a place, where a person has named one; the keys are as in {@code hosts}
 * @param openHosts whether any host that is reached by https may be paid, named or not
 */
public record Policy(
        BigDecimal perPayment,
        BigDecimal firstPayment,
        BigDecimal perHour,
        BigDecimal perDay,
        int perMinute,
        BigDecimal approvalAbove,
        Duration approvalTimeout,
        boolean mainnet,
        Set<Network> networks,
        Set<String> hosts,
        Map<String, Address> payees,
        boolean openHosts) {
    private static final Policy DEFAULTS = new Policy(
            new BigDecimal("1"),
            new BigDecimal("0.50"),
            new BigDecimal("5"),
            new BigDecimal("5"),
            300,
            new BigDecimal("0.10"),
            Duration.ofSeconds(60),
            false,
            Set.of(),
            Set.of(),
            Map.of(),
            false);

    public Policy {
        requireSum(perPayment, "per payment");
        requireSum(firstPayment, "for the first payment to a payee");
        requireSum(perHour, "per hour");
        requireSum(perDay, "per day");
        requireSum(approvalAbove, "without approval");
        if (perMinute < 0) {
            throw new IllegalArgumentException("payments per minute are not negative: " + perMinute);
        }
        if (approvalTimeout.isNegative() || approvalTimeout.isZero()) {
            throw new IllegalArgumentException("the approval timeout is above zero: " + approvalTimeout);
        }
        networks = Set.copyOf(networks);
        hosts = Set.copyOf(hosts);
        payees = Map.copyOf(payees);
    }

    /**
     * Test networks only, $1 a payment ($0.50 the first time to a payee), $5 in any 24 hours, 300 payments a minute, a
     * person's approval above $0.10 where one can be asked, and no host at all.
     */
    public static Policy defaults() {
        return DEFAULTS;
    }

    /** With this limit on one payment. */
    public Policy perPayment(BigDecimal dollars) {
        return new Policy(
                dollars,
                firstPayment,
                perHour,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With this limit on the first payment to a payee whom nobody has named. */
    public Policy firstPayment(BigDecimal dollars) {
        return new Policy(
                perPayment,
                dollars,
                perHour,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With this limit on a rolling hour. */
    public Policy perHour(BigDecimal dollars) {
        return new Policy(
                perPayment,
                firstPayment,
                dollars,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With this limit on rolling 24 hours; the limit on an hour follows where it was not lower. */
    public Policy perDay(BigDecimal dollars) {
        BigDecimal hour = perHour.compareTo(perDay) == 0 ? dollars : perHour.min(dollars);
        return new Policy(
                perPayment,
                firstPayment,
                hour,
                dollars,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With at most this many payments begun in a rolling minute. */
    public Policy perMinute(int payments) {
        return new Policy(
                perPayment,
                firstPayment,
                perHour,
                perDay,
                payments,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With a person asked above this sum, for at most {@code timeout}. */
    public Policy approvalAbove(BigDecimal dollars, Duration timeout) {
        return new Policy(
                perPayment,
                firstPayment,
                perHour,
                perDay,
                perMinute,
                dollars,
                timeout,
                mainnet,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With chains of real money switched on or off. */
    public Policy mainnet(boolean allowed) {
        return new Policy(
                perPayment,
                firstPayment,
                perHour,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                allowed,
                networks,
                hosts,
                payees,
                openHosts);
    }

    /** With {@code network} among those that may be used; once one is named, only the named ones may. */
    public Policy allowNetwork(Network network) {
        Set<Network> more = new LinkedHashSet<>(networks);
        more.add(network);
        return new Policy(
                perPayment,
                firstPayment,
                perHour,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                more,
                hosts,
                payees,
                openHosts);
    }

    /**
     * With one more host that may be paid.
     *
     * @param host exact, such as {@code api.example.com} (the scheme's own port) or {@code 127.0.0.1:8402}
     */
    public Policy allowHost(String host) {
        Set<String> more = new LinkedHashSet<>(hosts);
        more.add(requireHost(host));
        return new Policy(
                perPayment,
                firstPayment,
                perHour,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                more,
                payees,
                openHosts);
    }

    /** With {@code payee} as the only one who may be paid at {@code host}, which is then allowed too. */
    public Policy allowPayee(String host, Address payee) {
        Map<String, Address> more = new LinkedHashMap<>(payees);
        more.put(requireHost(host), payee);
        return new Policy(
                        perPayment,
                        firstPayment,
                        perHour,
                        perDay,
                        perMinute,
                        approvalAbove,
                        approvalTimeout,
                        mainnet,
                        networks,
                        hosts,
                        more,
                        openHosts)
                .allowHost(host);
    }

    /**
     * With every https host allowed that is not on a private network, besides the named ones. Only a transport that
     * connects to the very address that was checked takes such a policy, which is OkHttp's.
     */
    public Policy openHosts(boolean open) {
        return new Policy(
                perPayment,
                firstPayment,
                perHour,
                perDay,
                perMinute,
                approvalAbove,
                approvalTimeout,
                mainnet,
                networks,
                hosts,
                payees,
                open);
    }

    /** Whether a person has named this very place. */
    public boolean names(Origin origin) {
        return named(origin, hosts) != null;
    }

    /** Whether a person has named this host, with any port. */
    public boolean namesHost(String host) {
        return hosts.stream().anyMatch(named -> named.equals(host) || named.startsWith(host + ":"));
    }

    /** Whether this place may be paid at all. */
    Decision judge(URI url) {
        Origin origin;
        try {
            origin = Origin.of(url);
        } catch (IllegalArgumentException e) {
            return Decision.denied(PaymentCode.HOST_NOT_ALLOWED, String.valueOf(e.getMessage()));
        }
        if (!origin.scheme().equals("https") && !origin.isLoopback()) {
            return Decision.denied(
                    PaymentCode.INSECURE_TRANSPORT,
                    origin + " is not encrypted; only https is paid, and http on this machine (127.0.0.1, localhost)");
        }
        boolean open = openHosts && origin.scheme().equals("https");
        if (!open && !names(origin)) {
            return Decision.denied(
                    PaymentCode.HOST_NOT_ALLOWED,
                    origin.authority() + " is not an allowed host (allowed: "
                            + (hosts.isEmpty() ? "none" : String.join(", ", new TreeSet<>(hosts)))
                            + "); a person adds it with waybill.wallet.allowed-hosts");
        }
        return Decision.allowed();
    }

    /** Whether this chain may be used. */
    Decision judge(Network network) {
        if (!networks.isEmpty() && !networks.contains(network)) {
            return Decision.denied(
                    PaymentCode.NETWORK_NOT_ALLOWED,
                    network + " is not an allowed network (allowed: " + networks
                            + "); a person adds it with waybill.wallet.allowed-networks");
        }
        if (!network.isTestnet() && !mainnet) {
            return Decision.denied(
                    PaymentCode.NETWORK_NOT_ALLOWED,
                    network + " is not a test network; real money is paid only after a person has set"
                            + " waybill.wallet.mainnet-enabled=true");
        }
        return Decision.allowed();
    }

    /** Whether this sum may be paid once, apart from what was paid before. */
    Decision judge(Amount amount, boolean personCanBeAsked) {
        BigDecimal dollars = Dollars.of(amount);
        if (dollars.compareTo(perPayment) > 0) {
            return Decision.denied(PaymentCode.PER_PAYMENT_CAP, Sentences.overPayment(dollars, perPayment));
        }
        if (personCanBeAsked && dollars.compareTo(approvalAbove) > 0) {
            return new Decision.NeedsApproval(
                    "a payment of " + Dollars.show(dollars) + " needs a person's yes: it is above "
                            + Dollars.show(approvalAbove) + " (waybill.wallet.approval-above)");
        }
        return Decision.allowed();
    }

    /** The payee that a person has named for this place, or null. */
    @Nullable
    Address payee(Origin origin) {
        String host = named(origin, payees.keySet());
        return host == null ? null : payees.get(host);
    }

    /** The limits that the ledger checks for a payment at {@code origin}. */
    Limits limits(Origin origin, boolean personCanBeAsked) {
        return new Limits(
                Dollars.limit(perPayment),
                Dollars.limit(firstPayment.min(perPayment)),
                personCanBeAsked ? Dollars.limit(approvalAbove) : Long.MAX_VALUE,
                payee(origin),
                List.of(
                        Limit.dollars(Scope.WALLET, Window.DAY, perDay, "per-day"),
                        Limit.dollars(Scope.WALLET, Window.HOUR, perHour, "per-hour"),
                        Limit.payments(Scope.WALLET, Window.MINUTE, perMinute, "per-minute")));
    }

    private static @Nullable String named(Origin origin, Set<String> names) {
        String withPort = origin.host() + ":" + origin.port();
        if (names.contains(withPort)) {
            return withPort;
        }
        return names.contains(origin.authority()) ? origin.authority() : null;
    }

    private static String requireHost(String host) {
        String lower = host.strip().toLowerCase(Locale.ROOT);
        URI url;
        try {
            url = URI.create("https://" + lower);
        } catch (IllegalArgumentException e) {
            throw notAHost(host);
        }
        boolean exact = url.getHost() != null
                && url.getRawUserInfo() == null
                && lower.equals(url.getRawAuthority())
                && url.getRawPath().isEmpty()
                && url.getRawQuery() == null
                && url.getRawFragment() == null;
        if (!exact) {
            throw notAHost(host);
        }
        return lower;
    }

    private static IllegalArgumentException notAHost(String host) {
        return new IllegalArgumentException(
                "an allowed host is an exact name or address, with a port where it is not the usual one"
                        + " (api.example.com, 127.0.0.1:8402), not: " + Words.cut(host, 100));
    }

    private static void requireSum(BigDecimal dollars, String what) {
        if (dollars.signum() < 0 || dollars.compareTo(Dollars.MOST) > 0) {
            throw new IllegalArgumentException(
                    "the limit " + what + " is $0 to " + Dollars.show(Dollars.MOST) + ", not " + dollars);
        }
    }
}
