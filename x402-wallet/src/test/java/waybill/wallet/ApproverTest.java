package waybill.wallet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usd;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A yes is a person's, for one payment; everything else is no. */
class ApproverTest {
    private static final Seal SEAL = Seal.from(new byte[] {1, 2, 3});
    private static final Seal ANOTHER = Seal.from(new byte[] {3, 2, 1});
    private static final byte[] SECRET = "a shared secret of 29 bytes..".getBytes(UTF_8);

    @TempDir
    private Path folder;

    private Path questions() {
        return folder.resolve("questions");
    }

    private Fixture asking(ScriptedSeller seller, PaymentApprover approver) {
        Policy policy = Fixture.policy(seller).approvalAbove(usd("0.01"), Duration.ofMinutes(1));
        return Fixture.open(folder, policy, builder -> builder.approver(approver));
    }

    private PaymentApprover queue() {
        return ApprovalQueue.in(questions(), SEAL, Duration.ofMinutes(1), Clock.systemUTC());
    }

    /** Waits, without polling, until a question lies in the folder. */
    private ApprovalQueue.Open question() throws Exception {
        try (WatchService watch = folder.getFileSystem().newWatchService()) {
            OwnerOnly.createFolder(questions());
            questions().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            while (true) {
                List<ApprovalQueue.Open> open = ApprovalQueue.open(questions());
                if (!open.isEmpty()) {
                    return open.get(0);
                }
                var key = watch.poll(60, TimeUnit.SECONDS);
                assertThat(key).as("a question within 60 s").isNotNull();
                key.pollEvents();
                key.reset();
            }
        }
    }

    private CompletableFuture<String> buying(Fixture fixture, ScriptedSeller seller) {
        return fixture.client
                .sendAsync(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString())
                .thenApply(answer -> answer.body());
    }

    private static PaymentCode refusal(CompletableFuture<String> buying) {
        Throwable failure = catchThrowableOfType(Exception.class, () -> buying.get(60, TimeUnit.SECONDS))
                .getCause();
        return ((PaymentException) failure).code();
    }

