package waybill.routing;

import java.time.Instant;
import java.util.List;

/** What the attempt machine tells a driver to do. */
sealed interface Action {

    /** Hand the call to this candidate, as the numbered attempt. Its place is taken; the driver gives it back. */
    record Start(int attempt, Choice choice) implements Action {}

    /** Abandon the numbered attempt and pass nothing of it on. */
    record Cancel(int attempt) implements Action {}

    /** Send a {@link Event.Timer} at this instant unless something else happens first. */
    record WaitUntil(Instant instant) implements Action {}

    /** Queue for a place at any of these, and send {@link Event.Seated} or {@link Event.NoRoom}. */
    record Queue(List<String> candidates) implements Action {}

    /** The call is over. */
    record Finish(Ending ending) implements Action {}

    /** How a call ends. */
    enum Ending {
        ANSWERED,
        /** Nobody was eligible, or nobody could be afforded. */
        NOBODY,
        /** Every candidate was tried. */
        EXHAUSTED,
        /** The failure would have been the same elsewhere, or going on would have risked paying twice. */
        STOPPED,
        /** Others were left, and too many calls are being attempted again already. */
        OVER_BUDGET,
        /** Everybody who could serve is at the limit of attempts in flight, and so is the queue. */
        BUSY,
        /** The stream broke after it had been passed on in part. */
        BROKEN,
        OUT_OF_TIME,
        CANCELLED
    }
}
