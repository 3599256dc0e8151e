package waybill.routing;

import java.time.Instant;

/** What the attempt machine asks before it starts an attempt. The answers depend on the other calls under way. */
interface Admission {

    /** Lets everybody in. */
    Admission OPEN = new Admission() {
        @Override
        public Seat seat(String candidate, boolean lastResort, Instant now) {
            return Seat.TAKEN;
        }

        @Override
        public void giveBack(String candidate) {}

        @Override
        public boolean retry(String candidate, Instant now) {
            return true;
        }

        @Override
        public boolean hedge(Instant now) {
            return true;
        }
    };

    /** What became of the wish to use a candidate. */
    enum Seat {
        /** The attempt counts as in flight from now on. */
        TAKEN,
        /** As many attempts are in flight as may be. */
        FULL,
        /** It has failed lately, and another call is finding out whether it is well again. */
        PROBED
    }

    /** Takes a place at this candidate. A last resort does not wait for the time between probes. */
    Seat seat(String candidate, boolean lastResort, Instant now);

    /** The place was taken and nothing was started. */
    void giveBack(String candidate);

    /** Takes one more attempt for the same call out of the retry budget; false when the budget is spent. */
    boolean retry(String candidate, Instant now);

    /** Takes one hedge out of the hedging budget; false when it is spent. */
    boolean hedge(Instant now);
}
