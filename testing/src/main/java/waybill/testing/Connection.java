package waybill.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.testing.Answer.Body.Completion;
import waybill.testing.Answer.Body.Raw;
import waybill.testing.Answer.Ending;

/**
 * One client connection of the scripted server: reads requests one after the other, and writes or breaks the answers. Owned
 * by a single thread. While it waits it reads, so that it notices at once when the client leaves.
 */
final class Connection {

    private static final int MAX_LINE = 512 * 1024;
    private static final int MAX_HEADERS = 200;
    private static final int MAX_BODY = 16 * 1024 * 1024;

    private final Socket socket;
    private final ScriptedModelServer server;

    Connection(Socket socket, ScriptedModelServer server) {
        this.socket = socket;
        this.server = server;
    }

    void serve() {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = new BufferedOutputStream(socket.getOutputStream());
            boolean goOn = true;
            while (goOn) {
                ModelRequest request = read(in, out);
                if (request == null) {
                    return;
                }
                goOn = new Exchange(request, in, out).run();
            }
        } catch (IOException gone) {
            closeQuietly(socket); // the client left or the server was closed; the request's outcome says which
        }
    }

    static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException alreadyGone) {
            // nothing is left to close
        }
    }

    private static @Nullable ModelRequest read(InputStream in, OutputStream out) throws IOException {
        String start = line(in);
        if (start == null) {
            return null;
        }
        String[] parts = start.split(" ", 3);
        if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
            throw new ProtocolException("Not an HTTP/1 request line.");
        }
        Map<String, String> headers = headers(in);
        if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
            out.flush();
        }
        return new ModelRequest(parts[0], parts[1], headers, body(in, headers));
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 0; i < MAX_HEADERS; i++) {
            String line = line(in);
            if (line == null) {
                throw new EOFException("Ended within the headers.");
            }
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new ProtocolException("A header line without a name.");
            }
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim(),
                    (first, second) -> first + ", " + second);
        }
        throw new ProtocolException("More than " + MAX_HEADERS + " headers.");
    }

    private static String body(InputStream in, Map<String, String> headers) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .contains("chunked")) {
            int size = chunkSize(in);
            while (size > 0) {
                copy(in, body, size);
                line(in);
                size = chunkSize(in);
            }
            line(in);
        } else {
            copy(in, body, number(headers.getOrDefault("content-length", "0"), 10));
        }
        return body.toString(UTF_8);
    }

    private static int chunkSize(InputStream in) throws IOException {
        String line = line(in);
        if (line == null) {
            throw new EOFException("Ended within a chunked body.");
        }
        int semicolon = line.indexOf(';');
        return number(semicolon < 0 ? line : line.substring(0, semicolon), 16);
    }

    private static void copy(InputStream in, ByteArrayOutputStream body, int size) throws IOException {
        if (body.size() + size > MAX_BODY) {
            throw new ProtocolException("A body over " + MAX_BODY + " bytes.");
        }
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("Ended within the body.");
        }
        body.write(bytes);
    }

    private static int number(String text, int radix) throws ProtocolException {
        try {
            int number = Integer.parseInt(text.trim(), radix);
            if (number < 0 || number > MAX_BODY) {
                throw new ProtocolException("A body over " + MAX_BODY + " bytes.");
            }
            return number;
        } catch (NumberFormatException e) {
            throw new ProtocolException("A length that is not a number.");
        }
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                String text = line.toString(ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() >= MAX_LINE) {
                throw new ProtocolException("A line over " + MAX_LINE + " bytes.");
            }
            line.write(b);
        }
        return null;
    }

    /** One request and its answer. */
    private final class Exchange {

        private final ModelRequest request;
        private final InputStream in;
        private final OutputStream out;

        Exchange(ModelRequest request, InputStream in, OutputStream out) {
            this.request = request;
            this.in = in;
            this.out = out;
        }

        /** Answers; returns whether the connection serves another request. */
        boolean run() throws IOException {
            server.received(request);
            try {
                boolean goOn = send(answer());
                request.ended(goOn ? Outcome.ANSWERED : Outcome.CUT_BY_SCRIPT);
                return goOn && !request.header("connection").orElse("").equalsIgnoreCase("close");
            } catch (IOException e) {
                request.ended(server.isListening() ? Outcome.CLIENT_LEFT : Outcome.SERVER_CLOSED);
                throw e;
            }
        }

        private Answer answer() {
            String path = request.path().split("\\?", 2)[0];
            if (path.equals("/v1/models")) {
                return request.method().equals("GET") ? models() : wrongMethod("GET");
            }
            if (!path.equals("/v1/chat/completions")) {
                return Answer.error(404, "invalid_request_error", "unknown_url", "Unknown request URL: " + path + ".");
            }
            if (!request.method().equals("POST")) {
                return wrongMethod("POST");
            }
            if (request.json().isEmpty()) {
                return Answer.error(400, "invalid_request_error", "invalid_json", "The body is not a JSON object.");
            }
            Optional<Script> script = server.scriptFor(request.model());
            if (script.isEmpty()) {
                String known = String.join(", ", server.models());
                return Answer.error(
                        404,
                        "invalid_request_error",
                        "model_not_found",
                        "The model '" + request.model() + "' does not exist; there are: " + known + ".");
            }
            try {
                return script.get().answer(request);
            } catch (RuntimeException e) {
                return Answer.error(500, "server_error", "script_failed", "The script failed: " + e.getMessage());
            }
        }

        private Answer models() {
            return Answer.raw(200, "application/json", Completions.models(server.models()));
        }

        private Answer wrongMethod(String allowed) {
            return Answer.error(
                            405,
                            "invalid_request_error",
                            "method_not_allowed",
                            "Not allowed to " + request.method() + " on " + request.path() + ".")
                    .header("Allow", allowed);
        }

        private boolean send(Answer answer) throws IOException {
            pauseUntil(System.nanoTime() + answer.latency().toNanos());
            if (answer.ending().beforeStatusLine()) {
                return breakOff(answer);
            }
            if (answer.body() instanceof Completion said) {
                Completions completions = new Completions(server.nextId(), request, said);
                return request.stream() ? stream(answer, completions) : whole(answer, completions.json());
            }
            return whole(answer, ((Raw) answer.body()).text());
        }

        private boolean whole(Answer answer, String text) throws IOException {
            byte[] bytes = text.getBytes(UTF_8);
            Ending ending = answer.ending();
            int sent = bytes.length;
            int announced = bytes.length;
            if (ending.how() != Ending.How.COMPLETE) {
                // a token is about four bytes; what matters is that the answer is begun and not whole
                sent = Math.max(1, Math.min(bytes.length - 1, bytes.length / 2 + 4 * ending.tokens()));
                announced = ending.how() == Ending.How.MALFORMED ? sent : bytes.length;
            }
            String type = answer.body() instanceof Raw raw ? raw.contentType() : "application/json";
            head(answer, type, "Content-Length: " + announced);
            out.write(bytes, 0, sent);
            out.flush();
            return switch (ending.how()) {
                case COMPLETE, MALFORMED -> true;
                case STALL, CUT, RESET -> breakOff(answer);
            };
        }

        private boolean stream(Answer answer, Completions completions) throws IOException {
            head(answer, "text/event-stream", "Transfer-Encoding: chunked");
            event(completions.opening());
            List<String> tokens = completions.tokens();
            Ending ending = answer.ending();
            boolean complete = ending.how() == Ending.How.COMPLETE;
            int sent = complete ? tokens.size() : Math.min(ending.tokens(), tokens.size());
            long start = System.nanoTime();
            for (int i = 0; i < sent; i++) {
                if (answer.tokensPerSecond() > 0) {
                    pauseUntil(start + (long) (i * 1e9 / answer.tokensPerSecond()));
                }
                event(tokens.get(i));
            }
            if (!complete) {
                return breakOff(answer);
            }
            for (String last : completions.closing()) {
                event(last);
            }
            chunk("");
            return true;
        }

        /** Ends the answer as the script says; the connection serves nothing more. */
        private boolean breakOff(Answer answer) throws IOException {
            server.await(answer.moment());
            switch (answer.ending().how()) {
                case STALL -> {
                    socket.setSoTimeout(0);
                    while (in.read() >= 0) {
                        // whatever the client still sends goes unanswered
                    }
                    throw new EOFException("The client left.");
                }
                case RESET -> socket.setSoLinger(true, 0);
                case MALFORMED -> event("{\"id\":\"chatcmpl-broken\",\"choices\":[{\"delta\":");
                case CUT, COMPLETE -> {}
            }
            socket.close();
            return false;
        }

        private void head(Answer answer, String contentType, String framing) throws IOException {
            StringBuilder head =
                    new StringBuilder("HTTP/1.1 ").append(answer.status()).append(" Scripted\r\n");
            head.append("Content-Type: ").append(contentType).append("\r\n");
            head.append(framing).append("\r\n");
            answer.headers()
                    .forEach((name, value) ->
                            head.append(name).append(": ").append(value).append("\r\n"));
            out.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        }

        private void event(String data) throws IOException {
            chunk("data: " + data + "\n\n");
        }

        private void chunk(String text) throws IOException {
            byte[] bytes = text.getBytes(UTF_8);
            out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1));
            out.write(bytes);
            out.write("\r\n".getBytes(ISO_8859_1));
            out.flush();
        }

        /** Waits by reading with a timeout: the end of the input means that the client left. */
        private void pauseUntil(long deadlineNanos) throws IOException {
            long millis = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
            if (millis <= 0) {
                return;
            }
            out.flush();
            socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
            in.mark(1);
            try {
                if (in.read() < 0) {
                    throw new EOFException("The client left.");
                }
                in.reset(); // the client sent its next request early; it is read when this one is answered
            } catch (SocketTimeoutException elapsed) {
                return;
            } finally {
                socket.setSoTimeout(0);
            }
        }
    }
}
