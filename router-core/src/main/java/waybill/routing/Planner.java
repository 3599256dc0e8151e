package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Makes a plan from a call and a snapshot: rules, then ranker, then stickiness and load. A pure function. */
final class Planner {

    private static final Rule COOL_DOWN = Rules.notCoolingDown();

    private final List<Rule> rules;
    private final Ranker ranker;
    private final Duration maxWait;
    private final boolean spreading;

    /**
     * @param spreading whether load is spread over candidates that are nearly equal
     */
    Planner(List<Rule> rules, Ranker ranker, Duration maxWait, boolean spreading) {
        this.rules = List.copyOf(rules);
        this.ranker = ranker;
        this.maxWait = maxWait;
        this.spreading = spreading;
    }

    Plan plan(Call call, Snapshot snapshot) {
        List<Rule> standing = new ArrayList<>(rules);
        standing.add(Rules.withinSpendCaps(snapshot.spent()));
        List<Standing> eligible = new ArrayList<>();
        List<Standing> cooling = new ArrayList<>();
        List<Exclusion> excluded = new ArrayList<>();
        for (Standing candidate : snapshot.standings()) {
            Verdict verdict = judge(standing, call, candidate);
            if (verdict instanceof Verdict.Eligible && candidate.coolDown() != null) {
                verdict = COOL_DOWN.check(call, candidate);
                cooling.add(candidate);
            }
            if (verdict instanceof Verdict.Excluded no) {
                excluded.add(new Exclusion(candidate.name(), no));
            } else {
                eligible.add(candidate);
            }
        }
        if (!eligible.isEmpty()) {
            List<Choice> behind = behind(call, snapshot, cooling);
            behind.forEach(choice -> excluded.removeIf(e -> e.candidate().equals(choice.candidate())));
            return led(call, snapshot, ranker.rank(call, snapshot, eligible), behind, excluded);
        }
        Optional<Choice> last = lastResort(call, snapshot, cooling);
        if (last.isPresent()) {
            excluded.removeIf(e -> e.candidate().equals(last.get().candidate()));
            return new Plan(call, List.of(last.get()), excluded, snapshot.at(), Lead.LAST_RESORT);
        }
        standing.add(COOL_DOWN);
        return new Plan(call, List.of(), inFull(standing, call, snapshot, excluded), snapshot.at());
    }

    private static Verdict judge(List<Rule> rules, Call call, Standing candidate) {
        for (Rule rule : rules) {
            Verdict verdict = rule.check(call, candidate);
            if (verdict instanceof Verdict.Excluded) {
                return verdict;
            }
        }
        return Verdict.ELIGIBLE;
    }

    /** Decides who comes first: in a tool round the incumbent, whose ids and signatures are its own; else by worth and load. */
    private Plan led(Call call, Snapshot snapshot, List<Choice> ranked, List<Choice> behind, List<Exclusion> excluded) {
        Lead lead = Lead.RANKED;
        Optional<Choice> instead = Optional.empty();
        if (call.features().conversation().toolRound()) {
            instead = ranked.stream()
                    .filter(c -> c.candidate().equals(call.incumbent()))
                    .findFirst();
            lead = instead.isPresent() ? Lead.TOOL_ROUND : lead;
        }
        boolean stays = ranked.get(0).candidate().equals(call.incumbent());
        if (instead.isEmpty() && spreading && !stays) {
            instead = NearEquals.lighter(call, snapshot, ranked);
            lead = instead.isPresent() ? Lead.LIGHTER_LOAD : lead;
        }
        List<Choice> choices = new ArrayList<>(ranked);
        instead.ifPresent(choice -> {
            choices.remove(choice);
            choices.add(0, choice);
        });
        choices.addAll(behind);
        return new Plan(call, choices, excluded, snapshot.at(), lead);
    }

    /** Those whose cool-down is only a precaution, the soonest free first: asking them beats giving up. */
    private List<Choice> behind(Call call, Snapshot snapshot, List<Standing> cooling) {
        List<Standing> passing = cooling.stream()
                .filter(s -> s.coolDown() != null && !s.coolDown().firm())
                .sorted(Comparator.comparing(Planner::until))
                .toList();
        List<Choice> behind = new ArrayList<>();
        for (Standing standing : passing) {
            ranker.rank(call, snapshot, List.of(standing)).forEach(c -> behind.add(c.setAside(Aside.COOLING)));
        }
        return behind;
    }

    private static Instant until(Standing standing) {
        return standing.coolDown() == null ? Instant.MIN : standing.coolDown().until();
    }

    /** When everybody cools down: one probe of who is free soonest, at once unless its cool-down is firm. */
    private Optional<Choice> lastResort(Call call, Snapshot snapshot, List<Standing> cooling) {
        Standing soonest = null;
        Instant start = Instant.MAX;
        for (Standing standing : cooling) {
            Standing.CoolDown down = standing.coolDown();
            if (down == null) {
                continue;
            }
            boolean tooLong = down.until().isAfter(snapshot.at().plus(maxWait));
            if (down.firm() && tooLong) {
                continue;
            }
            if (down.until().isBefore(start)) {
                soonest = standing;
                start = down.until();
            }
        }
        if (soonest == null || soonest.coolDown() == null) {
            return Optional.empty();
        }
        Instant notBefore = soonest.coolDown().firm() ? start : null;
        return ranker.rank(call, snapshot, List.of(soonest)).stream()
                .map(choice -> choice.startingAt(notBefore))
                .findFirst();
    }

    /** Every reason against every candidate: nobody is left, and a reader wants to know what would really help. */
    private static List<Exclusion> inFull(
            List<Rule> rules, Call call, Snapshot snapshot, List<Exclusion> firstReasons) {
        List<Exclusion> full = new ArrayList<>();
        for (Exclusion exclusion : firstReasons) {
            Standing candidate = snapshot.of(exclusion.candidate()).orElseThrow();
            List<Verdict.Excluded> also = new ArrayList<>();
            for (Rule rule : rules) {
                if (rule.check(call, candidate) instanceof Verdict.Excluded no && !no.equals(exclusion.verdict())) {
                    also.add(no);
                }
            }
            full.add(new Exclusion(exclusion.candidate(), exclusion.verdict(), also));
        }
        return full;
    }
}
