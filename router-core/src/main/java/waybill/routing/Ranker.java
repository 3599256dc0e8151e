package waybill.routing;

import java.util.List;

/** Orders the eligible candidates, best first. A ranker never leaves one out, and is a pure function of its arguments. */
@FunctionalInterface
public interface Ranker {

    /** Ranks the eligible candidates of a snapshot for this call. */
    List<Choice> rank(Call call, Snapshot snapshot, List<Standing> eligible);

    /**
     * Orders by expected worth in dollars; ties keep the incumbent, then the likelier answer, then declaration order.
     * Who lies off the cost-quality hull never comes first.
     */
    static Ranker byWorth(Predictor predictor) {
        return new WorthRanker(predictor, false);
    }
}
