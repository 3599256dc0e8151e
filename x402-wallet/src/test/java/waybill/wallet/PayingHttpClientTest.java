package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.USDC;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;
import waybill.x402.Offer;
import waybill.x402.SchemePayload;
import waybill.x402.Signature;

/** What the paying client of the JDK sends and hands on; what every transport does is in {@link TransportSuite}. */
class PayingHttpClientTest {
    @TempDir
    Path folder;

    @Test
    void pays_a_bill_and_hands_on_only_the_answer() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "the answer");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpResponse<String> response = fixture.get(seller.uri("/v1/thing?key=secret"));

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("the answer");
            assertThat(response.headers().firstValue(Headers.PAYMENT_RESPONSE)).isPresent();
            PaymentRecord line = fixture.only();
            assertThat(response.headers().firstValue(PayingHttpClient.PAYMENT_ID))
                    .contains(line.id());
            assertThat(response.request().headers().map()).doesNotContainKey(Headers.PAYMENT_SIGNATURE);
            assertThat(line.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(line.confirmed()).isFalse();
            assertThat(line.amount()).isEqualTo(usdc("0.01"));
            assertThat(line.payTo()).isEqualTo(PAYEE);
            assertThat(line.transaction()).isEqualTo(ScriptedSeller.TRANSACTION);
            assertThat(line.host()).isEqualTo(seller.host());
            assertThat(line.url()).endsWith("/v1/thing").doesNotContain("secret");
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(usdc("0.01")), List.of()));
        }
    }

    @Test
    void signs_what_was_offered_and_nothing_more() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.get(seller.uri("/"));

            ScriptedSeller.Request paid = seller.paidRequests().get(0);
            SchemePayload.Eip3009 exact = paid.exact();
            assertThat(paid.payment().accepted()).isEqualTo(offer("0.01"));
            assertThat(Signature.parse(exact.signature())
                            .recover(exact.authorization().digest(USDC)))
                    .isEqualTo(fixture.wallet.address());
            assertThat(exact.authorization().to()).isEqualTo(PAYEE);
            assertThat(exact.authorization().value()).isEqualTo(10_000);
            assertThat(exact.authorization().validAfter()).isZero();
            assertThat(exact.authorization().validBefore())
                    .isEqualTo(fixture.clock.instant().getEpochSecond() + 120);
        }
    }

    @Test
    void an_authorisation_lasts_no_longer_than_the_seller_or_900_seconds_allow() throws Exception {
        for (long[] row : new long[][] {{30, 0, 30}, {300, 0, 120}, {300, 120, 180}, {315_360_000, 3_600, 900}}) {
            try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                            ? settled(request, "x")
                            : bill(request, List.of(Offer.exact(usdc("0.01"), PAYEE, (int) row[0]))));
                    Fixture fixture = Fixture.open(folder.resolve("v" + row[2]), seller)) {
                HttpRequest.Builder request = HttpRequest.newBuilder(seller.uri("/"));
                if (row[1] > 0) {
                    request.timeout(Duration.ofSeconds(row[1]));
                }
                fixture.client.send(request.build(), BodyHandlers.ofString());
                assertThat(seller.paidRequests().get(0).exact().authorization().validBefore())
                        .isEqualTo(fixture.clock.instant().getEpochSecond() + row[2]);
            }
        }
    }

    @Test
    void repeats_the_whole_request_with_its_body_and_headers() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = HttpRequest.newBuilder(seller.uri("/v1/chat"))
                    .header("X-Caller", "me")
                    .header(PayingHttpClient.INTENT, "first")
                    .POST(BodyPublishers.ofInputStream(
                            () -> new ByteArrayInputStream("hello".getBytes(StandardCharsets.UTF_8))))
                    .build();
            fixture.client.send(request, BodyHandlers.ofString());

            assertThat(seller.requests()).hasSize(2).allSatisfy(sent -> {
                assertThat(sent.method()).isEqualTo("POST");
                assertThat(sent.path()).isEqualTo("/v1/chat");
                assertThat(sent.body()).isEqualTo("hello");
                assertThat(sent.header("x-caller")).isEqualTo("me");
                assertThat(sent.header(PayingHttpClient.INTENT)).isNull();
            });
        }
    }

    @Test
    void a_request_that_needs_no_payment_goes_through_untouched() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> Response.of(404)
                        .header(PayingHttpClient.PAYMENT_ID, "forged")
                        .body("no such thing"));
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpResponse<String> response = fixture.get(seller.uri("/"));
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.body()).isEqualTo("no such thing");
            assertThat(response.headers().firstValue(PayingHttpClient.PAYMENT_ID))
                    .isEmpty();
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void a_stream_through_send_async_arrives_as_it_is_sent_and_is_paid_before_its_end() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? settled(request, "first\n").then(() -> await(seen), "second\n")
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpResponse<InputStream> response = fixture.client
                    .sendAsync(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofInputStream())
                    .get(60, TimeUnit.SECONDS);
            try (InputStream body = response.body()) {
                assertThat(new String(body.readNBytes(6), StandardCharsets.UTF_8))
                        .isEqualTo("first\n");
                assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
                seen.countDown();
                assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("second\n");
            }
            fixture.get(seller.uri("/other"));
            assertThat(fixture.wallet.payments(10)).hasSize(2);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_refusal_reaches_the_caller_of_send_async() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("2.00", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            CompletableFuture<HttpResponse<String>> call = fixture.client.sendAsync(
                    HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
            assertThatThrownBy(call::join)
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            PaymentException.class, e -> assertThat(e.code()).isEqualTo(PaymentCode.PER_PAYMENT_CAP));
        }
    }

    @Test
    void the_builder_makes_paying_clients() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpClient client = PayingHttpClient.builder(fixture.wallet)
                    .connectTimeout(Duration.ofSeconds(5))
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
            assertThat(client.connectTimeout()).contains(Duration.ofSeconds(5));
            assertThat(client.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
            assertThat(response.body()).isEqualTo("x");
        }
    }

    @Test
    void tags_of_a_client_stand_in_the_ledger() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.client
                    .tagged("agent", "analyst")
                    .tagged("model", "m1")
                    .send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
            assertThat(fixture.only().tags()).containsEntry("agent", "analyst").containsEntry("model", "m1");
        }
    }

    @Test
    void a_quote_names_price_and_payee_and_pays_nothing() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("2.50", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            Inquiry inquiry = fixture.client.inquire(
                    HttpRequest.newBuilder(seller.uri("/")).build());
            Quote quote = ((Inquiry.Priced) inquiry).quote();
            assertThat(quote.amount()).isEqualTo(usdc("2.50"));
            assertThat(quote.payTo()).isEqualTo(PAYEE);
            assertThat(quote.decision())
                    .isInstanceOfSatisfying(Decision.Denied.class, denied -> assertThat(denied.code())
                            .isEqualTo(PaymentCode.PER_PAYMENT_CAP));
            assertThat(seller.paidRequests()).isEmpty();
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }
}
