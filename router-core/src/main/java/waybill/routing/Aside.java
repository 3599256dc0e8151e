package waybill.routing;

/** Why a choice only serves when others fail. */
public enum Aside {
    /** It competes for the first place. */
    NO("competes"),
    /** Others do better for the same money on a typical prompt, and it has no clear advantage on this one. */
    OFF_HULL("off the cost-quality hull, serves only when others fail"),
    /** It failed a moment ago; better than nobody once all others have failed too. */
    COOLING("cools down, serves only when all others fail");

    private final String words;

    Aside(String words) {
        this.words = words;
    }

    /** The reason in words. */
    public String words() {
        return words;
    }
}
