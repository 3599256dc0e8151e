package waybill.wallet;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.SignIn;
import waybill.x402.SignInChallenge;
import waybill.x402.SignInProof;
import waybill.x402.WireFormat;

/** A seller on a real socket that answers as its script says, one connection per request, and keeps what it was sent. */
final class ScriptedSeller implements AutoCloseable {
    static final Network NETWORK = new Network(84532);
    static final Asset USDC = Assets.standard().find(NETWORK, "USDC").orElseThrow();
    static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    static final Address OTHER_PAYEE = Address.parse("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
    static final String TRANSACTION = "0x" + "ab".repeat(32);

    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "scripted-seller");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile Script script;

    interface Script {
        Response answer(Request request) throws Exception;
    }

    record Request(String method, String path, Map<String, List<String>> headers, String body) {
        @Nullable
        String header(String name) {
            List<String> values = headers.get(name);
            return values == null ? null : values.get(0);
        }

        @Nullable
        SignInProof signedIn() {
            String header = header(Headers.SIGN_IN_WITH_X);
            return header == null ? null : SignInProof.parse(header);
        }

        boolean paid() {
            return header(Headers.PAYMENT_SIGNATURE) != null;
        }

        PaymentPayload payment() {
            return WireFormat.paymentPayload(String.valueOf(header(Headers.PAYMENT_SIGNATURE)));
        }

        SchemePayload.Eip3009 exact() {
            return (SchemePayload.Eip3009) payment().payload();
        }
    }

    /** What goes back; a null status cuts the connection without a word. */
    static final class Response {
        private final int status;
        private final StringBuilder head = new StringBuilder();
        private byte[] body = new byte[0];
        private int promised = -1;
        private @Nullable Runnable between;
        private byte[] rest = new byte[0];
        private boolean endless;

        private Response(int status) {
            this.status = status;
        }

        static Response of(int status) {
            return new Response(status);
        }

        static Response ok(String body) {
            return of(200).body(body);
        }

        static Response cut() {
            return of(0);
        }

        Response header(String name, String value) {
            head.append(name).append(": ").append(value).append("\r\n");
            return this;
        }

        Response body(String text) {
            body = text.getBytes(StandardCharsets.UTF_8);
            return this;
        }

        Response body(byte[] bytes) {
            body = bytes;
            return this;
        }

        /** Sends the body again and again, without saying how long it will be, until the caller hangs up. */
        Response endless() {
            endless = true;
            return this;
        }

        /** Promises more bytes than follow, then cuts. */
        Response promising(int length) {
            promised = length;
            return this;
        }

        /** Sends the body so far, then runs, then sends {@code more}. */
        Response then(Runnable action, String more) {
            between = action;
            rest = more.getBytes(StandardCharsets.UTF_8);
            return this;
        }
    }

    private ScriptedSeller(ServerSocket socket, Script script) {
        this.socket = socket;
        this.script = script;
    }

    static ScriptedSeller start(Script script) throws IOException {
        ServerSocket socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        ScriptedSeller seller = new ScriptedSeller(socket, script);
        seller.threads.execute(seller::accept);
        return seller;
    }

    /** Asks {@code price} dollars for everything, and answers a payment with {@code answer}, settled. */
    static ScriptedSeller selling(String price, String answer) throws IOException {
        return start(request -> request.paid() ? settled(request, answer) : bill(request, price));
    }

    void script(Script next) {
        script = next;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
    }

    String host() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    List<Request> paidRequests() {
        return requests.stream().filter(Request::paid).toList();
    }

    long signatures() {
        return paidRequests().stream()
                .map(request -> request.exact().signature())
                .distinct()
                .count();
    }

    static Offer offer(String price) {
        return Offer.exact(Amount.parse(price, USDC), PAYEE, 300);
    }

    static Response bill(Request request, String price) {
        return bill(request, List.of(offer(price)));
    }

