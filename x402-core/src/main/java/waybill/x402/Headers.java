package waybill.x402;

/** The protocol's HTTP headers. Their names ignore letter case. */
public final class Headers {
    /** With a 402: the bill, a {@link PaymentRequired}. */
    public static final String PAYMENT_REQUIRED = "PAYMENT-REQUIRED";
    /** With the repeated request: the payment, a {@link PaymentPayload}. Secret until settled; never log it. */
    public static final String PAYMENT_SIGNATURE = "PAYMENT-SIGNATURE";
    /** With the answer: what became of the payment, a {@link SettlementResponse}. */
    public static final String PAYMENT_RESPONSE = "PAYMENT-RESPONSE";
    /** Version 1's payment header; see {@link Version1}. Secret until settled; never log it. */
    public static final String V1_PAYMENT = "X-PAYMENT";
    /** Version 1's answer to a payment. */
    public static final String V1_PAYMENT_RESPONSE = "X-PAYMENT-RESPONSE";
    /** With a request: who is asking, a {@link SignInProof}. Opens what was paid for; never log it. */
    public static final String SIGN_IN_WITH_X = "SIGN-IN-WITH-X";
    /**
     * With a settlement asked of a facilitator, {@code kept}: the seller gives each payment out once, however often it asks, and
     * may be told again what became of it. Not of the protocol; who does not know it ignores it.
     */
    public static final String WAYBILL_CLAIMS = "Waybill-Claims";

    private Headers() {}
}
