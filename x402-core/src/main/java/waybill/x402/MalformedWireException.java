package waybill.x402;

/** What arrived is not the protocol: too long, not base64, not JSON, a field missing or of the wrong kind. */
public class MalformedWireException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** A sentence that says what was expected and what came. */
    public MalformedWireException(String message) {
        super(message);
    }

    /** The same, with the failure underneath. */
    public MalformedWireException(String message, Throwable cause) {
        super(message, cause);
    }
}
