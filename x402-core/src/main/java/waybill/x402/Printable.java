package waybill.x402;

/** Makes text of strangers fit for an error message: cut, and without control characters. */
final class Printable {
    private Printable() {}

    static String cut(String text, int max) {
        String head = text.length() <= max ? text : text.substring(0, max) + "… (" + text.length() + " characters)";
        StringBuilder out = new StringBuilder(head.length());
        head.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
