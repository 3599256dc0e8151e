package waybill.facilitator;

import org.jspecify.annotations.Nullable;

/** A payment does not hold: a code of the protocol and a sentence. Not an error, so it carries no stack. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String sentence;

    Refused(String reason, String sentence) {
        super(reason, null, false, false);
        this.reason = reason;
        this.sentence = sentence;
    }

    String reason() {
        return reason;
    }

    String sentence() {
        return sentence;
    }

    @Override
    public @Nullable String getMessage() {
        return reason + ": " + sentence;
    }
}
