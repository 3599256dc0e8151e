package waybill.wallet.tools;

/** A model called a tool with arguments that are not those of its schema. The message says what to send instead. */
final class BadArgumentsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadArgumentsException(String message) {
        super(message, null, false, false);
    }
}
