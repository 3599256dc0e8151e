package waybill.demo;

/** Text made safe to stand in an HTML element, an attribute or an SVG. */
final class Html {
    private Html() {}

    /** Escapes what has a meaning in HTML and drops control characters other than line breaks. */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> {
                    if (c == '\n' || !hides(c)) {
                        safe.appendCodePoint(c);
                    }
                }
            }
        });
        return safe.toString();
    }

    /** Control characters, and the marks that turn or hide the text around them. */
    private static boolean hides(int c) {
        int kind = Character.getType(c);
        return kind == Character.CONTROL || kind == Character.FORMAT || kind == Character.SURROGATE;
    }
}
