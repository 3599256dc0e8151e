package waybill.routing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a driver tells the attempt machine. Events of an attempt that is no longer live are ignored. */
sealed interface Event {

    /** The attempt was handed to its candidate. */
    record Started(int attempt) implements Event {}

    /** Content has come and is held back until the stream has shown its pace. */
    record Trickled(int attempt) implements Event {}

    /** The first content of the attempt is passed on: from here on nobody else can take over. */
    record FirstContent(int attempt) implements Event {}

    /** The stream was last heard of at this instant. Sent before a timer, not for each token. */
    record Heard(int attempt, Instant at) implements Event {}

    /** The attempt answered; usage is null when the provider counted nothing. */
    record Answered(int attempt, @Nullable Usage usage) implements Event {}

    /** The attempt answered, and the answer did not pass the caller's check. */
    record Rejected(int attempt, String complaint, @Nullable Usage usage) implements Event {}

    /** The attempt failed. */
    record Failed(int attempt, Failure failure) implements Event {}

    /** An instant that the machine asked for has come. */
    record Timer() implements Event {}

    /** A place at this candidate has been handed to the call that queued for it. */
    record Seated(String candidate) implements Event {}

    /** The queue is full. */
    record NoRoom() implements Event {}

    /** The caller gave up. */
    record Cancelled(Throwable reason) implements Event {}
}
