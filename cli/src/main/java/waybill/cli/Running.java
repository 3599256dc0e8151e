package waybill.cli;

import java.util.concurrent.CountDownLatch;

/** Keeps something running until the person stops it. */
final class Running {

    private Running() {}

    /** Waits for Ctrl-C (or an interrupt of this thread), then closes {@code server}. */
    static void untilInterrupted(AutoCloseable server) throws Exception {
        Thread closing = new Thread(() -> closeQuietly(server), "waybill-closing");
        Runtime.getRuntime().addShutdownHook(closing);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException stopped) {
            Runtime.getRuntime().removeShutdownHook(closing);
            server.close();
        }
    }

    private static void closeQuietly(AutoCloseable server) {
        try {
            server.close();
        } catch (Exception e) {
            System.err.println("waybill: could not end cleanly: " + e.getMessage());
        }
    }
}
