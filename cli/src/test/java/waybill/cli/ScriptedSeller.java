package waybill.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Assets;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** A seller on loopback that does as it is told: sells, lies, asks again for ever, or cuts the line. It never settles. */
final class ScriptedSeller implements AutoCloseable {

    static final Address PAY_TO = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    /** What happens to a request that carries a payment. */
    interface Paid {
        void answer(HttpExchange exchange, PaymentPayload payment) throws IOException;
    }

    private final HttpServer server;
    private final List<String> signatures = new CopyOnWriteArrayList<>();

    private ScriptedSeller(String header, HttpHandler asks, HttpHandler paid) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            String payment = exchange.getRequestHeaders().getFirst(header);
            if (payment == null) {
                asks.handle(exchange);
            } else {
                signatures.add(payment);
                paid.handle(exchange);
            }
        });
        server.start();
    }

    /** Asks with {@code bill}, whatever it is, as the header PAYMENT-REQUIRED. */
    static ScriptedSeller asking(String bill, Paid paid) throws IOException {
        return new ScriptedSeller(
                Headers.PAYMENT_SIGNATURE,
                exchange -> {
                    exchange.getResponseHeaders().set(Headers.PAYMENT_REQUIRED, bill);
                    reply(exchange, 402, "{}");
                },
                exchange -> paid.answer(
                        exchange,
                        WireFormat.paymentPayload(exchange.getRequestHeaders().getFirst(Headers.PAYMENT_SIGNATURE))));
    }

    /** Asks in version 1 of the protocol with this body, and serves whatever payment comes. */
    static ScriptedSeller ofVersion1(String bill, String answer, SettlementResponse settled) throws IOException {
        return new ScriptedSeller(
                Headers.V1_PAYMENT,
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
                    reply(exchange, 402, bill);
                },
                exchange -> {
                    exchange.getResponseHeaders().set(Headers.V1_PAYMENT_RESPONSE, Version1.encode(settled));
                    reply(exchange, 200, answer);
                });
    }

    /** Asks for {@code price} of {@code asset}. */
    static ScriptedSeller asking(Amount price, Paid paid) throws IOException {
        return asking(bill(price), paid);
    }

    /** A seller that nobody should pay. */
    static ScriptedSeller unpaid(String bill) throws IOException {
        return asking(bill, (exchange, payment) -> reply(exchange, 500, "should not have been paid"));
    }

    /** A price on Base Sepolia, which the devnet stands in for. */
    static Amount usdc(String price) {
        return Amount.parse(
                price, Assets.standard().find(new Network(84532), "USDC").orElseThrow());
    }

    static String bill(Amount price) {
        return WireFormat.encode(new PaymentRequired(
                null, new ResourceInfo("/report", null, null), List.of(Offer.exact(price, PAY_TO, 60)), Map.of()));
    }

    /** Answers as a seller whose settlement went well, in its own words. */
    static Paid serves(int status, String body, String transaction) {
        return (exchange, payment) -> {
            SettlementResponse response = SettlementResponse.settled(
                    transaction, Network.parse(payment.accepted().network()), payer(payment));
            exchange.getResponseHeaders().set(Headers.PAYMENT_RESPONSE, WireFormat.encode(response));
            reply(exchange, status, body);
        };
    }

    static Address payer(PaymentPayload payment) {
        if (payment.payload() instanceof SchemePayload.Eip3009 signed) {
            return signed.authorization().from();
        }
        throw new IllegalArgumentException("not an EIP-3009 payment");
    }

    static void reply(HttpExchange exchange, int status, @Nullable String body) throws IOException {
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/report";
    }

    /** The payment headers it has received. */
    List<String> signatures() {
        return signatures;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
