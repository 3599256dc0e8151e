package waybill.wallet;

import org.jspecify.annotations.Nullable;

/** The ledger cannot be opened, read or written, or does not add up. Until that is mended nothing is paid. */
public final class LedgerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A sentence that says what is wrong and what a person can do, and the failure underneath where there is one. */
    public LedgerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
