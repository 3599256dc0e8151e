package waybill.wallet;

/** The body of an answer, as our own handler leaves it. */
sealed interface Reply<T> {
    /** For the caller. */
    record Answer<T>(T body) implements Reply<T> {}

    /** Not for the caller: a bill, or an answer that ends in an exception. Its body was read up to a bound and dropped. */
    record Withheld<T>() implements Reply<T> {}
}
