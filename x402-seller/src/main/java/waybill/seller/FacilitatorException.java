package waybill.seller;

/** A facilitator did not say what became of a payment, or cannot serve now. Thrown by a settle, the money may have moved. */
public class FacilitatorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A sentence for the seller's log; buyers never see it. */
    public FacilitatorException(String message) {
        super(message);
    }

    /** The same, with what failed underneath. */
    public FacilitatorException(String message, Throwable cause) {
        super(message, cause);
    }
}
