package waybill.seller.spring;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.seller.Answer;
import waybill.seller.checkout.Checkout;

/**
 * A response that goes straight through, unless its handler is sold. Then what the handler writes is either held back until it
 * is paid, or, paid already, let go and copied. Status and headers are written through, for nothing of them leaves before the
 * first byte; what was there before the handler is remembered, to begin anew from it. One thread at a time.
 */
final class HeldResponse extends HttpServletResponseWrapper {
    private enum Mode {
        THROUGH,
        HELD,
        LIVE
    }

    private record Failure(int status, @Nullable String message) {}

    private Mode mode = Mode.THROUGH;
    private boolean lent;
    private int max;
    private Map<String, List<String>> before = Map.of();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLong;
    private boolean begun;
    private boolean gone;
    private @Nullable Failure failure;
    private @Nullable Stream stream;
    private @Nullable PrintWriter writer;

    HeldResponse(HttpServletResponse response) {
        super(response);
    }

    private HttpServletResponse beneath() {
        return (HttpServletResponse) getResponse();
    }

    /** Whether somebody has taken the response beneath, to write to it unpaid. */
    boolean lent() {
        return lent || super.isCommitted();
    }

    /** Holds back what is written from here on, at most {@code max} bytes. */
    void hold(int max) {
        this.max = max;
        this.before = headers();
        this.mode = Mode.HELD;
    }

    /** Lets go what is written from here on, and copies it, as long as it has at most {@code max} bytes. */
    void live(int max) {
        this.max = max;
        this.before = headers();
        this.mode = Mode.LIVE;
    }

    /** The answer as it stands, with the headers that the handler gave it. */
    Answer answer() {
        flushWriter();
        Map<String, String> given = new LinkedHashMap<>();
        headers().forEach((name, values) -> {
            if (Checkout.isOfEveryCopy(name) && !values.equals(before.get(name))) {
                given.put(name, String.join(", ", values));
            }
        });
        String type = getContentType();
        if (type != null) {
            given.put("Content-Type", type);
        }
        return new Answer(failure == null ? getStatus() : failure.status(), given, bytes.toByteArray());
    }

    /** Whether what is written is let go at once. */
    boolean isLive() {
        return mode == Mode.LIVE;
    }

    /** Whether more was written than may be held. */
    boolean tooLong() {
        return tooLong;
    }

    /** Whether anything has been let go. */
    boolean begun() {
        return begun;
    }

    /** Whether the reader has left. */
    boolean gone() {
        return gone;
    }

    /** Sends what was held, with these headers over it. */
    void release(Map<String, String> headers) throws IOException {
        flushWriter();
        mode = Mode.THROUGH;
        beneath().setHeader(Checkout.USE_HEADER, null);
        put(headers);
        Failure told = failure;
        if (told != null) {
            if (told.message() == null) {
                super.sendError(told.status());
            } else {
                super.sendError(told.status(), told.message());
            }
            return;
        }
        write(bytes.toByteArray());
    }

    /** Forgets what was held, and sends this. */
    void replace(Answer answer) throws IOException {
        boolean held = mode == Mode.HELD;
        mode = Mode.THROUGH;
        if (held) {
            super.reset();
            before.forEach((name, values) -> values.forEach(value -> super.addHeader(name, value)));
        }
        super.setStatus(answer.status());
        put(answer.headers());
        write(answer.body());
    }

    void put(Map<String, String> headers) {
        headers.forEach((name, value) -> {
            if (name.equalsIgnoreCase("Vary")) {
                super.addHeader(name, value);
            } else {
                super.setHeader(name, value);
            }
        });
    }

    private void write(byte[] body) throws IOException {
        super.setContentLengthLong(body.length);
        super.getOutputStream().write(body);
        super.flushBuffer();
    }

