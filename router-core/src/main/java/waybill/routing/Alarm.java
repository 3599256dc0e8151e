package waybill.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts the thread that set it when the time is up, and only while it is set: an interrupt that comes from here
 * never outlives {@link #off()}.
 */
final class Alarm {

    private final Thread sleeper = Thread.currentThread();
    private final CompletableFuture<Boolean> due;
    private boolean on = true;
    private boolean rang;

    /** Rings after so many milliseconds, for the current thread. */
    Alarm(long millis) {
        this.due = new CompletableFuture<Boolean>().completeOnTimeout(true, millis, TimeUnit.MILLISECONDS);
        var unused = due.thenAccept(came -> {
            if (came) {
                ring();
            }
        });
    }

    private synchronized void ring() {
        if (on) {
            rang = true;
            sleeper.interrupt();
        }
    }

    /** Ends the alarm; true when it rang, and then the interrupt is taken back. Harmless when repeated. */
    boolean off() {
        due.complete(false);
        synchronized (this) {
            if (on && rang) {
                boolean unused = Thread.interrupted();
            }
            on = false;
            return rang;
        }
    }
}
