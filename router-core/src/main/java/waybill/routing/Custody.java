package waybill.routing;

/**
 * What becomes of a prompt at a candidate's provider, as a contract or its terms say.
 *
 * @param region where it is processed, such as "eu"; compared letter by letter
 * @param stored whether it is stored beyond the answer
 * @param trainedOn whether models may be trained on it
 */
public record Custody(String region, boolean stored, boolean trainedOn) {

    public Custody {
        if (region.isBlank()) {
            throw new IllegalArgumentException("a custody names its region, such as \"eu\"");
        }
    }

    /** On one's own machines: neither stored nor trained on. */
    public static Custody own(String region) {
        return new Custody(region, false, false);
    }

    @Override
    public String toString() {
        return "in " + region + (stored ? ", stored" : ", not stored")
                + (trainedOn ? ", trained on" : ", not trained on");
    }
}
