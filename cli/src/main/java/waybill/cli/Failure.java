package waybill.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with an {@linkplain Exit exit code} and one sentence for the person who ran it. */
final class Failure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exit;

    Failure(int exit, String message) {
        this(exit, message, null);
    }

    Failure(int exit, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exit = exit;
    }

    int exit() {
        return exit;
    }

    /** A failure of the wrong-input kind. */
    static Failure usage(String message) {
        return new Failure(Exit.USAGE, message);
    }
}
