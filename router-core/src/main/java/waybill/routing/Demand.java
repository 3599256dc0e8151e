package waybill.routing;

/** What one prompt demands of a model. Knows no model by name: it sees a profile and says how well it would do. */
@FunctionalInterface
public interface Demand {

    /** How well a model of this description would meet the demand. */
    Prediction metBy(Profile profile);

    /** The kind of task that the prompt resembles most, such as "mathematics"; empty where kinds are not told apart. */
    default String kind() {
        return "";
    }
}
