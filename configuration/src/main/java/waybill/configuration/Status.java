package waybill.configuration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.routing.Attempt;
import waybill.routing.Exclusion;
import waybill.routing.Receipt;
import waybill.routing.Snapshot;
import waybill.routing.SpendCap;
import waybill.routing.Standing;
import waybill.wallet.Budget;
import waybill.wallet.Wallet;

/**
 * What operations see, as plain values: the candidates and how they stand, the last decisions and what they cost, and what is
 * left to spend. No keys, no prompts, no answers. Thread-safe.
 */
public final class Status {

    private final Roster roster;
    private final List<Watched> routers;
    private final RecentDecisions recent;
    private final @Nullable Wallet wallet;

    /** Of these routers over the candidates of {@code roster}; {@code wallet} is null where there is none. */
    public Status(Roster roster, List<Watched> routers, RecentDecisions recent, @Nullable Wallet wallet) {
        this.roster = roster;
        this.routers = List.copyOf(routers);
        this.recent = recent;
        this.wallet = wallet;
    }

    /** Everything as it is now. */
    public Map<String, Object> now() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("candidates", roster.candidates().stream().map(Status::declared).toList());
        Map<String, Object> standings = new LinkedHashMap<>();
        for (Watched router : routers) {
            standings.put(router.name(), router(router.snapshot().get()));
        }
        all.put("routers", standings);
        all.put("decisions", recent.receipts().stream().map(Status::decision).toList());
        if (wallet != null) {
            List<Object> limits = new ArrayList<>();
            for (Budget budget : wallet.budgets()) {
                limits.add(Map.of(
                        "limit", budget.property(),
                        "most", budget.limit().stripTrailingZeros().toPlainString(),
                        "left", budget.left().stripTrailingZeros().toPlainString()));
            }
            all.put("wallet", Map.of("address", wallet.address().toString(), "limits", limits));
        }
        return all;
    }

    private static Map<String, Object> declared(DeclaredCandidate candidate) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("name", candidate.name());
        one.put("provider", candidate.endpoint().provider().name());
        one.put("model", candidate.endpoint().model());
        one.put("paidByWallet", candidate.paid());
        return one;
    }

    private static Map<String, Object> router(Snapshot snapshot) {
        Map<String, Object> router = new LinkedHashMap<>();
        router.put(
                "candidates",
                snapshot.standings().stream().map(Status::standing).toList());
        List<Object> caps = new ArrayList<>();
        for (SpendCap.Used used : snapshot.spent()) {
            caps.add(Map.of(
                    "cap", used.cap().toString(),
                    "left", used.left().stripTrailingZeros().toPlainString()));
        }
        router.put("caps", caps);
        return router;
    }

    private static Map<String, Object> standing(Standing standing) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("name", standing.name());
        one.put("price", standing.profile().price().toString());
        one.put("failChance", Math.round(standing.failChance() * 1_000) / 1_000.0);
        one.put("seconds", Math.round(standing.seconds() * 1_000) / 1_000.0);
        one.put("inFlight", standing.inFlight());
        Standing.CoolDown down = standing.coolDown();
        if (down != null) {
            one.put("leftAloneUntil", down.until().toString());
            one.put("after", down.kind().words());
        }
        return one;
    }

    private static Map<String, Object> decision(Receipt receipt) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("receipt", receipt.id());
        one.put("at", receipt.plan().at().toString());
        one.put("why", receipt.plan().why());
        one.put("answeredBy", receipt.answeredBy().orElse("nobody"));
        List<Object> attempts = new ArrayList<>();
        for (Attempt attempt : receipt.attempts()) {
            attempts.add(attempt.candidate()
                    + (attempt.failure() == null ? "" : ": " + attempt.failure().words()));
        }
        one.put("attempts", attempts);
        one.put(
                "excluded",
                receipt.plan().excluded().stream().map(Exclusion::candidate).toList());
        one.put("cost", receipt.cost().toString());
        one.put("millis", receipt.duration().toMillis());
        return one;
    }
}
