package waybill.routing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a calibration found of one candidate: the most likely shift of its odds given the prediction and the scored
 * answers, and what that rests on. Immutable.
 *
 * @param candidate its name
 * @param belief the evidence, which never weighs more than the prompts that were scored
 * @param scored prompts that were answered and scored
 * @param unanswered prompts that nobody answered, which count for nothing
 * @param good sum of the scores
 * @param expected sum of the chances that were predicted
 */
public record Calibration(String candidate, Belief belief, int scored, int unanswered, double good, double expected) {

    /** Prompts that a calibration asks unless told otherwise. */
    public static final int PROMPTS = 100;

    private static final double INFORMATION_OF_ONE = 0.25;

    /** Whether the interval of the shift leaves out "as predicted". */
    public boolean differs() {
        return Math.abs(belief.shift()) > 1.96 * belief.deviation();
    }

    /** What was found and what it rests on, in one sentence with its interval. */
    public String statement() {
        double wide = 1.96 * belief.deviation();
        String text = String.format(
                Locale.ROOT,
                "%s: %.1f of %d answered well where %.1f were expected; odds x%.2f (95 %% from %.2f to %.2f), on evidence"
                        + " worth %.0f observations against a prediction worth %.0f; %s",
                candidate,
                good,
                scored,
                expected,
                StrictMath.exp(belief.shift()),
                StrictMath.exp(belief.shift() - wide),
                StrictMath.exp(belief.shift() + wide),
                belief.weight(),
                belief.prior(),
                differs() ? "it differs from the prediction" : "not enough to show a difference from the prediction");
        return unanswered == 0 ? text : text + "; " + unanswered + " prompts went unanswered and count for nothing";
    }

    @Override
    public String toString() {
        return statement();
    }

    /** A prompt with what is predicted of this candidate's answer to it. */
    private record Question(String prompt, double chance) {

        /** What its answer tells of the candidate; the most where good and bad are equally likely. */
        double information() {
            return chance * (1 - chance);
        }
    }

    static <M> Calibration of(
            Candidate<M> candidate, Predictor predictor, List<String> prompts, int most, Scorer<M> scorer, Instant at)
            throws InterruptedException {
        if (prompts.isEmpty() || most < 1) {
            throw new IllegalArgumentException("a calibration needs a prompt: " + prompts.size()
                    + " were given, and at most " + most + " may be asked");
        }
        List<Question> asked = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        int unanswered = 0;
        for (Question question : chosen(candidate.profile(), predictor, prompts, most)) {
            try {
                scores.add(valid(scorer.score(candidate, question.prompt)));
                asked.add(question);
            } catch (InvalidScoreException | InterruptedException e) {
                throw e;
            } catch (Exception e) {
                unanswered++;
            }
        }
        Belief prior = Belief.of(candidate.profile());
        double good = scores.stream().mapToDouble(Double::doubleValue).sum();
        double expected = asked.stream().mapToDouble(Question::chance).sum();
        Belief belief = mostLikely(prior.prior(), asked, scores, at);
        return new Calibration(candidate.name(), belief, asked.size(), unanswered, good, expected);
    }

    /**
     * The prompts that tell most, spread over the kinds of task: from each kind in turn the one whose answer is least
     * certain. A prompt that is given twice is asked once.
     */
    private static List<Question> chosen(Profile profile, Predictor predictor, List<String> prompts, int most) {
        Map<String, List<Question>> byKind = new TreeMap<>();
        for (String prompt : new LinkedHashSet<>(prompts)) {
            Demand demand = predictor.read(Features.of(prompt));
            byKind.computeIfAbsent(demand.kind(), kind -> new ArrayList<>())
                    .add(new Question(prompt, demand.metBy(profile).unmoved()));
        }
        byKind.values().forEach(list -> list.sort(Comparator.comparingDouble(q -> -q.information())));
        List<Question> chosen = new ArrayList<>();
        for (int rank = 0; chosen.size() < most; rank++) {
            int before = chosen.size();
            for (List<Question> list : byKind.values()) {
                if (rank < list.size() && chosen.size() < most) {
                    chosen.add(list.get(rank));
                }
            }
            if (chosen.size() == before) {
                break;
            }
        }
        return chosen;
    }

    /** Newton's method on the log posterior, which is concave; its weight is the information of the answers there. */
    private static Belief mostLikely(double prior, List<Question> asked, List<Double> scores, Instant at) {
        double shift = 0;
        double information = 0;
        for (int step = 0; step < 50; step++) {
            Belief here = new Belief(shift, 0, prior, 0, at);
            double gradient = -shift * prior * INFORMATION_OF_ONE;
            information = 0;
            for (int i = 0; i < asked.size(); i++) {
                double chance = here.appliedTo(asked.get(i).chance);
                gradient += scores.get(i) - chance;
                information += chance * (1 - chance);
            }
            double move = gradient / (prior * INFORMATION_OF_ONE + information);
            shift += Math.max(-1, Math.min(1, move));
            if (Math.abs(move) < 1e-12) {
                break;
            }
        }
        return new Belief(shift, information / INFORMATION_OF_ONE, prior, asked.size(), at);
    }

    private static double valid(double score) {
        if (!(score >= 0 && score <= 1)) {
            throw new InvalidScoreException("the scorer gave " + score + ", a score lies from 0 (bad) to 1 (good)");
        }
        return score;
    }

    /** A scorer's mistake, which must not pass for an unanswered prompt. */
    private static final class InvalidScoreException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        InvalidScoreException(String message) {
            super(message);
        }
    }
}
