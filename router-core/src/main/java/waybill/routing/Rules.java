package waybill.routing;

import static waybill.routing.Verdict.ELIGIBLE;
import static waybill.routing.Verdict.excluded;

import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The built-in rules. Each names itself in its refusals and says what would lift them. */
public final class Rules {

    /** Room that is kept for the answer when the caller set no limit on it. */
    static final int ANSWER_ROOM = 256;

    private Rules() {}

    /**
     * The rules of every router, in the order in which they are checked. Spend caps and cool-downs are checked after all
     * rules.
     */
    public static List<Rule> standard() {
        return List.of(
                allowedByCaller(),
                keepsDataPolicy(),
                readsContent(),
                callsTools(),
                followsJsonSchema(),
                fitsOutputLimit(),
                fitsContext(),
                withinCostCeiling());
    }

    /** Excludes a candidate whose context window is smaller than the input and the answer together. */
    public static Rule fitsContext() {
        return (call, standing) -> {
            int window = standing.profile().contextTokens();
            int asked = call.features().askedOutputTokens();
            long needed = (long) call.features().inputTokens() + (asked == 0 ? ANSWER_ROOM : asked);
            if (window == 0 || needed <= window) {
                return ELIGIBLE;
            }
            return excluded(
                    "fits context",
                    String.format(
                            Locale.ROOT, "input and answer need about %,d tokens, its window has %,d", needed, window),
                    String.format(
                            Locale.ROOT,
                            "shorten the prompt or the answer by %,d tokens, or add a candidate with a larger window",
                            needed - window));
        };
    }

    /** Excludes a candidate that cannot answer at the length that the caller asks for. */
    public static Rule fitsOutputLimit() {
        return (call, standing) -> {
            int limit = standing.profile().outputTokens();
            int asked = call.features().askedOutputTokens();
            if (limit == 0 || asked <= limit) {
                return ELIGIBLE;
            }
            return excluded(
                    "fits output limit",
                    String.format(
                            Locale.ROOT, "an answer of %,d tokens was asked for, it writes at most %,d", asked, limit),
                    String.format(Locale.ROOT, "ask for at most %,d output tokens", limit));
        };
    }

    /** Excludes a candidate that calls no tools when tools are offered. */
    public static Rule callsTools() {
        return (call, standing) -> {
            int tools = call.features().needs().tools();
            if (tools == 0 || standing.profile().tools()) {
                return ELIGIBLE;
            }
            return excluded(
                    "calls tools",
                    "the request offers " + tools + " tools, it calls none",
                    "add a candidate that calls tools, or send the request without them");
        };
    }

    /** Excludes a candidate that follows no JSON schema when one is asked for. */
    public static Rule followsJsonSchema() {
        return (call, standing) -> {
            if (!call.features().needs().jsonSchema() || standing.profile().jsonSchema()) {
                return ELIGIBLE;
            }
            return excluded(
                    "follows JSON schema",
                    "the answer must follow a JSON schema, its profile does not claim that",
                    "declare withJsonSchema(true) if it does, or ask for plain text");
        };
    }

    /** Excludes a candidate that cannot read a kind of content in the prompt. */
    public static Rule readsContent() {
        return (call, standing) -> {
            Set<Modality> needed = call.features().needs().modalities();
            if (standing.profile().inputs().containsAll(needed)) {
                return ELIGIBLE;
            }
            Set<Modality> unread = EnumSet.copyOf(needed);
            unread.removeAll(standing.profile().inputs());
            return excluded(
                    "reads content",
                    "the prompt holds " + unread + ", it reads "
                            + new TreeSet<>(standing.profile().inputs()),
                    "add a candidate that reads " + unread + ", or declare it with withInputs(..)");
        };
    }

    /** Excludes a candidate that the call's hints do not allow; hints without a list allow all. */
    public static Rule allowedByCaller() {
        return (call, standing) -> allowed(call.hints().allowed(), standing.name());
    }

    /** Excludes every candidate that is not named here. */
    public static Rule onlyAllowed(Set<String> names) {
        Set<String> kept = Set.copyOf(names);
        if (kept.isEmpty()) {
            throw new IllegalArgumentException(
                    "onlyAllowed() of nothing would exclude every candidate; name at least one");
        }
        return (call, standing) -> allowed(kept, standing.name());
    }

    /** Excludes a candidate whose attempt could cost more than the call's ceiling, or whose cost has no bound. */
    public static Rule withinCostCeiling() {
        return (call, standing) -> {
            BigDecimal ceiling = call.hints().costCeiling();
            if (ceiling == null) {
                return ELIGIBLE;
            }
            BigDecimal bound = CostBound.of(call.features(), standing.profile());
            if (bound == null) {
                return unbounded("cost ceiling", standing.profile());
            }
            if (bound.compareTo(ceiling) <= 0) {
                return ELIGIBLE;
            }
            return excluded(
                    "cost ceiling",
                    "it may cost " + Dollars.exact(bound) + ", the ceiling is " + Dollars.exact(ceiling),
                    "raise the ceiling to " + Dollars.exact(bound) + ", or ask for a shorter answer");
        };
    }

