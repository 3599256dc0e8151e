package waybill.routing;

import java.util.List;

/**
 * The lot that decided who came first in a plan, as a router that explores draws it for every call that may be explored.
 *
 * @param share the chance that one of {@code among} came first, above 0 and below 1
 * @param best who came first otherwise
 * @param among who might have come first instead, each equally likely
 */
public record Draw(double share, String best, List<String> among) {

    public Draw {
        among = List.copyOf(among);
        if (!(share > 0 && share < 1) || among.isEmpty() || among.contains(best)) {
            throw new IllegalArgumentException(
                    "a draw has a share between 0 and 1, and others than the best, not " + share + " and " + among);
        }
    }

    /** The chance that this candidate came first. */
    public double propensity(String candidate) {
        if (candidate.equals(best)) {
            return 1 - share;
        }
        return among.contains(candidate) ? share / among.size() : 0;
    }
}
