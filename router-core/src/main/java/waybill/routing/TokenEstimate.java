package waybill.routing;

/**
 * Estimates how many tokens a text has, without a tokenizer.
 *
 * <p>Counts by kind of character: a Latin word costs one token and one more for every five letters beyond the first
 * six, digits go three to a token, symbols come one by one, other scripts about one and a half characters to a token.
 * It leans a little high, because a prompt that turns out not to fit costs a failed call. Where money is capped,
 * {@link #high(int)} adds a quarter on top.
 */
public final class TokenEstimate {

    private TokenEstimate() {}

    /** Estimated tokens of the text; 0 for an empty one. */
    public static int of(CharSequence text) {
        double tokens = 0;
        int letters = 0;
        int digits = 0;
        for (int i = 0, length = text.length(); i < length; i++) {
            char c = text.charAt(i);
            if (isLatin(c)) {
                letters++;
                continue;
            }
            if (letters > 0) {
                tokens += word(letters);
                letters = 0;
            }
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == '\n') {
                tokens += 0.5;
            } else if (c > 0x7f && !Character.isWhitespace(c)) {
                tokens += 0.67;
            } else if (c > ' ') {
                tokens += 0.75;
            }
        }
        tokens += word(letters) + digits / 3.0;
        return (int) Math.min(Integer.MAX_VALUE, Math.ceil(tokens));
    }

    /** The estimate with a quarter on top: what a cap on money counts. */
    public static int high(int tokens) {
        return (int) Math.min(Integer.MAX_VALUE, tokens + (tokens + 3L) / 4);
    }

    private static boolean isLatin(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0x24f);
    }

    private static double word(int letters) {
        if (letters == 0) {
            return 0;
        }
        return letters <= 6 ? 1 : 1 + (letters - 6) / 5.0;
    }
}
