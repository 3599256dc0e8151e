package waybill.wallet;

/** What became of an attempt to reserve. Either way it is on disk. */
public sealed interface Reservation {
    /** The line that was written. */
    PaymentRecord payment();

    /**
     * The amount is held.
     *
     * @param payment in state RESERVED
     */
    record Held(PaymentRecord payment) implements Reservation {}

    /**
     * A limit said no.
     *
     * @param payment in state DENIED, with code and reason
     */
    record Refused(PaymentRecord payment) implements Reservation {}
}