    /** Excludes a candidate whose price per call is above this many dollars, or is not known to be below. */
    public static Rule costsAtMost(String usd) {
        BigDecimal most = new BigDecimal(usd);
        return (call, standing) -> {
            BigDecimal bound = CostBound.of(call.features(), standing.profile());
            if (bound != null && bound.compareTo(most) <= 0) {
                return ELIGIBLE;
            }
            return excluded(
                    "costs at most",
                    bound == null
                            ? "its cost has no known bound, the rule allows " + Dollars.exact(most)
                            : "it may cost " + Dollars.exact(bound) + ", the rule allows " + Dollars.exact(most),
                    "raise the rule's limit, ask for a shorter answer, or declare price and output limit");
        };
    }

    /** Excludes a candidate of which nobody has told a price; without this rule it is ranked as dear as any on sale. */
    public static Rule knownPrice() {
        return (call, standing) -> standing.profile().price().known()
                ? ELIGIBLE
                : excluded(
                        "known price",
                        "its price is unknown, and an unknown price is never zero",
                        "declare its price; Price.free() if it has none");
    }

    /** Excludes a candidate that is not known to keep the call's data policy. */
    public static Rule keepsDataPolicy() {
        return (call, standing) -> {
            DataPolicy policy = call.hints().data();
            Custody custody = standing.profile().custody();
            if (policy.equals(DataPolicy.ANY)) {
                return ELIGIBLE;
            }
            if (custody == null) {
                return excluded(
                        "data policy",
                        "prompts may go " + policy + ", nothing is known of what becomes of them there",
                        "declare it with withCustody(..)");
            }
            boolean kept = policy.allows(custody.region())
                    && !(policy.notStored() && custody.stored())
                    && !(policy.notTrainedOn() && custody.trainedOn());
            return kept
                    ? ELIGIBLE
                    : excluded(
                            "data policy",
                            "prompts may go " + policy + ", there they are " + custody,
                            "widen the policy, or add a candidate that keeps it");
        };
    }

    /** Excludes a candidate whose attempt could cost more than a spend cap has left, or whose cost has no bound. */
    static Rule withinSpendCaps(List<SpendCap.Used> spent) {
        return (call, standing) -> {
            if (spent.isEmpty()) {
                return ELIGIBLE;
            }
            BigDecimal bound = CostBound.of(call.features(), standing.profile());
            if (bound == null) {
                return unbounded("spend cap", standing.profile());
            }
            for (SpendCap.Used used : spent) {
                if (bound.compareTo(used.left()) > 0) {
                    return excluded("spend cap", passing(bound, used), easing(bound, used));
                }
            }
            return ELIGIBLE;
        };
    }

    private static String passing(BigDecimal bound, SpendCap.Used used) {
        return "it may cost " + Dollars.exact(bound) + ", of " + used.cap() + " there is " + Dollars.exact(used.left())
                + " left: " + Dollars.exact(used.settled()) + " is spent and " + Dollars.exact(used.held())
                + " held for calls under way";
    }

    private static String easing(BigDecimal bound, SpendCap.Used used) {
        if (bound.compareTo(used.cap().usd()) > 0) {
            return "raise the cap, or ask for a shorter answer";
        }
        return used.easesAt() == null
                ? "wait for calls under way, or raise the cap"
                : "wait until " + used.easesAt() + " or later, or raise the cap";
    }

    private static Verdict.Excluded unbounded(String rule, Profile profile) {
        boolean known = profile.price().known();
        return excluded(
                rule,
                known
                        ? "nothing limits the length of its answer, so its cost has no bound"
                        : "its price is unknown, and an unknown price is never zero",
                known ? "ask for a maximum of output tokens, or declare its output limit" : "declare its price");
    }

    /** Excludes a candidate while it cools down after a failure. */
    static Rule notCoolingDown() {
        return (call, standing) -> {
            Standing.CoolDown down = standing.coolDown();
            if (down == null) {
                return ELIGIBLE;
            }
            return excluded(
                    "cool-down",
                    "left alone until " + down.until() + " after " + down.kind().words(),
                    "wait until then");
        };
    }

    private static Verdict allowed(Set<String> names, String name) {
        if (names.isEmpty() || names.contains(name)) {
            return ELIGIBLE;
        }
        return excluded(
                "allowed",
                "only " + new TreeSet<>(names) + " may serve",
                "add \"" + name + "\" to the allowed candidates");
    }
}
