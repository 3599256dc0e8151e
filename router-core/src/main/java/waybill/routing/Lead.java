package waybill.routing;

/** Why the first choice of a plan is the first. */
public enum Lead {
    /** The ranker's first: worth most of those on the cost-quality hull, unless another ranker was given. */
    RANKED("ranked first"),
    /** It answered before in this round of tool calls, whose ids and signatures are its own. */
    TOOL_ROUND("stays for the tool round"),
    /** Nearly worth the most, and with less under way than the one that is. */
    LIGHTER_LOAD("nearly worth the most, with less under way"),
    /** Drawn to learn of it. */
    EXPLORATION("drawn to learn of it"),
    /** Everybody cools down, and its cool-down ends soonest. */
    LAST_RESORT("everybody cools down, it is free again soonest");

    private final String words;

    Lead(String words) {
        this.words = words;
    }

    /** The reason in words. */
    public String words() {
        return words;
    }

    /** Whether another V or T could have led elsewhere. */
    public boolean byWorth() {
        return this == RANKED;
    }
}
