package waybill.seller;

/** The claim store cannot be read or written. Nothing is sold until it can. */
public class ClaimStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A sentence that says what was tried. */
    public ClaimStoreException(String message) {
        super(message);
    }

    /** The same, with what failed underneath. */
    public ClaimStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
