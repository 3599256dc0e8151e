package waybill.wallet;

import org.jspecify.annotations.Nullable;

/** A signer refused or failed, or a key cannot be opened. The message never holds a key or a passphrase. */
public final class SigningException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A sentence that says what was asked and what to change, and the failure underneath where it tells more. */
    public SigningException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
