package waybill.x402;

/** The protocol's HTTP headers, version 2. Their names ignore letter case. */
public final class Headers {
    /** With a 402: the bill, a {@link PaymentRequired}. */
    public static final String PAYMENT_REQUIRED = "PAYMENT-REQUIRED";
    /** With the repeated request: the payment, a {@link PaymentPayload}. Secret until settled; never log it. */
    public static final String PAYMENT_SIGNATURE = "PAYMENT-SIGNATURE";
    /** With the answer: what became of the payment, a {@link SettlementResponse}. */
    public static final String PAYMENT_RESPONSE = "PAYMENT-RESPONSE";
    /** Version 1's payment header, known so that it can be refused in words. */
    public static final String V1_PAYMENT = "X-PAYMENT";

    private Headers() {}
}
