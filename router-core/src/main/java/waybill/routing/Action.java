package waybill.routing;

import java.time.Instant;

/** What the attempt machine tells a driver to do. */
sealed interface Action {

    /** Hand the call to this candidate, as the numbered attempt. */
    record Start(int attempt, Choice choice) implements Action {}

    /** Abandon the numbered attempt and pass nothing of it on. */
    record Cancel(int attempt) implements Action {}

    /** Send a {@link Event.Timer} at this instant unless something else happens first. */
    record WaitUntil(Instant instant) implements Action {}

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
        /** The stream broke after it had been passed on in part. */
        BROKEN,
        OUT_OF_TIME,
        CANCELLED
    }
}
