package waybill.wallet;

import org.jspecify.annotations.Nullable;

/** The body of an answer, as our own handler leaves it. */
sealed interface Reply<T> {
    /** For the caller. */
    record Answer<T>(T body) implements Reply<T> {}

    /**
     * Not for the caller: a bill, or an answer that ends in an exception.
     *
     * @param bill the body, where it is a bill of version 1; null when it was dropped
     */
    record Withheld<T>(@Nullable String bill) implements Reply<T> {}
}
