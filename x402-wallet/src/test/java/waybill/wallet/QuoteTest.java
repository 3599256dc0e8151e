package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.OTHER_PAYEE;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;
import static waybill.wallet.ScriptedSeller.settled;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.x402.Offer;

/** What is quoted is what is paid, once and soon, or nothing is. */
class QuoteTest {
    @TempDir
    private Path folder;

    private static HttpRequest request(ScriptedSeller seller) {
        return HttpRequest.newBuilder(seller.uri("/report")).build();
    }

    private static Quote quote(Fixture fixture, HttpRequest request) throws Exception {
        return ((Inquiry.Priced) fixture.client.inquire(request)).quote();
    }

    private static PaymentCode refusal(Fixture fixture, Quote quote, HttpRequest request) {
        return catchThrowableOfType(
                        PaymentException.class, () -> fixture.client.pay(quote, request, BodyHandlers.ofString()))
                .code();
    }

    @Test
    void a_quote_is_paid_as_it_was_given_and_once() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "bought");
                Fixture fixture = Fixture.open(folder, seller)) {
            Quote quote = quote(fixture, request(seller));
            assertThat(quote.decision().word()).isEqualTo("ALLOW");
            assertThat(fixture.client
                            .pay(quote, request(seller), BodyHandlers.ofString())
                            .body())
                    .isEqualTo("bought");
            assertThat(fixture.only().id()).isEqualTo(quote.id());
            assertThat(fixture.only().amount()).isEqualTo(usdc("0.02"));
            assertThat(refusal(fixture, quote, request(seller))).isEqualTo(PaymentCode.QUOTE_USED);
            assertThat(seller.signatures()).isEqualTo(1);
        }
    }

    @Test
    void a_price_is_told_and_a_free_answer_given_up_while_their_bodies_are_held_back() throws Exception {
        for (boolean free : List.of(true, false)) {
            CountDownLatch told = new CountDownLatch(1);
            CountDownLatch onTime = new CountDownLatch(1);
            try (ScriptedSeller seller = ScriptedSeller.start(
                            request -> (free ? ScriptedSeller.Response.ok("begin") : bill(request, "0.02"))
                                    .then(() -> noteIfOpened(told, onTime), "the end"));
                    Fixture fixture = Fixture.open(Files.createTempDirectory(folder, "held"), seller)) {
                Inquiry inquiry = fixture.client.inquire(HttpRequest.newBuilder(seller.uri("/report"))
                        .timeout(Duration.ofSeconds(2))
                        .build());
                told.countDown();
                assertThat(onTime.await(60, TimeUnit.SECONDS))
                        .as("free: %s", free)
                        .isTrue();
                if (free) {
                    assertThat(((Inquiry.Answered) inquiry).whole()).isFalse();
                } else {
                    assertThat(((Inquiry.Priced) inquiry).quote().amount()).isEqualTo(usdc("0.02"));
                }
            }
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
    void another_price_payee_or_request_than_quoted_is_refused_unsigned() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "bought");
                Fixture fixture = Fixture.open(folder, seller)) {
            Quote dearer = quote(fixture, request(seller));
            seller.script(request -> request.paid() ? settled(request, "x") : bill(request, "0.03"));
            assertThat(refusal(fixture, dearer, request(seller))).isEqualTo(PaymentCode.QUOTE_DRIFT);

            Quote cheaper = quote(fixture, request(seller));
            seller.script(request -> request.paid() ? settled(request, "x") : bill(request, "0.01"));
            assertThat(refusal(fixture, cheaper, request(seller))).isEqualTo(PaymentCode.QUOTE_DRIFT);

            Quote swapped = quote(fixture, request(seller));
            seller.script(request -> bill(request, List.of(Offer.exact(usdc("0.01"), OTHER_PAYEE, 300))));
            assertThat(refusal(fixture, swapped, request(seller))).isEqualTo(PaymentCode.PAYEE_CHANGED);

            Quote elsewhere = quote(fixture, request(seller));
            HttpRequest other = HttpRequest.newBuilder(seller.uri("/other")).build();
            assertThat(refusal(fixture, elsewhere, other)).isEqualTo(PaymentCode.QUOTE_DRIFT);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_refused_quote_cannot_be_tried_again_and_an_old_one_is_not_paid() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "bought");
                Fixture fixture = Fixture.open(folder, seller)) {
            Quote quote = quote(fixture, request(seller));
            fixture.clock.move(Duration.ofSeconds(60));
            assertThat(refusal(fixture, quote, request(seller))).isEqualTo(PaymentCode.QUOTE_EXPIRED);

            Quote drifting = quote(fixture, request(seller));
            seller.script(request -> bill(request, "0.03"));
            assertThat(refusal(fixture, drifting, request(seller))).isEqualTo(PaymentCode.QUOTE_DRIFT);
            seller.script(request -> request.paid() ? settled(request, "x") : bill(request, "0.02"));
            assertThat(refusal(fixture, drifting, request(seller))).isEqualTo(PaymentCode.QUOTE_USED);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_bill_dearer_than_the_planned_price_is_drift_and_the_header_stays_here() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "bought");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest planned = HttpRequest.newBuilder(seller.uri("/"))
                    .header(PayingHttpClient.MAX_PRICE, "0.019999")
                    .build();
            PaymentException refused = catchThrowableOfType(
                    PaymentException.class, () -> fixture.client.send(planned, BodyHandlers.ofString()));
            assertThat(refused.code()).isEqualTo(PaymentCode.QUOTE_DRIFT);
            assertThat(refused).hasMessageContaining("$0.02 is asked").hasMessageContaining("$0.019999");
            HttpRequest enough = HttpRequest.newBuilder(seller.uri("/"))
                    .header(PayingHttpClient.MAX_PRICE, "0.02")
                    .build();
            assertThat(fixture.client.send(enough, BodyHandlers.ofString()).body())
                    .isEqualTo("bought");
            assertThat(seller.requests()).allSatisfy(request -> assertThat(request.header(PayingHttpClient.MAX_PRICE))
                    .isNull());
        }
    }

    @Test
    void an_inquiry_hands_on_an_answer_and_goes_nowhere_that_may_not_be_paid() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> ScriptedSeller.Response.ok("free"));
                Fixture fixture = Fixture.open(folder, seller);
                ScriptedSeller stranger = ScriptedSeller.selling("0.01", "x")) {
            Inquiry.Answered free = (Inquiry.Answered) fixture.client.inquire(request(seller));
            assertThat(free.status()).isEqualTo(200);
            assertThat(free.body()).asString().isEqualTo("free");
            PaymentException refused =
                    catchThrowableOfType(PaymentException.class, () -> fixture.client.inquire(request(stranger)));
            assertThat(refused.code()).isEqualTo(PaymentCode.HOST_NOT_ALLOWED);
            HttpRequest metadata = HttpRequest.newBuilder(URI.create("http://169.254.169.254/latest"))
                    .build();
            assertThat(catchThrowableOfType(PaymentException.class, () -> fixture.client.inquire(metadata))
                            .code())
                    .isEqualTo(PaymentCode.INSECURE_TRANSPORT);
            assertThat(stranger.requests()).isEmpty();
        }
    }

    @Test
    void a_quote_says_why_every_other_offer_was_passed() throws Exception {
        Offer upto = new Offer(
                "upto",
                "eip155:84532",
                "1",
                ScriptedSeller.USDC.address().toString(),
                ScriptedSeller.PAYEE.toString(),
                60,
                java.util.Map.of());
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> bill(request, List.of(upto, offer("0.03"), offer("0.02"))));
                Fixture fixture = Fixture.open(folder, seller)) {
            Quote quote = quote(fixture, request(seller));
            assertThat(quote.amount()).isEqualTo(usdc("0.02"));
            assertThat(quote.why()).contains("cheapest").contains("3 offers");
            assertThat(quote.passed())
                    .extracting(Quote.Passed::reason)
                    .satisfiesExactly(
                            reason -> assertThat(reason).startsWith("scheme_not_allowed"),
                            reason -> assertThat(reason).contains("not cheaper"));
        }
    }
}
