package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.SignInProof;
import waybill.x402.Version1;

/** What every transport promises, over real sockets. Each one runs the whole suite. */
abstract class TransportSuite {
    @TempDir
    Path folder;

    /** What a caller asks. */
    record Ask(String method, URI uri, Map<String, String> headers, byte @Nullable [] body) {
        static Ask get(URI uri) {
            return new Ask("GET", uri, Map.of(), null);
        }

        static Ask post(URI uri, byte[] body) {
            return new Ask("POST", uri, Map.of("Content-Type", "text/plain"), body);
        }

        Ask with(String name, String value) {
            return new Ask(method, uri, Map.of(name, value), body);
        }
    }

    /** What a caller is given. */
    interface Got extends AutoCloseable {
        int status();

        @Nullable
        String header(String name);

        InputStream body() throws Exception;

        default String text() throws Exception {
            return new String(body().readAllBytes(), StandardCharsets.UTF_8);
        }

        @Override
        void close() throws Exception;
    }

    /** A client that pays. */
    interface Client {
        Got send(Ask ask) throws Exception;
    }

    /** A call under way on another thread. */
    interface UnderWay {
        void cancel();
    }

    abstract Client paying(Wallet wallet);

    /** A client made wrongly; either this or its first call fails. */
    abstract Client followingRedirects(Wallet wallet);

    abstract UnderWay begin(Wallet wallet, URI uri);

    private Client client(Fixture fixture) {
        return paying(fixture.wallet);
    }

