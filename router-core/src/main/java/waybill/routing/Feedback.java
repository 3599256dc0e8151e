package waybill.routing;

/** What became of a score that was given for an answer. */
public enum Feedback {
    /** Taken; the next plan knows it. */
    TAKEN("taken; the next plan knows it"),
    /** This receipt has a score already, and the first one holds. */
    DUPLICATE("this receipt has a score already; the first one holds"),
    /** The answer is older than seven days. */
    LATE("the answer is older than seven days; what it says of the model may no longer hold"),
    /** No answer with this receipt is remembered: it is not this router's, failed, or was one of too many ago. */
    UNKNOWN(
            "no answer with this receipt is remembered: another router's, a call that failed, or more than 10000 answers"
                    + " ago");

    private final String words;

    Feedback(String words) {
        this.words = words;
    }

    /** Whether the score was taken. */
    public boolean taken() {
        return this == TAKEN;
    }

    /** The outcome in words. */
    public String words() {
        return words;
    }
}