    private Map<String, List<String>> headers() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (String name : super.getHeaderNames()) {
            all.put(name, List.copyOf(new ArrayList<>(super.getHeaders(name))));
        }
        return all;
    }

    private void flushWriter() {
        if (writer != null) {
            writer.flush();
        }
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        if (mode == Mode.THROUGH) {
            lent = true;
            return super.getOutputStream();
        }
        if (stream == null) {
            stream = new Stream();
        }
        return stream;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        if (mode == Mode.THROUGH) {
            lent = true;
            return super.getWriter();
        }
        if (writer == null) {
            writer =
                    new PrintWriter(new OutputStreamWriter(getOutputStream(), Charset.forName(getCharacterEncoding())));
        }
        return writer;
    }

    @Override
    public boolean isCommitted() {
        return mode == Mode.HELD ? failure != null : super.isCommitted();
    }

    @Override
    public void flushBuffer() throws IOException {
        flushWriter();
        if (mode == Mode.THROUGH) {
            super.flushBuffer();
        } else {
            getOutputStream().flush();
        }
    }

    @Override
    public void reset() {
        if (mode == Mode.HELD) {
            bytes.reset();
            failure = null;
        }
        super.reset();
    }

    @Override
    public void resetBuffer() {
        if (mode == Mode.HELD) {
            bytes.reset();
        } else {
            super.resetBuffer();
        }
    }

    @Override
    public void sendError(int status) throws IOException {
        if (mode == Mode.HELD) {
            fail(status, null);
        } else {
            super.sendError(status);
        }
    }

    @Override
    public void sendError(int status, @Nullable String message) throws IOException {
        if (mode == Mode.HELD) {
            fail(status, message);
        } else {
            super.sendError(status, message);
        }
    }

    private void fail(int status, @Nullable String message) {
        flushWriter();
        bytes.reset();
        failure = new Failure(status, message);
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        sendRedirect(location, SC_FOUND, true);
    }

    @Override
    public void sendRedirect(String location, int status) throws IOException {
        sendRedirect(location, status, true);
    }

    @Override
    public void sendRedirect(String location, boolean clearBuffer) throws IOException {
        sendRedirect(location, SC_FOUND, clearBuffer);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
        if (mode != Mode.HELD) {
            super.sendRedirect(location, status, clearBuffer);
            return;
        }
        if (clearBuffer) {
            bytes.reset();
        }
        setStatus(status);
        setHeader("Location", location);
    }

    /** The length of what is held is known when it is let go. */
    private boolean isHeldLength(String name) {
        return mode == Mode.HELD && name.equalsIgnoreCase("Content-Length");
    }

    @Override
    public void setContentLength(int length) {
        if (mode != Mode.HELD) super.setContentLength(length);
    }

    @Override
    public void setContentLengthLong(long length) {
        if (mode != Mode.HELD) super.setContentLengthLong(length);
    }

    @Override
    public void setHeader(String name, @Nullable String value) {
        if (!isHeldLength(name)) super.setHeader(name, value);
    }

    @Override
    public void addHeader(String name, String value) {
        if (!isHeldLength(name)) super.addHeader(name, value);
    }

    @Override
    public void setIntHeader(String name, int value) {
        if (!isHeldLength(name)) super.setIntHeader(name, value);
    }

    @Override
    public void addIntHeader(String name, int value) {
        if (!isHeldLength(name)) super.addIntHeader(name, value);
    }

    /** Holds, or lets go and copies. A reader who has left does not stop the handler: what it bought is kept for it. */
    private final class Stream extends ServletOutputStream {

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            if (mode == Mode.THROUGH || failure != null) {
                return; // it has ended
            }
            if (length > max - bytes.size()) {
                tooLong = true;
                bytes.reset();
                max = 0;
            } else {
                bytes.write(from, offset, length);
            }
            if (mode == Mode.LIVE) {
                letGo(() -> HeldResponse.super.getOutputStream().write(from, offset, length));
            } else if (tooLong) {
                throw new IOException("the answer is longer than can be held back until it is paid: see max-answer");
            }
        }

        @Override
        public void flush() {
            if (mode == Mode.LIVE) {
                letGo(() -> HeldResponse.super.flushBuffer());
            }
        }

        private void letGo(Step step) {
            begun = true;
            if (gone) {
                return;
            }
            try {
                step.take();
            } catch (IOException e) {
                gone = true;
            }
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("an answer that is sold is written by blocking writes");
        }
    }

    private interface Step {
        void take() throws IOException;
    }
}
