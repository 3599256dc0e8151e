package waybill.demo;

/** A part of the report that a model writes. The value of a good answer, in dollars, is what the router weighs. */
enum Part {
    HEADLINE("headline", "Headline", 0.002),
    MARKET("market", "Market", 0.01),
    POOL("pool", "Pool", 0.01),
    PLAYS("plays", "Three plays, one baseline", 0.10),
    RISK("risk", "Risk", 5.00),
    RATING("rating", "Rating", 0.02);

    private final String id;
    private final String title;
    private final double value;

    Part(String id, String title, double value) {
        this.id = id;
        this.title = title;
        this.value = value;
    }

    String id() {
        return id;
    }

    String title() {
        return title;
    }

    double value() {
        return value;
    }
}
