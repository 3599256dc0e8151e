package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a router has learnt of how well its candidates answer: one belief each, moved by scores and signals, and faded by
 * time. Hears of every receipt, so that a later score finds the prediction it is weighed against. Plans see only its
 * snapshots. Safe for use by many threads.
 */
final class Beliefs implements RoutingListener {

    static final int RECEIPTS_REMEMBERED = 10_000;
    static final Duration OPEN_FOR = Duration.ofDays(7);

    private final Duration halfLife;
    private final InstantSource time;
    private final Function<String, Profile> profiles;
    private final Map<String, Belief> beliefs;
    private final Map<String, Answer> answers = new Recent();

    /**
     * @param start what is believed already, by candidate
     * @param halfLife the time in which evidence halves in weight
     * @param profiles the candidates' profiles by name, which say what a prediction is worth
     */
    Beliefs(Map<String, Belief> start, Duration halfLife, InstantSource time, Function<String, Profile> profiles) {
        this.beliefs = new TreeMap<>(start);
        this.halfLife = halfLife;
        this.time = time;
        this.profiles = profiles;
    }

    /**
     * An answer that may be scored.
     *
     * @param predicted the chance of a good answer without any belief
     * @param step the step that a signal has made; null before one
     */
    private record Answer(String candidate, double predicted, Instant at, @Nullable Step step, boolean scored) {}

    private record Step(double gradient, double information) {}

    @Override
    public synchronized void onReceipt(Receipt receipt) {
        receipt.answeredBy().ifPresent(name -> receipt.plan().choices().stream()
                .filter(choice -> choice.candidate().equals(name))
                .mapToDouble(choice -> choice.prediction().unmoved())
                .filter(chance -> chance > 0 && chance < 1)
                .findFirst()
                .ifPresent(chance -> answers.put(
                        receipt.id(),
                        new Answer(name, chance, receipt.plan().at().plus(receipt.duration()), null, false))));
    }

    /** Takes a score from 0 to 1; it takes the place of what a signal said of the same answer. */
    synchronized Feedback score(String receipt, double score) {
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("score is " + score + ", it must lie from 0 (bad) to 1 (good)");
        }
        Answer answer = answers.get(receipt);
        if (answer == null) {
            return Feedback.UNKNOWN;
        }
        if (answer.scored) {
            return Feedback.DUPLICATE;
        }
        Instant now = time.instant();
        if (Duration.between(answer.at, now).compareTo(OPEN_FOR) > 0) {
            return Feedback.LATE;
        }
        Belief belief = current(answer.candidate, now);
        Step step = answer.step;
        if (step != null) {
            belief = belief.stepped(-step.gradient, -step.information, -1, now);
        }
        beliefs.put(answer.candidate, belief.after(answer.predicted, score, now));
        answers.put(receipt, new Answer(answer.candidate, answer.predicted, answer.at, null, true));
        return Feedback.TAKEN;
    }

    /** Takes the first signal of an answer that has no score yet; another says nothing. */
    synchronized void signal(String receipt, Signal signal) {
        Answer answer = answers.get(receipt);
        if (answer == null || answer.scored || answer.step != null) {
            return;
        }
        Instant now = time.instant();
        Belief belief = current(answer.candidate, now);
        double expected = belief.appliedTo(answer.predicted);
        Step step = new Step(signal.gradient(expected), Signal.information(expected));
        beliefs.put(answer.candidate, belief.stepped(step.gradient, step.information, 1, now));
        answers.put(receipt, new Answer(answer.candidate, answer.predicted, answer.at, step, false));
    }

    /** Believes this of a candidate instead of what was believed before. */
    synchronized void replace(String candidate, Belief belief) {
        beliefs.put(candidate, belief);
    }

    /** What is believed, by candidate, as of now. */
    synchronized Map<String, Belief> all() {
        Instant now = time.instant();
        Map<String, Belief> faded = new TreeMap<>();
        beliefs.forEach((name, belief) -> faded.put(name, belief.faded(now, halfLife)));
        return faded;
    }

    /** The snapshot with what is believed of each candidate at its moment. */
    synchronized Snapshot on(Snapshot snapshot) {
        if (beliefs.isEmpty()) {
            return snapshot;
        }
        Standing[] believed = snapshot.standings().toArray(new Standing[0]);
        for (int i = 0; i < believed.length; i++) {
            Belief belief = beliefs.get(believed[i].name());
            if (belief != null) {
                believed[i] = believed[i].withBelief(belief.faded(snapshot.at(), halfLife));
            }
        }
        return snapshot.withStandings(List.of(believed));
    }

    private Belief current(String candidate, Instant now) {
        Belief belief = beliefs.get(candidate);
        return belief == null ? Belief.of(profiles.apply(candidate)) : belief.faded(now, halfLife);
    }

    /** Forgets the answer that was given longest ago. */
    private static final class Recent extends LinkedHashMap<String, Answer> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > RECEIPTS_REMEMBERED;
        }
    }
}
