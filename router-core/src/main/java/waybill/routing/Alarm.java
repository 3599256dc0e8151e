package waybill.routing;

/**
 * Interrupts the thread that set it when the time is up, and only while it is set: an interrupt that comes from here
 * never outlives {@link #off()}.
 */
final class Alarm {

    private final Thread sleeper = Thread.currentThread();
    private final Runnable stop;
    private boolean on = true;
    private boolean rang;

    /** Rings after so many milliseconds, for the current thread. */
    Alarm(Timers timers, long millis) {
        this.stop = timers.after(millis, this::ring);
    }

    private synchronized void ring() {
        if (on) {
            rang = true;
            sleeper.interrupt();
        }
    }

    /** Ends the alarm; true when it rang, and then the interrupt is taken back. Harmless when repeated. */
    boolean off() {
        stop.run();
        synchronized (this) {
            if (on && rang) {
                boolean unused = Thread.interrupted();
            }
            on = false;
            return rang;
        }
    }
}
