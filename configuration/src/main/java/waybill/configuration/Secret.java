package waybill.configuration;

/** A key or a passphrase on its way to where it is needed; shows nothing of itself. */
public final class Secret {

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /** The secret in this text, without white space around it. */
    public static Secret of(String text) {
        return new Secret(text.strip());
    }

    /** Whether nothing was given. */
    public boolean isBlank() {
        return value.isEmpty();
    }

    /** The secret itself. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return isBlank() ? "(none)" : "(hidden)";
    }
}
