package waybill.wallet;

import java.io.IOException;

/** Stands in for the wallet's exception of this name, which the router knows by name alone. */
public final class PaymentException extends IOException {
    private static final long serialVersionUID = 1L;
    private final String code;

    public PaymentException(String code) {
        super(code + ": a payment");
        this.code = code;
    }

    /** As in the wallet: something whose text is the code. */
    public Object code() {
        return new StringBuilder(code);
    }
}
