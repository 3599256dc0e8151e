package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;

/** One call is paid once, whatever becomes of its answer. */
class NeverTwiceTest {
    @TempDir
    Path folder;

    private static PaymentException refusal(Fixture fixture, URI uri) {
        PaymentException refusal = catchThrowableOfType(PaymentException.class, () -> fixture.get(uri));
        assertThat(refusal).as("a refusal").isNotNull();
        return refusal;
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
                        release.await(60, TimeUnit.SECONDS);
                        return settled(request, "x");
                    }
                    return bill(request, "0.01");
                });
                Fixture fixture = Fixture.open(folder, seller)) {
            CompletableFuture<HttpResponse<String>> first = fixture.client.sendAsync(
                    HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
            inside.await(60, TimeUnit.SECONDS);
            assertThat(refusal(fixture, seller.uri("/")).code()).isEqualTo(PaymentCode.DUPLICATE_PAYMENT);
            release.countDown();
            assertThat(first.get(60, TimeUnit.SECONDS).body()).isEqualTo("x");
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
                assertThat(call.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            }
            assertThat(seller.signatures()).isEqualTo(100);
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(usdc("1.00")), List.of()));
            assertThat(fixture.ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void a_paid_call_that_times_out_is_unknown_and_held() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (request.paid()) {
                        never.await(60, TimeUnit.SECONDS);
                    }
                    return bill(request, "0.01");
                });
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = HttpRequest.newBuilder(seller.uri("/"))
                    .timeout(Duration.ofSeconds(2))
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
}
