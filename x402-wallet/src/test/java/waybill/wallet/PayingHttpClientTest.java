package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.OTHER_PAYEE;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.USDC;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Amount;
import waybill.x402.Headers;
import waybill.x402.Offer;
import waybill.x402.SchemePayload;
import waybill.x402.Signature;

class PayingHttpClientTest {
    @TempDir
    Path folder;

    private static PaymentException refusal(Fixture fixture, URI uri) {
        PaymentException refusal = catchThrowableOfType(PaymentException.class, () -> fixture.get(uri));
        assertThat(refusal).as("a refusal").isNotNull();
        return refusal;
    }

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
    void a_402_without_a_bill_comes_back_as_it_came() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> Response.of(402).body("pay by card"));
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpResponse<String> response = fixture.get(seller.uri("/"));
            assertThat(response.statusCode()).isEqualTo(402);
            assertThat(response.body()).isEqualTo("pay by card");
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void does_not_sign_for_a_request_that_carries_a_payment_already() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = HttpRequest.newBuilder(seller.uri("/"))
                    .header(Headers.PAYMENT_SIGNATURE, "somebody-else-s")
                    .build();
            assertThat(fixture.client.send(request, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(402);
            assertThat(seller.requests()).hasSize(1);
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void an_endless_402_gets_one_signature() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException first = refusal(fixture, seller.uri("/"));
            assertThat(first.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            for (int i = 0; i < 5; i++) {
                assertThat(refusal(fixture, seller.uri("/")).paymentId()).isEqualTo(first.paymentId());
            }
            assertThat(seller.signatures()).isEqualTo(1);
            assertThat(seller.paidRequests()).hasSize(6);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
            assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
        }
    }

    @Test
    void a_rejection_with_a_reason_is_told_and_stays_held() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? bill("insufficient_funds", "http://127.0.0.1/", List.of(offer("0.01")))
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException refusal = refusal(fixture, seller.uri("/"));
            assertThat(refusal.code()).isEqualTo(PaymentCode.PAYMENT_REJECTED);
            assertThat(refusal).hasMessageContaining("insufficient_funds");
            assertThat(fixture.only().state()).isEqualTo(PaymentState.REJECTED);
            assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
        }
    }

    @Test
    void a_connection_cut_after_the_payment_is_unknown_and_held() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException refusal = refusal(fixture, seller.uri("/"));
            assertThat(refusal.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            assertThat(refusal.paymentId()).contains(fixture.only().id());
            assertThat(refusal.getCause()).isInstanceOf(IOException.class);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(), List.of(usdc("0.01"))));
        }
    }

    @Test
    void the_same_request_again_sends_the_identical_payment() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            refusal(fixture, seller.uri("/"));
            seller.script(request -> request.paid() ? settled(request, "at last") : bill(request, "0.01"));

            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("at last");

            List<String> sent = seller.paidRequests().stream()
                    .map(request -> request.header(Headers.PAYMENT_SIGNATURE))
                    .distinct()
                    .toList();
            assertThat(sent).hasSize(1);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
            assertThat(fixture.wallet.totals().settled()).containsExactly(usdc("0.01"));
        }
    }

    @Test
    void the_same_request_is_refused_once_the_payment_can_no_longer_be_sent() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException unknown = refusal(fixture, seller.uri("/"));
            fixture.clock.move(Duration.ofSeconds(121));
            seller.script(request -> request.paid() ? settled(request, "paid anew") : bill(request, "0.01"));

            PaymentException duplicate = refusal(fixture, seller.uri("/"));
            assertThat(duplicate.code()).isEqualTo(PaymentCode.DUPLICATE_PAYMENT);
            assertThat(duplicate).hasMessageContaining(unknown.paymentId().orElseThrow());

            fixture.wallet.release(unknown.paymentId().orElseThrow());
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("paid anew");
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(usdc("0.01")), List.of()));
        }
    }

    @Test
    void a_payment_is_not_released_while_it_can_be_collected() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            String id = refusal(fixture, seller.uri("/")).paymentId().orElseThrow();
            assertThatThrownBy(() -> fixture.wallet.release(id))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("can be collected until");
        }
    }

    @Test
    void an_intent_marks_a_deliberate_repeat() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            for (String intent : List.of("one", "two", "two")) {
                HttpRequest request = HttpRequest.newBuilder(seller.uri("/"))
                        .header(PayingHttpClient.INTENT, intent)
                        .build();
                assertThatThrownBy(() -> fixture.client.send(request, BodyHandlers.ofString()))
                        .isInstanceOf(PaymentException.class);
            }
            assertThat(seller.signatures()).isEqualTo(2);
            assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.02"));
        }
    }

    @Test
    void another_body_is_another_call() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            for (String body : List.of("a", "b")) {
                fixture.client.send(
                        HttpRequest.newBuilder(seller.uri("/"))
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
            }
            fixture.get(seller.uri("/"));
            fixture.get(seller.uri("/")); // answered whole before: a new call
            assertThat(seller.signatures()).isEqualTo(4);
            assertThat(fixture.wallet.totals().settled()).containsExactly(usdc("0.04"));
        }
    }

    @Test
    void an_answer_cut_after_settlement_is_had_by_the_same_payment() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request ->
                        request.paid() ? settled(request, "half of").promising(1_000) : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException lost = refusal(fixture, seller.uri("/"));
            assertThat(lost.code()).isEqualTo(PaymentCode.ANSWER_LOST);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);

            seller.script(request -> request.paid() ? settled(request, "whole") : bill(request, "0.01"));
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("whole");
            assertThat(seller.signatures()).isEqualTo(1);
            assertThat(fixture.wallet.totals().settled()).containsExactly(usdc("0.01"));

            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("whole");
            assertThat(seller.signatures()).isEqualTo(2); // a new call, after the answer was had
        }
    }

    @Test
    void thirty_answers_lost_in_three_ways_are_paid_once_each() throws Exception {
        loseAnswers(30);
    }

    @Test
    @Tag("slow")
    void three_hundred_answers_lost_in_three_ways_are_paid_once_each() throws Exception {
        loseAnswers(300);
    }

    /** The seller settles and then drops the connection: before its status, after its headers, or within its body. */
    private void loseAnswers(int calls) throws Exception {
        Map<String, Integer> settled = new ConcurrentHashMap<>();
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (!request.paid()) {
                        return bill(request, "0.01");
                    }
                    String nonce = request.exact().authorization().nonce().toString();
                    boolean again = settled.merge(nonce, 1, Integer::sum) > 1;
                    if (again) {
                        return settled(request, "whole");
                    }
                    return switch (settled.size() % 3) {
                        case 0 -> Response.cut();
                        case 1 -> settled(request, "").promising(100);
                        default -> settled(request, "half of").promising(100);
                    };
                });
                Fixture fixture = Fixture.open(folder, seller)) {
            for (int i = 0; i < calls; i++) {
                URI uri = seller.uri("/" + i);
                String first = wholeOrLost(fixture, uri);
                assertThat(first == null ? fixture.get(uri).body() : first).isEqualTo("whole");
            }
            assertThat(settled).as("payments that the seller settled").hasSize(calls);
            assertThat(settled.values()).as("how often each was shown").containsOnly(2);
            List<PaymentRecord> payments = fixture.wallet.payments(calls + 1);
            assertThat(payments).hasSize(calls).allMatch(payment -> payment.state() == PaymentState.SETTLED);
            assertThat(fixture.wallet.totals().held()).isEmpty();
            assertThat(fixture.ledger.verify().findings()).isEmpty();
        }
    }

    /** Null when the answer was lost; the JDK's client may have asked again by itself, with the same payment. */
    private static @Nullable String wholeOrLost(Fixture fixture, URI uri) throws Exception {
        try {
            return fixture.get(uri).body();
        } catch (IOException e) {
            return null;
        }
    }

    @Test
    void the_same_call_at_the_same_time_is_refused() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (request.paid()) {
                        inside.countDown();
                        release.await(10, TimeUnit.SECONDS);
                        return settled(request, "x");
                    }
                    return bill(request, "0.01");
                });
                Fixture fixture = Fixture.open(folder, seller)) {
            CompletableFuture<HttpResponse<String>> first = fixture.client.sendAsync(
                    HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
            inside.await(10, TimeUnit.SECONDS);
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.DUPLICATE_PAYMENT);
            release.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS).body()).isEqualTo("x");
            assertThat(seller.signatures()).isEqualTo(1);
        }
    }

    @Test
    void one_hundred_calls_at_once_are_paid_once_each() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            List<CompletableFuture<HttpResponse<String>>> calls = IntStream.range(0, 100)
                    .mapToObj(i -> fixture.client.sendAsync(
                            HttpRequest.newBuilder(seller.uri("/" + i)).build(), BodyHandlers.ofString()))
                    .toList();
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            }
            assertThat(seller.signatures()).isEqualTo(100);
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(usdc("1.00")), List.of()));
            assertThat(fixture.ledger.verify().findings()).isEmpty();
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
                    .get(10, TimeUnit.SECONDS);
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
            latch.await(10, TimeUnit.SECONDS);
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
    void a_cancelled_paid_call_is_unknown_and_held() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch noticed = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (request.paid()) {
                        inside.countDown();
                        never.await(10, TimeUnit.SECONDS);
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
            CompletableFuture<HttpResponse<String>> call = fixture.client.sendAsync(
                    HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
            inside.await(10, TimeUnit.SECONDS);
            call.cancel(true);
            assertThat(noticed.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
            never.countDown();
        }
    }

    @Test
    void a_paid_call_that_times_out_is_unknown_and_held() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (request.paid()) {
                        never.await(10, TimeUnit.SECONDS);
                    }
                    return bill(request, "0.01");
                });
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = HttpRequest.newBuilder(seller.uri("/"))
                    .timeout(Duration.ofMillis(700))
                    .build();
            PaymentException unknown = catchThrowableOfType(
                    PaymentException.class, () -> fixture.client.send(request, BodyHandlers.ofString()));
            assertThat(unknown.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
            never.countDown();
        }
    }

    @Test
    void a_paid_answer_that_is_an_error_comes_back_with_its_receipt() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? Response.of(500)
                                .header(
                                        Headers.PAYMENT_RESPONSE,
                                        waybill.x402.WireFormat.encode(ScriptedSeller.settlement(request)))
                                .body("broken")
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpResponse<String> response = fixture.get(seller.uri("/"));
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).isEqualTo("broken");
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
        }
    }

    @Test
    void an_error_without_a_settlement_response_is_unknown() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> request.paid() ? Response.of(503).body("later") : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException unknown = refusal(fixture, seller.uri("/"));
            assertThat(unknown.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            assertThat(unknown).hasMessageContaining("503");
            assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
        }
    }

    @Test
    void refuses_a_bill_that_cannot_be_read() throws Exception {
        for (String bill : List.of("%%%", "bm90IGpzb24=", "", "e30=")) {
            try (ScriptedSeller seller =
                            ScriptedSeller.start(request -> Response.of(402).header(Headers.PAYMENT_REQUIRED, bill));
                    Fixture fixture = Fixture.open(folder.resolve("b" + bill.length()), seller)) {
                assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.BILL_MALFORMED);
                assertThat(fixture.only().state()).isEqualTo(PaymentState.DENIED);
                assertThat(seller.paidRequests()).isEmpty();
            }
        }
    }

    @Test
    void refuses_two_bills_in_one_answer() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> bill(request, "0.01").header(Headers.PAYMENT_REQUIRED, "bm90IGpzb24="));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.BILL_MALFORMED);
        }
    }

    @Test
    void refuses_a_bill_of_100_kilobytes_and_one_beyond_what_the_jdk_reads() throws Exception {
        for (int size : new int[] {100_000, 1_000_000}) {
            try (ScriptedSeller seller = ScriptedSeller.start(
                            request -> Response.of(402).header(Headers.PAYMENT_REQUIRED, "A".repeat(size)));
                    Fixture fixture = Fixture.open(folder.resolve("s" + size), seller)) {
                assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.BILL_TOO_LARGE);
                CompletableFuture<HttpResponse<String>> call = fixture.client.sendAsync(
                        HttpRequest.newBuilder(seller.uri("/async")).build(), BodyHandlers.ofString());
                assertThatThrownBy(call::join).cause().isInstanceOfSatisfying(PaymentException.class, e -> assertThat(
                                e.code())
                        .isEqualTo(PaymentCode.BILL_TOO_LARGE));
                assertThat(seller.paidRequests()).isEmpty();
            }
        }
    }

    @Test
    void refuses_a_price_above_the_policy_and_says_what_lifts_it() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("1.000001", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            PaymentException refusal = refusal(fixture, seller.uri("/"));
            assertThat(refusal.code()).isEqualTo(PaymentCode.PER_PAYMENT_CAP);
            assertThat(refusal)
                    .hasMessageContaining("$1.000001")
                    .hasMessageContaining("$1.00")
                    .hasMessageContaining("waybill.wallet.per-payment");
            assertThat(seller.paidRequests()).isEmpty();
            assertThat(fixture.only().state()).isEqualTo(PaymentState.DENIED);
            assertThat(fixture.only().code()).isEqualTo(PaymentCode.PER_PAYMENT_CAP);
        }
    }

    @Test
    void refuses_a_body_that_is_too_long_to_repeat_only_when_it_would_have_to_be_paid() throws Exception {
        byte[] long9 = new byte[9 * 1024 * 1024];
        try (ScriptedSeller seller = ScriptedSeller.start(request -> Response.ok("free"));
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = HttpRequest.newBuilder(seller.uri("/"))
                    .POST(BodyPublishers.ofByteArray(long9))
                    .build();
            assertThat(fixture.client.send(request, BodyHandlers.ofString()).body())
                    .isEqualTo("free");

            seller.script(sent -> bill(sent, "0.01"));
            assertThatThrownBy(() -> fixture.client.send(request, BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(PaymentException.class, e -> assertThat(e.code())
                            .isEqualTo(PaymentCode.BODY_NOT_REPEATABLE));
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void refuses_a_delegate_that_follows_redirects() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpClient following = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();
            assertThatThrownBy(() -> PayingHttpClient.over(following, fixture.wallet))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("redirects");
            assertThatThrownBy(() -> PayingHttpClient.builder(fixture.wallet)
                            .followRedirects(HttpClient.Redirect.ALWAYS)
                            .build())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void a_redirect_of_a_paid_request_is_not_followed() throws Exception {
        try (ScriptedSeller thief = ScriptedSeller.start(request -> Response.ok("thanks"));
                ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? Response.of(307).header("Location", thief.uri("/").toString())
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            assertThat(thief.requests()).isEmpty();
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

    @Test
    void takes_the_cheapest_offer_that_it_understands_and_the_same_offer_once() throws Exception {
        Offer foreign =
                new Offer("exact", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "1", "x", "y", 60, java.util.Map.of());
        Offer upto = new Offer(
                "upto", "eip155:84532", "1", USDC.address().toString(), PAYEE.toString(), 60, java.util.Map.of());
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? settled(request, "x")
                        : bill(request, List.of(foreign, upto, offer("0.03"), offer("0.02"), offer("0.02"))));
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.get(seller.uri("/"));
            assertThat(fixture.only().amount()).isEqualTo(usdc("0.02"));
        }
    }

    @Test
    void refuses_two_payees_for_the_same_price() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> bill(request, List.of(offer("0.02"), Offer.exact(usdc("0.02"), OTHER_PAYEE, 300))));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.OFFER_AMBIGUOUS);
        }
    }

    @Test
    void refuses_a_payee_that_is_not_the_one_paid_before() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.get(seller.uri("/"));
            seller.script(request -> bill(request, List.of(Offer.exact(usdc("0.01"), OTHER_PAYEE, 300))));
            PaymentException refusal = refusal(fixture, seller.uri("/"));
            assertThat(refusal.code()).isEqualTo(PaymentCode.PAYEE_CHANGED);
            assertThat(refusal).hasMessageContaining(PAYEE.toString()).hasMessageContaining(OTHER_PAYEE.toString());
            assertThat(seller.signatures()).isEqualTo(1);
        }
    }

    @Test
    void a_first_payment_is_held_to_a_lower_cap_until_a_person_names_the_payee() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.60", "x");
                Fixture fixture = Fixture.open(folder.resolve("1"), seller);
                Fixture named = Fixture.open(
                        folder.resolve("2"), Policy.defaults().allowPayee(seller.host(), PAYEE), builder -> builder)) {
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.PAYEE_NOT_ALLOWED);
            assertThat(named.get(seller.uri("/")).body()).isEqualTo("x");
        }
    }

    @Test
    void refuses_a_bill_for_another_host() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> bill(null, "https://other.example/x", List.of(offer("0.01"))));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.RESOURCE_MISMATCH);
        }
    }

    @Test
    void a_frozen_wallet_signs_nothing_and_sends_nothing_again() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            refusal(fixture, seller.uri("/before"));
            int sent = seller.paidRequests().size(); // the JDK itself may send the same bytes twice
            fixture.wallet.freeze("looks odd");
            assertThat(refusal(fixture, seller.uri("/new")).code()).isEqualTo(PaymentCode.KILL_SWITCH);
            refusal(fixture, seller.uri("/before"));
            assertThat(seller.paidRequests()).hasSize(sent);
            fixture.wallet.unfreeze();
            refusal(fixture, seller.uri("/before"));
            assertThat(seller.paidRequests()).hasSizeGreaterThan(sent);
            assertThat(seller.signatures()).isEqualTo(1);
        }
    }

    @Test
    void a_person_is_asked_above_the_threshold_and_silence_is_no() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (String answer : List.of("yes", "no", "silence")) {
            try (ScriptedSeller seller = ScriptedSeller.selling("0.11", "x");
                    Fixture fixture = Fixture.open(
                            folder.resolve(answer),
                            Fixture.policy(seller).approvalAbove(Fixture.usd("0.10"), Duration.ofMillis(200)),
                            builder -> builder.approver((id, quote) -> {
                                if (answer.equals("silence")) {
                                    never.await();
                                }
                                return answer.equals("yes") && quote.amount().equals(usdc("0.11"));
                            }))) {
                if (answer.equals("yes")) {
                    assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("x");
                    assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
                } else {
                    assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.APPROVAL_DENIED);
                    assertThat(fixture.only().state()).isEqualTo(PaymentState.DENIED);
                    assertThat(seller.paidRequests()).isEmpty();
                }
                assertThat(fixture.ledger.verify().findings()).isEmpty();
            }
        }
    }

    @Test
    void nobody_is_asked_below_the_threshold() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.10", "x");
                Fixture fixture = Fixture.open(
                        folder,
                        Fixture.policy(seller),
                        builder -> builder.approver((id, quote) -> {
                            throw new AssertionError("asked");
                        }))) {
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("x");
        }
    }

    @Test
    void a_signature_that_does_not_recover_to_our_account_is_thrown_away() throws Exception {
        PaymentSigner liar = new PaymentSigner() {
            @Override
            public waybill.x402.Address address() {
                return OTHER_PAYEE;
            }

            @Override
            public Signature sign(Signable signable) {
                var key = waybill.x402.SigningKey.parse(Fixture.KEY);
                Signable.Transfer transfer = (Signable.Transfer) signable;
                var mine = new waybill.x402.TransferAuthorization(
                        key.address(),
                        transfer.authorization().to(),
                        transfer.authorization().value(),
                        transfer.authorization().validAfter(),
                        transfer.authorization().validBefore(),
                        transfer.authorization().nonce());
                return key.sign(mine, transfer.asset());
            }
        };
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(liar, ledger)
                        .policy(Fixture.policy(seller))
                        .build()) {
            PayingHttpClient client = PayingHttpClient.over(HttpClient.newHttpClient(), wallet);
            assertThatThrownBy(() ->
                            client.send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(
                            PaymentException.class, e -> assertThat(e.code()).isEqualTo(PaymentCode.SIGNER_REFUSED));
            assertThat(wallet.payments(1).get(0).state()).isEqualTo(PaymentState.VOID);
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void amounts_that_are_not_plain_digits_are_refused() throws Exception {
        for (String amount : List.of(
                "1e6",
                "-1",
                " 10",
                "10 ",
                "0x10",
                "\u0663",
                "0",
                "",
                "1.5",
                "+1",
                "1_000",
                "9".repeat(79),
                "9".repeat(9_000))) {
            Offer offer = new Offer(
                    "exact",
                    "eip155:84532",
                    amount,
                    USDC.address().toString(),
                    PAYEE.toString(),
                    60,
                    java.util.Map.of());
            try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, List.of(offer)));
                    Fixture fixture = Fixture.open(folder.resolve("a" + amount.hashCode()), seller)) {
                assertThat(refusal(fixture, seller.uri("/")).code())
                        .as("amount %s", amount)
                        .isEqualTo(PaymentCode.AMOUNT_UNPARSEABLE);
                assertThat(seller.paidRequests()).isEmpty();
            }
        }
    }

    @Test
    void two_to_the_256_is_no_amount_and_one_less_is_above_every_limit() throws Exception {
        java.math.BigInteger limit = java.math.BigInteger.TWO.pow(256);
        for (java.math.BigInteger amount : List.of(limit, limit.subtract(java.math.BigInteger.ONE))) {
            Offer offer = new Offer(
                    "exact",
                    "eip155:84532",
                    amount.toString(),
                    USDC.address().toString(),
                    PAYEE.toString(),
                    60,
                    java.util.Map.of());
            try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, List.of(offer)));
                    Fixture fixture = Fixture.open(folder.resolve("l" + amount.bitLength()), seller)) {
                assertThat(refusal(fixture, seller.uri("/")).code())
                        .isIn(PaymentCode.AMOUNT_UNPARSEABLE, PaymentCode.PER_PAYMENT_CAP);
                assertThat(seller.paidRequests()).isEmpty();
            }
        }
    }

    @Test
    void an_offer_that_contradicts_our_table_is_refused() throws Exception {
        String usdc = USDC.address().toString();
        String stranger = "0x" + "11".repeat(20);
        List<Offer> offers = List.of(
                new Offer("exact", "eip155:84532", "1", stranger, PAYEE.toString(), 60, java.util.Map.of()),
                new Offer(
                        "exact", "eip155:84532", "1", usdc, PAYEE.toString(), 60, java.util.Map.of("name", "USD Coin")),
                new Offer("exact", "eip155:84532", "1", usdc, PAYEE.toString(), 60, java.util.Map.of("version", "1")),
                new Offer("exact", "eip155:84532", "1", usdc, PAYEE.toString(), 60, java.util.Map.of("name", 5)));
        for (Offer offer : offers) {
            try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, List.of(offer)));
                    Fixture fixture = Fixture.open(folder.resolve("t" + offers.indexOf(offer)), seller)) {
                assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.ASSET_NOT_ALLOWED);
            }
        }
    }

    @Test
    void real_money_is_refused_until_it_is_switched_on() throws Exception {
        Amount real = Amount.parse(
                "0.01",
                waybill.x402.Assets.standard()
                        .find(new waybill.x402.Network(8453), "USDC")
                        .orElseThrow());
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> bill(request, List.of(Offer.exact(real, PAYEE, 60))));
                Fixture fixture = Fixture.open(folder.resolve("off"), seller);
                Fixture on = Fixture.open(
                        folder.resolve("on"), Fixture.policy(seller).mainnet(true), b -> b)) {
            PaymentException refusal = refusal(fixture, seller.uri("/"));
            assertThat(refusal.code()).isEqualTo(PaymentCode.NETWORK_NOT_ALLOWED);
            assertThat(refusal).hasMessageContaining("waybill.wallet.mainnet-enabled");
            // the development key of the fixture still refuses the real network
            assertThat(refusal(on, seller.uri("/")).code()).isEqualTo(PaymentCode.SIGNER_REFUSED);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }
}