    static Response bill(Request request, List<Offer> offers) {
        return bill(null, "http://" + request.header("host") + request.path(), offers);
    }

    static Response bill(@Nullable String error, String resource, List<Offer> offers) {
        PaymentRequired bill =
                new PaymentRequired(error, new ResourceInfo(resource, "scripted", null), offers, Map.of());
        return Response.of(402)
                .header(Headers.PAYMENT_REQUIRED, WireFormat.encode(bill))
                .body("{}");
    }

    /** A bill that lets whoever paid before come back by signature. */
    static Response billOrSignIn(Request request, String price, Instant now) {
        URI uri = URI.create("http://" + request.header("host") + request.path());
        return bill(request, price, Map.of(SignInChallenge.KEY, challenge(uri.getAuthority(), uri, now)));
    }

    static Response bill(Request request, String price, Map<String, @Nullable Object> extensions) {
        ResourceInfo resource = new ResourceInfo("http://" + request.header("host") + request.path(), "scripted", null);
        PaymentRequired bill = new PaymentRequired(null, resource, List.of(offer(price)), extensions);
        return Response.of(402)
                .header(Headers.PAYMENT_REQUIRED, WireFormat.encode(bill))
                .body("{}");
    }

    static Map<String, @Nullable Object> challenge(String domain, URI uri, Instant issued) {
        SignIn message = new SignIn(
                domain,
                PAYEE,
                "Come back",
                uri.toString(),
                NETWORK,
                "abcdef1234567890",
                issued.toString(),
                null,
                null,
                null,
                List.of(uri.toString()));
        return SignInChallenge.declaration(message, List.of(NETWORK));
    }

    static Response settled(Request request, String answer) {
        return answered(answer, settlement(request));
    }

    static SettlementResponse settlement(Request request) {
        return SettlementResponse.settled(
                TRANSACTION, NETWORK, request.exact().authorization().from());
    }

    static Response answered(String answer, SettlementResponse settlement) {
        return Response.ok(answer).header(Headers.PAYMENT_RESPONSE, WireFormat.encode(settlement));
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                threads.execute(() -> serve(connection));
            } catch (SocketException e) {
                return; // closed
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            Request request = read(new BufferedInputStream(connection.getInputStream()));
            if (request == null) {
                return;
            }
            requests.add(request);
            write(connection.getOutputStream(), script.answer(request));
        } catch (Exception e) {
            // a caller that went away, or a script that throws: the connection is cut
        }
    }

    private static @Nullable Request read(InputStream in) throws IOException {
        String line = line(in);
        if (line.isEmpty()) {
            return null;
        }
        String[] start = line.split(" ");
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.computeIfAbsent(header.substring(0, colon), name -> new ArrayList<>())
                    .add(header.substring(colon + 1).strip());
        }
        List<String> length = headers.get("content-length");
        byte[] body = length == null ? chunked(in, headers) : in.readNBytes(Integer.parseInt(length.get(0)));
        return new Request(start[0], start[1], headers, new String(body, StandardCharsets.UTF_8));
    }

    private static byte[] chunked(InputStream in, Map<String, List<String>> headers) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (headers.containsKey("transfer-encoding")) {
            for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                body.write(in.readNBytes(size));
                line(in);
            }
        }
        return body.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static void write(OutputStream out, Response response) throws IOException {
        if (response.status == 0) {
            return;
        }
        int length = response.promised >= 0 ? response.promised : response.body.length + response.rest.length;
        String head = String.format(
                Locale.ROOT,
                "HTTP/1.1 %d Scripted\r\n%s%sConnection: close\r\n\r\n",
                response.status,
                response.head,
                response.endless ? "" : "Content-Length: " + length + "\r\n");
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        while (response.endless) {
            out.write(response.body); // until the connection breaks
        }
        out.write(response.body);
        out.flush();
        Runnable action = response.between;
        if (action != null) {
            action.run();
            out.write(response.rest);
            out.flush();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        threads.shutdownNow();
    }
}
