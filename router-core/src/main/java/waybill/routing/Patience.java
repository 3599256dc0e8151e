package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long one attempt may take. The time to connect is the HTTP client's to bound, which alone sees it.
 *
 * @param answer from start to the whole answer of a call that is not streamed; null for no limit of its own
 * @param firstContent from start to the first content of a stream; null for no limit
 * @param idle between two events of a stream after its first content; null for no limit
 * @param pace how fast a stream must begin before it is passed on; null for no guard
 */
record Patience(
        @Nullable Duration answer, @Nullable Duration firstContent, @Nullable Duration idle, @Nullable Pace pace) {

    /** No limits. */
    static final Patience ENDLESS = new Patience(null, null, null, null);

    /** What is left of it for a call that is answered in one piece. */
    Patience inOnePiece() {
        return new Patience(answer, null, null, null);
    }

    /** What is left of it for a stream. */
    Patience streamed() {
        return new Patience(null, firstContent, idle, pace);
    }

    /**
     * The guard against slow streams.
     *
     * @param characters content that must have come
     * @param within from the first content
     */
    record Pace(int characters, Duration within) {
        Pace {
            if (characters < 1 || within.isNegative() || within.isZero()) {
                throw new IllegalArgumentException("a pace is at least 1 character within a positive time, not "
                        + characters + " within " + within);
            }
        }
    }

    /** A limit that an attempt has come up against, or will. */
    record Limit(Instant at, String words) {
        @Nullable
        static Limit earlier(@Nullable Limit one, @Nullable Limit other) {
            if (one == null || other == null) {
                return one == null ? other : one;
            }
            return other.at.isBefore(one.at) ? other : one;
        }
    }
}
