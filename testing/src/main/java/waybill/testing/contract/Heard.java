package waybill.testing.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import waybill.routing.Receipt;

/** Everything that the caller of one call is told, and in what order. Safe for use by many threads. */
public final class Heard {

    private final List<String> tokens = new ArrayList<>();
    private int endings;
    private boolean afterTheEnd;
    private boolean deaf;
    private boolean awaited;
    private boolean afterTheCancel;
    private @Nullable String answer;
    private @Nullable Receipt receipt;
    private @Nullable Throwable error;

    /**
     * The whole answer.
     *
     * @param text what the model said
     * @param receipt the router's; null when nothing says what happened
     */
    public record Answered(String text, @Nullable Receipt receipt) {}

    /** A part of the answer came. */
    public synchronized void token(String text) {
        if (text.isEmpty()) {
            return;
        }
        note();
        tokens.add(text);
        notifyAll();
    }

    /** The call ended with an answer. */
    public synchronized void answered(Answered whole) {
        note();
        endings++;
        answer = whole.text();
        receipt = whole.receipt();
        notifyAll();
    }

    /** The call ended without one. */
    public synchronized void failed(Throwable thrown) {
        note();
        endings++;
        error = thrown;
        notifyAll();
    }

    /** Runs a call that waits for its answer on a thread of its own. What is returned interrupts it. */
    public synchronized Runnable waiting(Callable<Answered> call) {
        awaited = true;
        Thread thread = new Thread(
                () -> {
                    try {
                        answered(call.call());
                    } catch (Exception thrown) {
                        failed(thrown);
                    }
                },
                "contract-caller");
        thread.setDaemon(true);
        thread.start();
        return thread::interrupt;
    }

    /** From now on nothing may come but, in ways that throw, the end. */
    synchronized void cancelled() {
        deaf = true;
    }

    /** Whether somebody waits for the call's end, and must be told of it even after a cancel. */
    synchronized boolean isAwaited() {
        return awaited;
    }

    private void note() {
        afterTheEnd |= endings > 0;
        afterTheCancel |= deaf;
    }

    /** Whether the call ended within so much real time. */
    synchronized boolean awaitEnd(Duration atMost) throws InterruptedException {
        return awaitThat(() -> endings > 0, atMost);
    }

    /** Whether so many parts came within so much real time. */
    synchronized boolean awaitTokens(int count, Duration atMost) throws InterruptedException {
        return awaitThat(() -> tokens.size() >= count, atMost);
    }

    private boolean awaitThat(BooleanSupplier that, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!that.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    synchronized String text() {
        return String.join("", tokens);
    }

    synchronized int endings() {
        return endings;
    }

    synchronized boolean heardAfterTheEnd() {
        return afterTheEnd;
    }

    synchronized boolean heardAfterTheCancel() {
        return afterTheCancel;
    }

    synchronized @Nullable String answer() {
        return answer;
    }

    synchronized @Nullable Receipt receipt() {
        return receipt;
    }

    synchronized @Nullable Throwable error() {
        return error;
    }
}
