package waybill.wallet.tools.mcp;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;

/**
 * MCP on two streams, one message a line. The SDK forgets what it is working on as soon as its input ends; here the end is
 * held back until every request has its answer, so that a payment under way is told. Thread-safe.
 */
public final class McpOverStdio implements AutoCloseable {
    private static final Duration AT_MOST = Duration.ofMinutes(3);

    private final CountDownLatch ended = new CountDownLatch(1);
    private Runnable stop = () -> {};
    private long asked;
    private long answered;

    McpOverStdio() {}

    void stopWith(Runnable action) {
        stop = action;
    }

    /** Waits until the client has closed its side and every request has its answer. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Stops serving; it does not close the streams. */
    @Override
    public void close() {
        stop.run();
    }

    private synchronized void asks(byte[] line) {
        try {
            var message = Json.parseObject(line, WalletMcp.MAX_MESSAGE_BYTES);
            if (message.get("id") != null && message.get("method") != null) {
                asked++;
            }
        } catch (MalformedWireException e) {
            // not a request: the SDK says so
        }
    }

    private synchronized void answers() {
        answered++;
        notifyAll();
    }

    private synchronized void awaitAnswers() {
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        try {
            for (long left = AT_MOST.toNanos(); answered < asked && left > 0; left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended.countDown();
    }

    InputStream hearing(InputStream in) {
        return new FilterInputStream(in) {
            private final ByteArrayOutputStream line = new ByteArrayOutputStream();

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                int count = in.read(into, from, length);
                for (int i = from; i < from + count; i++) {
                    if (into[i] == '\n') {
                        asks(line.toByteArray());
                        line.reset();
                    } else if (line.size() <= WalletMcp.MAX_MESSAGE_BYTES) {
                        line.write(into[i]);
                    }
                }
                if (count < 0) {
                    awaitAnswers();
                }
                return count;
            }
        };
    }

    OutputStream saying(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int b) throws IOException {
                out.write(b);
                if (b == '\n') {
                    out.flush();
                    answers();
                }
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length);
                for (int i = from; i < from + length; i++) {
                    if (bytes[i] == '\n') {
                        out.flush();
                        answers();
                    }
                }
            }

            @Override
            public void close() throws IOException {
                out.flush(); // the caller's to close
            }
        };
    }
}
