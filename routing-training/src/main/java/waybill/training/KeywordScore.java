package waybill.training;

import waybill.routing.learned.Wording;

/**
 * The simple scores that a learned router has to beat: the length of the prompt, and a count of telling words as many
 * routers use it. Neither is learned.
 */
final class KeywordScore {

    private static final int CODE_MARKS = 13;
    private static final int MATH = 14;
    private static final int REASON = 15;
    private static final int CODE = 16;
    private static final int WORDS = 1;

    private KeywordScore() {}

    static double length(Example example) {
        return example.text().length();
    }

    static double keywords(Example example) {
        Wording wording = Wording.of(example.text());
        return 0.3 * wording.signal(REASON)
                + 0.25 * wording.signal(MATH)
                + 0.2 * wording.signal(CODE)
                + 0.1 * wording.signal(CODE_MARKS)
                + 0.15 * wording.signal(WORDS);
    }
}
