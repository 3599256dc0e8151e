package waybill.cli;

import java.net.BindException;
import java.util.concurrent.Callable;

/** Starts what listens on a port. */
final class Servers {

    private Servers() {}

    /**
     * Starts a server on {@code port}.
     *
     * @throws Failure when the number is no port or the port is taken
     */
    static <T> T listening(String option, int port, Callable<T> start) throws Exception {
        if (port < 0 || port > 65_535) {
            throw Failure.usage("%s is %d; a port is 0 to 65535, and 0 takes a free one.".formatted(option, port));
        }
        try {
            return start.call();
        } catch (Exception e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    throw new Failure(
                            Exit.USAGE,
                            "port %d is in use; choose another with %s, or 0 for a free one.".formatted(port, option),
                            e);
                }
            }
            throw e;
        }
    }
}