    private static PaymentException refusal(Client client, Ask ask) {
        Throwable thrown = catchThrowable(() -> {
            try (Got got = client.send(ask)) {
                got.text();
            }
        });
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof PaymentException refusal) {
                return refusal;
            }
        }
        throw new AssertionError("no PaymentException in the chain of", thrown);
    }

    @Test
    void pays_once_and_hands_on_only_the_answer() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "the answer");
                Fixture fixture = Fixture.open(folder, seller);
                Got got = client(fixture).send(Ask.get(seller.uri("/v1/thing?key=secret")))) {
            assertThat(got.status()).isEqualTo(200);
            assertThat(got.text()).isEqualTo("the answer");
            assertThat(got.header(Headers.PAYMENT_RESPONSE)).isNotNull();
            PaymentRecord line = fixture.only();
            assertThat(got.header(PayingHttpClient.PAYMENT_ID)).isEqualTo(line.id());
            assertThat(line.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(line.url()).endsWith("/v1/thing").doesNotContain("secret");
            assertThat(seller.requests()).hasSize(2);
            assertThat(seller.paidRequests().get(0).path()).isEqualTo("/v1/thing?key=secret");
        }
    }

    @Test
    void repeats_method_body_and_headers_and_keeps_its_own_header_to_itself() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            byte[] body = "a body of ünïcode".getBytes(StandardCharsets.UTF_8);
            Ask ask = new Ask(
                    "PUT",
                    seller.uri("/v1/chat"),
                    Map.of("X-Caller", "me", "Content-Type", "text/plain", "wAYBILL-iNTENT", "first"),
                    body);
            try (Got got = client(fixture).send(ask)) {
                assertThat(got.text()).isEqualTo("x");
            }
            assertThat(seller.requests()).hasSize(2).allSatisfy(sent -> {
                assertThat(sent.method()).isEqualTo("PUT");
                assertThat(sent.path()).isEqualTo("/v1/chat");
                assertThat(sent.body()).isEqualTo("a body of ünïcode");
                assertThat(sent.header("x-caller")).isEqualTo("me");
                assertThat(sent.header("content-type")).startsWith("text/plain");
                assertThat(sent.header(PayingHttpClient.INTENT)).isNull();
            });
        }
    }

    @Test
    void an_answer_that_asks_nothing_goes_through_and_cannot_name_a_payment() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> Response.of(404)
                        .header(PayingHttpClient.PAYMENT_ID, "forged")
                        .body("no such thing"));
                Fixture fixture = Fixture.open(folder, seller);
                Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
            assertThat(got.status()).isEqualTo(404);
            assertThat(got.text()).isEqualTo("no such thing");
            assertThat(got.header(PayingHttpClient.PAYMENT_ID)).isNull();
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void comes_back_by_signature_to_what_it_has_paid_for() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            seller.script(request -> {
                SignInProof proof = request.signedIn();
                if (proof != null) {
                    return Response.ok("again").header(PayingHttpClient.SIGNED_IN, "forged");
                }
                return request.paid()
                        ? settled(request, "sold").header(PayingHttpClient.SIGNED_IN, "forged")
                        : ScriptedSeller.billOrSignIn(request, "0.01", fixture.clock.instant());
            });
            Client client = client(fixture);
            try (Got first = client.send(Ask.get(seller.uri("/v1/thing?part=1")))) {
                assertThat(first.text()).isEqualTo("sold");
                assertThat(first.header(PayingHttpClient.SIGNED_IN)).isNull();
            }
            byte[] body = "a body".getBytes(StandardCharsets.UTF_8);
            try (Got second = client.send(Ask.post(seller.uri("/v1/thing?part=2"), body))) {
                assertThat(second.text()).isEqualTo("again");
                assertThat(second.header(PayingHttpClient.PAYMENT_ID)).isNull();
                assertThat(second.header(PayingHttpClient.SIGNED_IN))
                        .isEqualTo(fixture.only().id());
            }
            assertThat(seller.paidRequests()).hasSize(1);
            List<ScriptedSeller.Request> signedIn = seller.requests().stream()
                    .filter(request -> request.signedIn() != null)
                    .toList();
            assertThat(signedIn).hasSize(1);
            assertThat(signedIn.get(0).body()).isEqualTo("a body");
            SignInProof proof = Objects.requireNonNull(signedIn.get(0).signedIn());
            assertThat(proof.signedByAccount()).isTrue();
            assertThat(proof.message().account()).isEqualTo(fixture.wallet.address());
            assertThat(proof.message().domain()).isEqualTo(seller.host());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 402, 403})
    void a_sign_in_that_is_refused_is_followed_by_one_payment(int refusal) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            seller.script(request -> {
                if (request.paid()) {
                    return settled(request, "sold");
                }
                Response bill = ScriptedSeller.billOrSignIn(request, "0.02", fixture.clock.instant());
                return request.signedIn() == null || refusal == 402 ? bill : Response.of(refusal);
            });
            Client client = client(fixture);
            for (String call : List.of("first", "second")) {
                try (Got got = client.send(Ask.get(seller.uri("/v1/thing?call=" + call)))) {
                    assertThat(got.text()).as(call).isEqualTo("sold");
                    assertThat(got.header(PayingHttpClient.PAYMENT_ID)).isNotNull();
                    assertThat(got.header(PayingHttpClient.SIGNED_IN)).isNull();
                }
            }
            assertThat(seller.requests())
                    .extracting(request -> request.signedIn() != null)
                    .containsExactly(false, false, false, true, false);
            assertThat(seller.paidRequests()).hasSize(2);
            assertThat(fixture.wallet.payments(10)).hasSize(2).allSatisfy(line -> assertThat(line.state())
                    .isEqualTo(PaymentState.SETTLED));
        }
    }

    @Test
    void a_402_without_a_bill_comes_back_as_it_came() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> Response.of(402).body("pay by card"));
                Fixture fixture = Fixture.open(folder, seller);
                Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
            assertThat(got.status()).isEqualTo(402);
            assertThat(got.text()).isEqualTo("pay by card");
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void a_seller_of_version_1_is_paid_by_its_body_and_sent_the_same_payment_again() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        ScriptedSeller.Script sells = request -> {
            String header = request.header(Headers.V1_PAYMENT);
            if (header == null) {
                PaymentRequired bill = new PaymentRequired(
                        null,
                        new ResourceInfo("http://" + request.header("host") + "/", null, null),
                        List.of(ScriptedSeller.offer("0.01")),
                        Map.of());
                return Response.of(402)
                        .header("Content-Type", "application/json")
                        .body(Version1.body(bill).orElseThrow());
            }
            if (tries.getAndIncrement() == 0) {
                return Response.cut();
            }
            SchemePayload.Eip3009 paid =
                    (SchemePayload.Eip3009) Version1.payment(header).payload();
            return Response.ok("sold")
                    .header(
                            Headers.V1_PAYMENT_RESPONSE,
                            Version1.encode(SettlementResponse.settled(
                                    ScriptedSeller.TRANSACTION, ScriptedSeller.NETWORK, paid.payer())));
        };
        try (ScriptedSeller seller = ScriptedSeller.start(sells);
                Fixture fixture = Fixture.open(folder, seller)) {
            Ask ask = Ask.post(seller.uri("/"), new byte[] {1}); // which no client repeats by itself
            assertThat(refusal(client(fixture), ask).code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            try (Got got = client(fixture).send(ask)) {
                assertThat(got.text()).isEqualTo("sold");
            }
            List<String> headers = seller.requests().stream()
                    .map(request -> request.header(Headers.V1_PAYMENT))
                    .filter(Objects::nonNull)
                    .toList();
            assertThat(headers).hasSize(2);
            assertThat(headers.get(1)).isEqualTo(headers.get(0));
            SchemePayload.Eip3009 paid =
                    (SchemePayload.Eip3009) Version1.payment(headers.get(0)).payload();
            assertThat(paid.authorization().validAfter().longValueExact())
                    .isEqualTo(fixture.clock.instant().getEpochSecond() - 600);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
            assertThat(seller.paidRequests()).isEmpty(); // no header of version 2
        }
    }

    @Test
    void the_reason_of_a_seller_of_version_1_is_read_from_its_body() throws Exception {
        AtomicReference<String> error = new AtomicReference<>("insufficient_funds");
        ScriptedSeller.Script refuses = request -> {
            boolean paid = request.header(Headers.V1_PAYMENT) != null;
            PaymentRequired bill = new PaymentRequired(
                    paid ? error.get() : null,
                    new ResourceInfo("http://" + request.header("host") + "/", null, null),
                    List.of(ScriptedSeller.offer("0.01")),
                    Map.of());
            return Response.of(402)
                    .header("Content-Type", "application/json")
                    .body(
                            paid && error.get().isEmpty()
                                    ? "{\"no\":\"bill\"}"
                                    : Version1.body(bill).orElseThrow());
        };
        try (ScriptedSeller seller = ScriptedSeller.start(refuses);
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException refused = refusal(client(fixture), Ask.get(seller.uri("/a")));
            assertThat(refused.code()).isEqualTo(PaymentCode.PAYMENT_REJECTED);
            assertThat(refused).hasMessageContaining("insufficient_funds");

            error.set("pay by card, please"); // prose may hide a settlement
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/b"))).code())
                    .isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            error.set("");
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/c"))).code())
                    .isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 60_000, 70_000, 3_000_000})
    void a_402_of_json_that_is_no_bill_arrives_whole(int length) throws Exception {
        String body = length == 0 ? "" : "{\"error\":\"" + "x".repeat(length) + "\"}";
        try (ScriptedSeller seller = ScriptedSeller.start(request -> Response.of(402)
                        .header("Content-Type", "application/json")
                        .body(body));
                Fixture fixture = Fixture.open(folder, seller);
                Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
            assertThat(got.status()).isEqualTo(402);
            assertThat(got.text()).isEqualTo(body);
            assertThat(fixture.wallet.payments(1)).isEmpty();
        }
    }

    @Test
    void signs_nothing_for_a_request_that_carries_a_payment_already() throws Exception {
        for (String header : List.of(Headers.PAYMENT_SIGNATURE, Headers.V1_PAYMENT)) {
            try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, "0.01"));
                    Fixture fixture = Fixture.open(folder.resolve(header), seller);
                    Got got = client(fixture).send(Ask.get(seller.uri("/")).with(header, "somebody-else-s"))) {
                assertThat(got.status()).isEqualTo(402);
                assertThat(seller.requests()).hasSize(1);
                assertThat(fixture.wallet.payments(10)).isEmpty();
            }
        }
    }

    @Test
    void w8_an_endless_402_gets_one_signature_however_often_it_is_asked() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException first = refusal(client(fixture), Ask.get(seller.uri("/")));
            assertThat(first.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            for (int i = 0; i < 5; i++) {
                assertThat(refusal(client(fixture), Ask.get(seller.uri("/"))).paymentId())
                        .isEqualTo(first.paymentId());
            }
            assertThat(seller.signatures()).isEqualTo(1);
            assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
        }
    }

    @Test
    void a_lost_answer_is_held_and_the_same_request_sends_the_identical_payment() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException unknown = refusal(client(fixture), Ask.get(seller.uri("/")));
            assertThat(unknown.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
            seller.script(request -> request.paid() ? settled(request, "at last") : bill(request, "0.01"));

            try (Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                assertThat(got.text()).isEqualTo("at last");
            }
            assertThat(seller.paidRequests().stream()
                            .map(request -> request.header(Headers.PAYMENT_SIGNATURE))
                            .distinct())
                    .hasSize(1);
            assertThat(fixture.wallet.totals().settled()).containsExactly(usdc("0.01"));
        }
    }

    @Test
    void an_answer_that_breaks_off_after_settling_is_fetched_again_with_the_same_payment() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> request.paid() ? settled(request, "half").promising(1_000) : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/"))).code())
                    .isEqualTo(PaymentCode.ANSWER_LOST);
            seller.script(request -> request.paid() ? settled(request, "whole") : bill(request, "0.01"));
            try (Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                assertThat(got.text()).isEqualTo("whole");
            }
            assertThat(seller.signatures()).isEqualTo(1);
            assertThat(fixture.wallet.totals().settled()).containsExactly(usdc("0.01"));
        }
    }

    @Test
    void a_call_whose_answer_was_had_is_bought_anew_the_next_time() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            for (int i = 0; i < 2; i++) {
                try (Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                    assertThat(got.text()).isEqualTo("x");
                }
            }
            assertThat(seller.signatures()).isEqualTo(2);
        }
    }

    @Test
    void an_intent_marks_a_deliberate_repeat() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            for (String intent : List.of("one", "two", "two")) {
                refusal(client(fixture), Ask.get(seller.uri("/")).with(PayingHttpClient.INTENT, intent));
            }
            assertThat(seller.signatures()).isEqualTo(2);
        }
    }

    @Test
    void a_refusal_reaches_the_caller_with_its_code_and_nothing_is_signed() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("2.00", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException refusal = refusal(client(fixture), Ask.get(seller.uri("/")));
            assertThat(refusal.code()).isEqualTo(PaymentCode.PER_PAYMENT_CAP);
            assertThat(refusal.paymentId()).contains(fixture.only().id());
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_call_planned_at_a_price_is_not_bought_dearer_and_the_plan_is_not_sent() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            Ask planned = Ask.get(seller.uri("/")).with(PayingHttpClient.MAX_PRICE, "0.01");
            assertThat(refusal(client(fixture), planned).code()).isEqualTo(PaymentCode.QUOTE_DRIFT);
            assertThat(seller.requests()).hasSize(1);
            assertThat(seller.requests().get(0).header(PayingHttpClient.MAX_PRICE))
                    .isNull();
        }
    }

    @Test
    void w18_a_redirect_of_a_paid_request_is_not_followed() throws Exception {
        try (ScriptedSeller thief = ScriptedSeller.start(request -> Response.ok("thanks"));
                ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? Response.of(307).header("Location", thief.uri("/").toString())
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/"))).code())
                    .isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            assertThat(thief.requests()).isEmpty();
        }
    }

    @Test
    void w18_a_redirect_before_the_bill_is_handed_on_and_not_followed() throws Exception {
        for (int status : new int[] {301, 302, 303, 307, 308}) {
            try (ScriptedSeller inside = ScriptedSeller.start(request -> Response.ok("secret"));
                    ScriptedSeller seller = ScriptedSeller.start(request -> Response.of(status)
                            .header("Location", inside.uri("/latest/meta-data/").toString()));
                    Fixture fixture = Fixture.open(folder.resolve("r" + status), seller);
                    Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                assertThat(got.status()).isEqualTo(status);
                assertThat(inside.requests()).isEmpty();
            }
        }
    }

    @Test
    void a_client_that_follows_redirects_is_refused_before_anything_is_paid() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            Throwable thrown = catchThrowable(() -> {
                try (Got got = followingRedirects(fixture.wallet).send(Ask.get(seller.uri("/")))) {
                    got.text();
                }
            });
            assertThat(thrown).isNotNull();
            assertThat(thrown.toString() + thrown.getCause()).contains("redirect");
            assertThat(seller.paidRequests()).isEmpty();
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void a_body_too_long_to_repeat_is_refused_by_name_only_when_it_would_have_to_be_paid() throws Exception {
        byte[] long9 = new byte[9 * 1024 * 1024];
        try (ScriptedSeller seller = ScriptedSeller.start(request -> Response.ok("free"));
                Fixture fixture = Fixture.open(folder, seller)) {
            try (Got got = client(fixture).send(Ask.post(seller.uri("/"), long9))) {
                assertThat(got.text()).isEqualTo("free");
            }
            seller.script(sent -> bill(sent, "0.01"));
            assertThat(refusal(client(fixture), Ask.post(seller.uri("/"), long9))
                            .code())
                    .isEqualTo(PaymentCode.BODY_NOT_REPEATABLE);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void w16_a_bill_beyond_16_kib_is_refused_unread() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> Response.of(402).header(Headers.PAYMENT_REQUIRED, "A".repeat(16 * 1024 + 1)));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/"))).code())
                    .isEqualTo(PaymentCode.BILL_TOO_LARGE);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void w16_an_endless_body_behind_a_bill_does_not_hold_the_payment_up() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? settled(request, "x")
                        : bill(request, "0.01").body(new byte[64 * 1024]).endless());
                Fixture fixture = Fixture.open(folder, seller);
                Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
            assertThat(got.text()).isEqualTo("x");
        }
    }

    @Test
    void a_body_held_back_behind_a_bill_or_a_refusal_does_not_hold_the_caller_up() throws Exception {
        CountDownLatch paid = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch onTime = new CountDownLatch(2);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (!request.paid()) {
                        return bill(request, "0.01").then(() -> noteIfOpened(paid, onTime), "the end");
                    }
                    paid.countDown();
                    return Response.of(503).body("begin").then(() -> noteIfOpened(told, onTime), "the end");
                });
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/"))).code())
                    .isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            told.countDown();
            assertThat(onTime.await(60, TimeUnit.SECONDS))
                    .as("paid while the bill's body was held back, and told while the refusal's was")
                    .isTrue();
        }
    }

    private static void noteIfOpened(CountDownLatch latch, CountDownLatch onTime) {
        try {
            if (latch.await(60, TimeUnit.SECONDS)) {
                onTime.countDown();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void headers_that_are_none_leave_no_payment_without_an_end() throws Exception {
        for (String name : List.of("", "a b\u00e9", Headers.PAYMENT_RESPONSE + " ")) {
            try (ScriptedSeller seller = ScriptedSeller.start(request ->
                            request.paid() ? settled(request, "x").header(name, "boo") : bill(request, "0.01"));
                    Fixture fixture = Fixture.open(Files.createTempDirectory(folder, "name"), seller)) {
                String[] text = {""};
                Throwable refused = catchThrowable(() -> {
                    try (Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                        text[0] = got.text();
                    }
                });
                assertThat(refused == null).isEqualTo(text[0].equals("x"));
                assertThat(fixture.only().state())
                        .as("after the header '%s'", name)
                        .isEqualTo(text[0].equals("x") ? PaymentState.SETTLED : PaymentState.UNKNOWN);
            }
        }
    }

    @Test
    void w16_an_endless_answer_breaks_off() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> Response.ok("").body(new byte[64 * 1024]).endless());
                Fixture fixture = Fixture.open(folder, seller)) {
            Throwable thrown = catchThrowable(() -> {
                try (Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                    got.text();
                }
            });
            assertThat(thrown).isNotNull();
            assertThat(thrown.toString() + thrown.getCause()).contains("longer than the 5242880 bytes");
        }
    }

    @Test
    void w16_an_endless_paid_answer_is_lost_and_its_payment_counted_once() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? settled(request, "").body(new byte[64 * 1024]).endless()
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException lost = refusal(client(fixture), Ask.get(seller.uri("/")));
            assertThat(lost.code()).isEqualTo(PaymentCode.ANSWER_LOST);
            assertThat(lost).hasMessageContaining("longer than");
            assertThat(fixture.wallet.totals().settled()).containsExactly(usdc("0.01"));
        }
    }

    /** So many bytes; {@code readNBytes} then reads once more, and Okio waits for bytes even when none are wanted. */
    private static String begin(InputStream body, int length) throws Exception {
        byte[] begin = new byte[length];
        int had = 0;
        while (had < length) {
            int read = body.read(begin, had, length - had);
            assertThat(read).isPositive();
            had += read;
        }
        return new String(begin, StandardCharsets.UTF_8);
    }

    @Test
    void a_stream_is_settled_before_its_end_and_arrives_as_it_is_sent() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? settled(request, "first\n").then(() -> await(seen), "second\n")
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller);
                Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
            InputStream body = got.body();
            assertThat(begin(body, 6)).isEqualTo("first\n");
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
            seen.countDown();
            assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("second\n");
        }
    }

    @Test
    void an_error_with_a_settlement_comes_back_and_one_without_is_unknown() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? Response.of(500)
                                .header(
                                        Headers.PAYMENT_RESPONSE,
                                        waybill.x402.WireFormat.encode(ScriptedSeller.settlement(request)))
                                .body("broken")
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            try (Got got = client(fixture).send(Ask.get(seller.uri("/")))) {
                assertThat(got.status()).isEqualTo(500);
                assertThat(got.text()).isEqualTo("broken");
            }
            seller.script(request ->
                    request.paid() ? Response.of(503).body("later") : bill(null, "/", List.of(offer("0.01"))));
            assertThat(refusal(client(fixture), Ask.get(seller.uri("/other"))).code())
                    .isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
        }
    }

    @Test
    void a_cancelled_paid_call_is_unknown_and_held() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch noticed = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (request.paid()) {
                        inside.countDown();
                        never.await(60, TimeUnit.SECONDS);
                    }
                    return bill(request, "0.01");
                });
                Fixture fixture = Fixture.open(
                        folder,
                        Fixture.policy(seller),
                        builder -> builder.listener(payment -> {
                            if (payment.state() == PaymentState.UNKNOWN) {
                                noticed.countDown();
                            }
                        }))) {
            UnderWay call = begin(fixture.wallet, seller.uri("/"));
            assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
            call.cancel();
            assertThat(noticed.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
            never.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
