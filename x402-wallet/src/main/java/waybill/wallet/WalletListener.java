package waybill.wallet;

/** Told of every change of a payment, denials included, on the thread that made it. What it throws is ignored. */
@FunctionalInterface
public interface WalletListener {
    /** Hears nothing. */
    WalletListener NONE = payment -> {};

    /** A payment has reached the state that {@code payment} shows. */
    void onChange(PaymentRecord payment);
}
