package waybill.cli;

/** Makes the text of strangers fit for a terminal. */
final class Words {

    private Words() {}

    /** At most {@code length} characters, without control characters that could move the cursor or set colours. */
    static String printable(String text, int length) {
        String plain = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
        return plain.length() <= length ? plain : plain.substring(0, length) + "…";
    }
}
