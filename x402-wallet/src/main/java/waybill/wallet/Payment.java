package waybill.wallet;

/** A signed payment on its way: the ledger's line and the header that goes with the request. */
final class Payment {
    private final PaymentRecord line;
    private final String header;

    Payment(PaymentRecord line, String header) {
        this.line = line;
        this.header = header;
    }

    PaymentRecord line() {
        return line;
    }

    String id() {
        return line.id();
    }

    String header() {
        return header;
    }

    /** Without the header, which opens the payment to whoever reads it. */
    @Override
    public String toString() {
        return "Payment[" + line.id() + "]";
    }
}
