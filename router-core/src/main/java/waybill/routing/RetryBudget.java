package waybill.routing;

/**
 * How many attempts after the first all calls together may make, so that failures everywhere do not multiply the load.
 * An attempt at a candidate that has not failed for ten seconds is let through ahead of the budget and counted.
 *
 * @param share of the calls, kept for later for up to 100 attempts
 * @param perSecond besides, in each second, so that quiet applications can always retry
 */
public record RetryBudget(double share, int perSecond) {

    /** A fifth of the calls and ten a second, as in Twitter's Finagle. */
    public static final RetryBudget STANDARD = new RetryBudget(0.2, 10);

    /** No limit but the candidates. */
    public static final RetryBudget UNLIMITED = new RetryBudget(Double.POSITIVE_INFINITY, Integer.MAX_VALUE);

    public RetryBudget {
        if (!(share >= 0) || perSecond < 0) {
            throw new IllegalArgumentException(
                    "a retry budget is not negative: share " + share + ", " + perSecond + " a second");
        }
    }
}
