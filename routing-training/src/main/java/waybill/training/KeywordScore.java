package waybill.training;

import waybill.routing.learned.Wording;

/**
 * The simple scores that a learned router has to beat: the length of the prompt, and a count of telling words as many
 * routers use it. Neither is learned.
 */
final class KeywordScore {

    /** The signal that counts characters, as a logarithm. */
    static final int LENGTH = 0;

    private static final double[] WEIGHTS = new double[Wording.SIGNALS];

    static {
        WEIGHTS[1] = 0.15; // words
        WEIGHTS[13] = 0.1; // marks of code
        WEIGHTS[14] = 0.25; // words of mathematics
        WEIGHTS[15] = 0.3; // words of reasoning
        WEIGHTS[16] = 0.2; // words of code
    }

    private KeywordScore() {}

    static double length(Example example) {
        return example.text().length();
    }

    static double keywords(Example example) {
        Wording wording = Wording.of(example.text());
        double score = 0;
        for (int s = 0; s < WEIGHTS.length; s++) {
            score += WEIGHTS[s] * wording.signal(s);
        }
        return score;
    }

    /** What one unit of a signal adds to the score of keywords. */
    static double weight(int signal) {
        return WEIGHTS[signal];
    }
}
