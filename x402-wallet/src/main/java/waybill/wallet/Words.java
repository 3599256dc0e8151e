package waybill.wallet;

import org.jspecify.annotations.Nullable;

/** Makes the words of strangers fit for a message: cut, one line, no control or invisible characters. */
final class Words {
    private Words() {}

    static String cut(@Nullable String text, int max) {
        if (text == null) {
            return "";
        }
        StringBuilder out = new StringBuilder(Math.min(text.length(), max) + 1);
        text.codePoints().limit(max).forEach(c -> out.appendCodePoint(printable(c) ? c : '?'));
        return text.codePointCount(0, text.length()) > max ? out.append('…').toString() : out.toString();
    }

    private static boolean printable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
