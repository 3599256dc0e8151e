package waybill.routing;

/**
 * Says whether a candidate may serve a call. A rule only excludes; it never prefers. It must be a pure function of its
 * arguments, because plans are replayed. {@link Rules} has the built-in ones.
 */
@FunctionalInterface
public interface Rule {

    /** Judges one candidate. */
    Verdict check(Call call, Standing standing);
}