    @Test
    void a_sealed_yes_from_another_terminal_pays_and_the_question_is_gone() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.05", "bought");
                Fixture fixture = asking(seller, queue())) {
            CompletableFuture<String> buying = buying(fixture, seller);
            ApprovalQueue.Open question = question();
            assertThat(question.field("amount")).isEqualTo("0.05 USDC");
            assertThat(question.field("payTo")).isEqualTo(ScriptedSeller.PAYEE.toString());
            assertThat(fixture.only().state()).isEqualTo(PaymentState.AWAITING_APPROVAL);
            assertThat(fixture.only().id()).isEqualTo(question.paymentId());
            ApprovalQueue.approve(questions(), question, SEAL);
            assertThat(buying.get(60, TimeUnit.SECONDS)).isEqualTo("bought");
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
            try (var left = Files.list(questions())) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void a_no_refuses() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.05", "x");
                Fixture fixture = asking(seller, queue())) {
            CompletableFuture<String> buying = buying(fixture, seller);
            ApprovalQueue.refuse(questions(), question());
            assertThat(refusal(buying)).isEqualTo(PaymentCode.APPROVAL_DENIED);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"another seal", "another text", "plain words"})
    void a_yes_without_the_passphrase_or_for_another_payment_is_a_no(String forgery) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.05", "x");
                Fixture fixture = asking(seller, queue())) {
            CompletableFuture<String> buying = buying(fixture, seller);
            ApprovalQueue.Open question = question();
            switch (forgery) {
                case "another seal" -> ApprovalQueue.approve(questions(), question, ANOTHER);
                case "another text" ->
                    ApprovalQueue.approve(
                            questions(),
                            new ApprovalQueue.Open(
                                    question.paymentId(), question.text().replace("0.05", "0.01")),
                            SEAL);
                default -> Files.writeString(questions().resolve(question.paymentId() + ".answer"), "yes");
            }
            assertThat(refusal(buying)).isEqualTo(PaymentCode.APPROVAL_DENIED);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_seal_is_good_for_one_purpose_and_one_text() {
        byte[] text = "limits".getBytes(UTF_8);
        String seal = SEAL.on("policy", text);
        assertThat(SEAL.isOn("policy", text, seal)).isTrue();
        assertThat(SEAL.isOn("approve", text, seal)).isFalse();
        assertThat(SEAL.isOn("policy", "limits!".getBytes(UTF_8), seal)).isFalse();
        assertThat(ANOTHER.isOn("policy", text, seal)).isFalse();
        assertThat(SEAL.on("a", "bc".getBytes(UTF_8))).isNotEqualTo(SEAL.on("ab", "c".getBytes(UTF_8)));
        assertThat(SEAL).hasToString("Seal[redacted]");
    }

    private static String hmac(String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
    }

    /** A person's address that says what {@code answer} makes of the question's seal. */
    private static HttpServer person(AtomicReference<String> asked, UnaryOperator<String> body, boolean sealed)
            throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String question = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String seal = exchange.getRequestHeaders().getFirst(HttpApprover.SIGNATURE);
            asked.set(question + "\n" + seal);
            String answer = body.apply(question);
            try {
                exchange.getResponseHeaders()
                        .add(HttpApprover.SIGNATURE, sealed ? hmac(seal + "." + answer) : hmac(answer));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            exchange.sendResponseHeaders(200, answer.getBytes(UTF_8).length);
            exchange.getResponseBody().write(answer.getBytes(UTF_8));
            exchange.close();
        });
        server.start();
        return server;
    }

    private static HttpApprover at(HttpServer server) {
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/approve");
        return new HttpApprover(url, SECRET, Duration.ofMinutes(1), Clock.systemUTC());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"approved\":true}  | true  | yes",
                "{\"approved\":true}  | false | no",
                "{\"approved\":false} | true  | no",
                "{\"approved\":\"true\"} | true | no",
                "yes | true | no",
            })
    void only_a_sealed_true_over_http_is_a_yes(String answer, boolean sealed, String expected) throws Exception {
        AtomicReference<String> asked = new AtomicReference<>("");
        HttpServer person = person(asked, question -> answer, sealed);
        try (ScriptedSeller seller = ScriptedSeller.selling("0.05", "bought");
                Fixture fixture = asking(seller, at(person))) {
            CompletableFuture<String> buying = buying(fixture, seller);
            if (expected.equals("yes")) {
                assertThat(buying.get(60, TimeUnit.SECONDS)).isEqualTo("bought");
            } else {
                assertThat(refusal(buying)).isEqualTo(PaymentCode.APPROVAL_DENIED);
                assertThat(seller.paidRequests()).isEmpty();
            }
            String[] question = asked.get().split("\n", 2);
            assertThat(question[0]).contains("\"amount\":\"0.05 USDC\"").contains("\"payTo\"");
            assertThat(question[1]).isEqualTo(hmac(question[0]));
        } finally {
            person.stop(0);
        }
    }

    @Test
    void nobody_is_asked_in_the_clear_or_with_a_short_secret() {
        Duration minute = Duration.ofMinutes(1);
        assertThatThrownBy(
                        () -> new HttpApprover(URI.create("http://example.com/a"), SECRET, minute, Clock.systemUTC()))
                .hasMessageContaining("https");
        assertThatThrownBy(() ->
                        new HttpApprover(URI.create("https://example.com/a"), new byte[15], minute, Clock.systemUTC()))
                .hasMessageContaining("16");
    }

    @ParameterizedTest
    @CsvSource({"yes, true", "' yes ', true", "y, false", "Yes, false", "'', false", ", false"})
    void at_the_terminal_only_yes_is_a_yes(String typed, boolean pays) throws Exception {
        AtomicReference<String> shown = new AtomicReference<>("");
        PaymentApprover console = ConsoleApprover.asking(question -> {
            shown.set(question);
            return typed;
        });
        try (ScriptedSeller seller = ScriptedSeller.selling("0.05", "bought");
                Fixture fixture = asking(seller, console)) {
            CompletableFuture<String> buying = buying(fixture, seller);
            if (pays) {
                assertThat(buying.get(60, TimeUnit.SECONDS)).isEqualTo("bought");
            } else {
                assertThat(refusal(buying)).isEqualTo(PaymentCode.APPROVAL_DENIED);
            }
            assertThat(shown.get()).contains("Pay 0.05 USDC on eip155:84532 to " + ScriptedSeller.PAYEE);
        }
    }
}
