package waybill.routing;

import org.jspecify.annotations.Nullable;

/** What a driver tells the attempt machine. Events of an attempt that is no longer live are ignored. */
sealed interface Event {

    /** The attempt was handed to its candidate. */
    record Started(int attempt) implements Event {}

    /** The first content of the attempt was passed on: from here on nobody else can take over. */
    record FirstContent(int attempt) implements Event {}

    /** The attempt answered; usage is null when the provider counted nothing. */
    record Answered(int attempt, @Nullable Usage usage) implements Event {}

    /** The attempt failed. */
    record Failed(int attempt, Failure failure) implements Event {}

    /** An instant that the machine asked for has come. */
    record Timer() implements Event {}

    /** The caller gave up. */
    record Cancelled(Throwable reason) implements Event {}
}
