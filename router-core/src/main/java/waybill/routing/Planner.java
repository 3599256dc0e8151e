package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a plan from a call and a snapshot: rules, then ranker, then stickiness. A pure function. */
final class Planner {

    private static final Rule COOL_DOWN = Rules.notCoolingDown();

    private final List<Rule> rules;
    private final Ranker ranker;
    private final Duration maxWait;

    Planner(List<Rule> rules, Ranker ranker, Duration maxWait) {
        this.rules = List.copyOf(rules);
        this.ranker = ranker;
        this.maxWait = maxWait;
    }

    Plan plan(Call call, Snapshot snapshot) {
        List<Standing> eligible = new ArrayList<>();
        List<Standing> cooling = new ArrayList<>();
        List<Exclusion> excluded = new ArrayList<>();
        for (Standing standing : snapshot.standings()) {
            if (judge(call, standing) instanceof Verdict.Excluded no) {
                excluded.add(new Exclusion(standing.name(), no));
            } else if (COOL_DOWN.check(call, standing) instanceof Verdict.Excluded no) {
                excluded.add(new Exclusion(standing.name(), no));
                cooling.add(standing);
            } else {
                eligible.add(standing);
            }
        }
        List<Choice> choices = stay(call, ranker.rank(call, snapshot, eligible));
        if (choices.isEmpty()) {
            Optional<Choice> last = lastResort(call, snapshot, cooling);
            last.ifPresent(choice -> excluded.removeIf(e -> e.candidate().equals(choice.candidate())));
            choices = last.map(List::of).orElse(List.of());
        }
        return new Plan(call, choices, excluded, snapshot.at());
    }

    private Verdict judge(Call call, Standing standing) {
        for (Rule rule : rules) {
            Verdict verdict = rule.check(call, standing);
            if (verdict instanceof Verdict.Excluded) {
                return verdict;
            }
        }
        return Verdict.ELIGIBLE;
    }

    /** In a tool round the incumbent stays first whatever the others are worth: tool ids and signatures are its own. */
    private static List<Choice> stay(Call call, List<Choice> ranked) {
        if (!call.features().conversation().toolRound()) {
            return ranked;
        }
        List<Choice> choices = new ArrayList<>(ranked);
        for (Choice choice : ranked) {
            if (choice.candidate().equals(call.incumbent())) {
                choices.remove(choice);
                choices.add(0, choice);
            }
        }
        return choices;
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
}
