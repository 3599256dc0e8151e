package waybill.routing;

/**
 * Cheap signals of one text, read in one pass without regular expressions.
 *
 * <p>Lengths and tokens count the whole text. Words and cues are read from its first 24,000 and last 8,000 characters,
 * so that a very long prompt costs no more than a long one.
 *
 * @param characters length in UTF-16 units
 * @param tokens estimated tokens, see {@link TokenEstimate}
 * @param words runs of letters
 * @param lines lines, 0 for an empty text
 * @param digits decimal digits
 * @param symbols characters that are neither letters, digits nor white space
 * @param questions question marks
 * @param codeMarks characters and words that code uses and prose does not
 * @param reasoningCues words such as "prove", "why", "compare"
 * @param mathCues words such as "integral", "probability"
 * @param longCues words that ask for a long answer, such as "detailed"
 * @param shortCues words that ask for a short answer, such as "briefly"
 */
public record TextSignals(
        int characters,
        int tokens,
        int words,
        int lines,
        int digits,
        int symbols,
        int questions,
        int codeMarks,
        int reasoningCues,
        int mathCues,
        int longCues,
        int shortCues) {

    static final int HEAD = 24_000;
    static final int TAIL = 8_000;

    /** Signals of a prompt without text. */
    public static final TextSignals NONE = of("");

    /** Reads the text once. */
    public static TextSignals of(CharSequence text) {
        return of(text, TokenEstimate.of(text));
    }

    /** Reads a text whose tokens have been estimated already. */
    public static TextSignals of(CharSequence text, int tokens) {
        return new TextReader().read(text, tokens);
    }
}
