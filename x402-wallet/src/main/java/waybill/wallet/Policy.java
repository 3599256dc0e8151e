package waybill.wallet;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
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
 * @param narrower limits on each host, payee, agent, session or model, besides the wallet's own; they can only narrow
 * @param maxChained how deep payments may follow from one another within a user's turn, where callers tag the depth
 * @param approvalAbove payments above this need a person, where the wallet has somebody to ask
 * @param approvalTimeout how long that person has; silence is no
 * @param mainnet whether chains with real money may be used
 * @param networks the chains that may be used; all that the other settings leave when empty
 * @param hosts host, or host and port, that may be paid; compared exactly, in lower case
 * @param payees the payee of a place, where a person has named one; the keys are as in {@code hosts}
 * @param openHosts whether any host that is reached by https may be paid, named or not
 * @param sponsoredApprovals whether an approval of Permit2, without a limit, may be signed for a facilitator to send
 * @param signIn whether the wallet says on its own who it is where it has paid for the resource before; a resource is its
 *     address without the query
 */
public record Policy(
        BigDecimal perPayment,
        BigDecimal firstPayment,
        BigDecimal perHour,
        BigDecimal perDay,
        int perMinute,
        List<Limit> narrower,
        int maxChained,
        BigDecimal approvalAbove,
        Duration approvalTimeout,
        boolean mainnet,
        Set<Network> networks,
        Set<String> hosts,
        Map<String, Address> payees,
        boolean openHosts,
        boolean sponsoredApprovals,
        boolean signIn) {

    /** The tag by which a caller says how many payments of the same turn led to this one, itself included. */
    public static final String DEPTH = "depth";

    private static final Policy DEFAULTS = new Policy(
            new BigDecimal("1"),
            new BigDecimal("0.50"),
            new BigDecimal("5"),
            new BigDecimal("5"),
            300,
            List.of(),
            3,
            new BigDecimal("0.10"),
            Duration.ofSeconds(60),
            false,
            Set.of(),
            Set.of(),
            Map.of(),
            false,
            false,
            true);

    public Policy {
        requireSum(perPayment, "per payment");
        requireSum(firstPayment, "for the first payment to a payee");
        requireSum(perHour, "per hour");
        requireSum(perDay, "per day");
        requireSum(approvalAbove, "without approval");
        if (perMinute < 0 || maxChained < 0) {
            throw new IllegalArgumentException(
                    "payments per minute and in a chain are not negative: " + perMinute + ", " + maxChained);
        }
        if (approvalTimeout.isNegative() || approvalTimeout.isZero()) {
            throw new IllegalArgumentException("the approval timeout is above zero: " + approvalTimeout);
        }
        narrower = List.copyOf(narrower);
        networks = Set.copyOf(networks);
        hosts = Set.copyOf(hosts);
        payees = Map.copyOf(payees);
    }

    /**
     * Test networks only, $1 a payment ($0.50 the first time to a payee), $5 in any 24 hours, 300 payments a minute, at
     * most 3 payments in a chain, a person's approval above $0.10 where one can be asked, and no host at all.
     */
    public static Policy defaults() {
        return DEFAULTS;
    }

    /** The settings of a policy while one of them changes. */
    private static final class Draft {
        private BigDecimal perPayment;
        private BigDecimal firstPayment;
        private BigDecimal perHour;
        private BigDecimal perDay;
        private int perMinute;
        private List<Limit> narrower;
        private int maxChained;
        private BigDecimal approvalAbove;
        private Duration approvalTimeout;
        private boolean mainnet;
        private final Set<Network> networks;
        private final Set<String> hosts;
        private final Map<String, Address> payees;
        private boolean openHosts;
        private boolean sponsoredApprovals;
        private boolean signIn;

        Draft(Policy from) {
            perPayment = from.perPayment;
            firstPayment = from.firstPayment;
            perHour = from.perHour;
            perDay = from.perDay;
            perMinute = from.perMinute;
            narrower = new ArrayList<>(from.narrower);
            maxChained = from.maxChained;
            approvalAbove = from.approvalAbove;
            approvalTimeout = from.approvalTimeout;
            mainnet = from.mainnet;
            networks = new LinkedHashSet<>(from.networks);
            hosts = new LinkedHashSet<>(from.hosts);
            payees = new LinkedHashMap<>(from.payees);
            openHosts = from.openHosts;
            sponsoredApprovals = from.sponsoredApprovals;
            signIn = from.signIn;
        }

        Policy policy() {
            return new Policy(
                    perPayment,
                    firstPayment,
                    perHour,
                    perDay,
                    perMinute,
                    narrower,
                    maxChained,
                    approvalAbove,
                    approvalTimeout,
                    mainnet,
                    networks,
                    hosts,
                    payees,
                    openHosts,
                    sponsoredApprovals,
                    signIn);
        }
    }

    private Policy with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.policy();
    }

    /** With this limit on one payment. */
    public Policy perPayment(BigDecimal dollars) {
        return with(draft -> draft.perPayment = dollars);
    }

    /** With this limit on the first payment to a payee whom nobody has named. */
    public Policy firstPayment(BigDecimal dollars) {
        return with(draft -> draft.firstPayment = dollars);
    }

    /** With this limit on a rolling hour. */
    public Policy perHour(BigDecimal dollars) {
        return with(draft -> draft.perHour = dollars);
    }

    /** With this limit on rolling 24 hours; the limit on an hour follows where it was not lower. */
    public Policy perDay(BigDecimal dollars) {
        return with(draft -> {
            draft.perHour = perHour.compareTo(perDay) == 0 ? dollars : perHour.min(dollars);
            draft.perDay = dollars;
        });
    }

    /** With at most this many payments begun in a rolling minute. */
    public Policy perMinute(int payments) {
        return with(draft -> draft.perMinute = payments);
    }

    /**
     * With this sum as the most that each host, payee, agent, session or model may be paid or make be paid within a window.
     *
     * @throws IllegalArgumentException for the wallet itself, which has {@link #perHour} and {@link #perDay}
     */
    public Policy perEach(Scope scope, Window window, BigDecimal dollars) {
        requireSum(dollars, property(scope, window));
        return narrowed(Limit.dollars(scope, window, dollars, property(scope, window)));
    }

    /** With this many payments as the most that may be begun for each host, payee, agent, session or model in a minute. */
    public Policy perEachMinute(Scope scope, int payments) {
        return narrowed(Limit.payments(scope, Window.MINUTE, payments, property(scope, Window.MINUTE)));
    }

    private Policy narrowed(Limit limit) {
        if (limit.scope() == Scope.WALLET) {
            throw new IllegalArgumentException("the wallet's own limits are per-hour, per-day and per-minute");
        }
        return with(draft -> {
            draft.narrower.removeIf(other -> other.property().equals(limit.property()));
            draft.narrower.add(limit);
        });
    }

    /** The property of such a limit, without its prefix: {@code per-host-per-day}. */
    public static String property(Scope scope, Window window) {
        String each = scope == Scope.WALLET ? "" : "per-" + scope.name().toLowerCase(Locale.ROOT) + "-";
        return each + "per-" + window.name().toLowerCase(Locale.ROOT);
    }

    /** With at most this many payments that follow from one another, where callers tag their {@link #DEPTH}. */
    public Policy maxChained(int payments) {
        return with(draft -> draft.maxChained = payments);
    }

    /** With a person asked above this sum, for at most {@code timeout}. */
    public Policy approvalAbove(BigDecimal dollars, Duration timeout) {
        return with(draft -> {
            draft.approvalAbove = dollars;
            draft.approvalTimeout = timeout;
        });
    }

    /** With chains of real money switched on or off. */
    public Policy mainnet(boolean allowed) {
        return with(draft -> draft.mainnet = allowed);
    }

    /** With {@code network} among those that may be used; once one is named, only the named ones may. */
    public Policy allowNetwork(Network network) {
        return with(draft -> draft.networks.add(network));
    }

    /**
     * With one more host that may be paid.
     *
     * @param host exact, such as {@code api.example.com} (the scheme's own port) or {@code 127.0.0.1:8402}
     */
    public Policy allowHost(String host) {
        String exact = requireHost(host);
        return with(draft -> draft.hosts.add(exact));
    }

    /** With {@code payee} as the only one who may be paid at {@code host}, which is then allowed too. */
    public Policy allowPayee(String host, Address payee) {
        String exact = requireHost(host);
        return with(draft -> draft.payees.put(exact, payee)).allowHost(exact);
    }

    /**
     * With every https host allowed that is not on a private network, besides the named ones. Only a transport that
     * connects to the very address that was checked takes such a policy, which is OkHttp's.
     */
    public Policy openHosts(boolean open) {
        return with(draft -> draft.openHosts = open);
    }

    /**
     * With approvals of Permit2 that a facilitator pays the gas for switched on or off. Such an approval stays when the
     * payment is over; without it a person approves a token once.
     */
    public Policy sponsoredApprovals(boolean allowed) {
        return with(draft -> draft.sponsoredApprovals = allowed);
    }

    /**
     * With coming back by signature ({@code sign-in-with-x}) switched on or off. It moves no money, and tells a site only
     * the account that has paid it before for the same resource; off, such a resource is paid for again. The query does not
     * count: {@code /report?year=2} is the resource that was paid for as {@code /report?year=1}, and a seller who sells them
     * apart bills again.
     */
    public Policy signIn(boolean allowed) {
        return with(draft -> draft.signIn = allowed);
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

    /** Whether a payment so deep in a chain of payments may be made; a call that does not say its depth may. */
    Decision judgeDepth(Map<String, String> tags) {
        String depth = tags.get(DEPTH);
        if (depth == null) {
            return Decision.allowed();
        }
        boolean number =
                !depth.isEmpty() && depth.length() <= 4 && depth.chars().allMatch(c -> c >= '0' && c <= '9');
        if (number && Integer.parseInt(depth) <= maxChained) {
            return Decision.allowed();
        }
        return Decision.denied(
                PaymentCode.VELOCITY,
                "this payment is number " + Words.cut(depth, 20) + " in a chain of payments within one turn; at most "
                        + maxChained + " may follow from one another. A person raises it with"
                        + " waybill.wallet.max-chained");
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
                rolling());
    }

    /** All rolling limits, the wallet's own first. */
    List<Limit> rolling() {
        List<Limit> all = new ArrayList<>();
        all.add(Limit.dollars(Scope.WALLET, Window.DAY, perDay, "per-day"));
        all.add(Limit.dollars(Scope.WALLET, Window.HOUR, perHour, "per-hour"));
        all.add(Limit.payments(Scope.WALLET, Window.MINUTE, perMinute, "per-minute"));
        all.addAll(narrower);
        return all;
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
