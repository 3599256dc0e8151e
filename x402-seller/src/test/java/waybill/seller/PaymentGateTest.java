package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.seller.Admission.Declined;
import waybill.seller.Admission.Kept;
import waybill.seller.Admission.Why;
import waybill.x402.Address;
import waybill.x402.Bazaar;
import waybill.x402.Headers;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SettlementResponse;
import waybill.x402.VerifyResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

class PaymentGateTest {
    private static final String URL = "https://shop.example/v1/chat/completions";
    private static final Answer ANSWER = Answer.of(200, "application/json", "{\"ok\":1}".getBytes(UTF_8));

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();
    private final ScriptedFacilitator facilitator = new ScriptedFacilitator();
    private final Buyer buyer = new Buyer(1);
    private ClaimStore store;
    private PaymentGate gate;
    private List<PriceTag> tags = List.of(PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP));

    @BeforeEach
    void open() {
        store = openStore();
        gate = gate(store);
    }

    /** The one store of a test; called again after it was closed. */
    ClaimStore openStore() {
        return SqliteClaimStore.open(folder.resolve("claims.db"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private PaymentGate gate(ClaimStore claims) {
        return new PaymentGate(facilitator, claims, GateSettings.defaults(), clock, new SecureRandom());
    }

    private Admission ask(String... payments) {
        return askFor("POST", "/v1/chat/completions", URL, "hello", payments);
    }

    private Admission askFor(String method, String route, String url, String body, String... payments) {
        return gate.admit(new PricedRequest(
                method, route, url, Fingerprint.ofBytes(body.getBytes(UTF_8)), tags, List.of(payments), List.of()));
    }

    private String payment() {
        return buyer.pay(ask(), clock.instant());
    }

    private static Admitted admitted(Admission admission) {
        assertThat(admission).isInstanceOf(Admitted.class);
        return (Admitted) admission;
    }

    private static Declined declined(Admission admission, Why why) {
        assertThat(admission).isInstanceOf(Declined.class);
        Declined declined = (Declined) admission;
        assertThat(declined.why()).as(declined.toString()).isEqualTo(why);
        assertThat(declined.headers()).containsEntry("Cache-Control", "no-store");
        return declined;
    }

    private static void assertNoBill(Declined declined) {
        assertThat(declined.headers()).doesNotContainKey(Headers.PAYMENT_REQUIRED);
    }

    // --- the way through ---

    @Test
    void bills_a_request_without_payment_with_an_offer_per_tag() {
        tags = List.of(
                PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP).described("one answer", "application/json"),
                PriceTag.of(Buyer.usdc("0.02"), Buyer.SHOP).lasting(60));

        Declined declined = declined(ask(), Why.PAYMENT_REQUIRED);

        assertThat(declined.status()).isEqualTo(402);
        PaymentRequired bill = Buyer.bill(declined);
        assertThat(bill.resource().url()).isEqualTo(URL);
        assertThat(bill.resource().description()).isEqualTo("one answer");
        assertThat(bill.accepts()).extracting(Offer::amount).containsExactly("10000", "20000");
        assertThat(bill.accepts()).extracting(Offer::maxTimeoutSeconds).containsExactly(300, 60);
        assertThat(bill.accepts().get(0).extra())
                .containsEntry("name", "USDC")
                .containsEntry("version", "2")
                .containsKey("quote");
        assertThat(facilitator.verified).hasValue(0);
    }

    @Test
    void settles_a_plain_answer_before_it_is_released() {
        Admitted admitted = admitted(ask(payment()));
        assertThat(facilitator.settled).hasValue(0);
        assertThat(admitted.payer()).isEqualTo(buyer.address());

        Settlement settlement = admitted.settle(ANSWER);

        assertThat(settlement).isInstanceOf(Settlement.Settled.class);
        Map<String, String> headers = ((Settlement.Settled) settlement).headers();
        assertThat(Buyer.response(headers).success()).isTrue();
        assertThat(headers)
                .containsEntry("Cache-Control", "private, no-store")
                .containsEntry("Vary", "PAYMENT-SIGNATURE, X-PAYMENT");
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void settles_a_stream_before_its_first_byte() {
        String payment = payment();
        Admitted admitted = admitted(ask(payment));

        assertThat(admitted.settleFirst()).isInstanceOf(Settlement.Settled.class);
        assertThat(admitted.paid()).isTrue();
        assertThat(declined(ask(payment), Why.IN_PROGRESS).headers()).containsEntry("Retry-After", "1");
        admitted.delivered(ANSWER);

        assertThat(((Kept) ask(payment)).answer()).isEqualTo(ANSWER);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void refuses_to_deliver_what_is_not_settled() {
        try (Admitted admitted = admitted(ask(payment()))) {
            assertThatThrownBy(() -> admitted.delivered(ANSWER)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void gives_the_kept_answer_to_the_same_payment_sent_again() {
        String payment = payment();
        admitted(ask(payment)).settle(ANSWER);

        Admission again = ask(payment);

        assertThat(again).isInstanceOf(Kept.class);
        assertThat(((Kept) again).answer()).isEqualTo(ANSWER);
        assertThat(Buyer.response(((Kept) again).headers()).success()).isTrue();
        assertThat(facilitator.verified).hasValue(1);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void says_gone_and_never_bills_again_when_the_answer_is_no_longer_kept() {
        String payment = payment();
        admitted(ask(payment)).settle(ANSWER);
        clock.advance(Duration.ofMinutes(16));

        Declined declined = declined(ask(payment), Why.GONE);

        assertThat(declined.status()).isEqualTo(410);
        assertNoBill(declined);
        assertThat(Buyer.response(declined.headers()).success()).isTrue();
    }

    @Test
    void runs_the_handler_once_for_500_copies_of_one_payment() throws Exception {
        String payment = payment();
        AtomicInteger handlerRuns = new AtomicInteger();
        AtomicInteger kept = new AtomicInteger();
        AtomicInteger inProgress = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        CountDownLatch seenInProgress = new CountDownLatch(100);
        ExecutorService callers = Executors.newFixedThreadPool(64);
        try {
            Callable<@Nullable Void> call = () -> {
                start.await();
                Admission admission = ask(payment);
                if (admission instanceof Admitted admitted) {
                    handlerRuns.incrementAndGet();
                    seenInProgress.await(); // so that many copies meet a running handler
                    admitted.settle(ANSWER);
                } else if (admission instanceof Kept found) {
                    assertThat(found.answer()).isEqualTo(ANSWER);
                    kept.incrementAndGet();
                } else {
                    assertNoBill(declined(admission, Why.IN_PROGRESS));
                    inProgress.incrementAndGet();
                    seenInProgress.countDown();
                }
                return null;
            };
            List<Future<@Nullable Void>> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                calls.add(callers.submit(call));
            }
            start.countDown();
            for (Future<@Nullable Void> future : calls) {
                future.get();
            }
        } finally {
            callers.shutdownNow();
        }
        assertThat(handlerRuns).hasValue(1);
        assertThat(facilitator.settled).hasValue(1);
        assertThat(facilitator.verified).hasValue(1);
        assertThat(kept.get() + inProgress.get()).isEqualTo(499);
    }

    // --- what a payment opens ---

    static Stream<Arguments> otherRequests() {
        return Stream.of(
                Arguments.of("another route", "POST", "/v1/images", "https://shop.example/v1/images", "hello"),
                Arguments.of("another method", "PUT", "/v1/chat/completions", URL, "hello"),
                Arguments.of("another body", "POST", "/v1/chat/completions", URL, "hello!"),
                Arguments.of("another query", "POST", "/v1/chat/completions", URL + "?n=2", "hello"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("otherRequests")
    void refuses_a_fresh_payment_on(String what, String method, String route, String url, String body) {
        Declined declined = declined(askFor(method, route, url, body, payment()), Why.PAYMENT_REQUIRED);

        assertThat(declined.code()).isEqualTo("no_matching_payment_requirements");
        assertThat(facilitator.verified).hasValue(0);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("otherRequests")
    void refuses_a_used_payment_without_a_bill_on(String what, String method, String route, String url, String body) {
        String payment = payment();
        admitted(ask(payment)).settle(ANSWER);

        Declined declined = declined(askFor(method, route, url, body, payment), Why.CONFLICT);

        assertThat(declined.code()).isEqualTo("payment_for_another_request");
        assertNoBill(declined);
    }

    @Test
    void opens_the_same_path_under_another_host_name() {
        String payment = payment();
        admitted(askFor("POST", "/v1/chat/completions", "http://10.0.0.7:8402/v1/chat/completions", "hello", payment))
                .close();
    }

    @Test
    void refuses_an_authorisation_that_came_in_another_payment() {
        Offer first = Buyer.bill(ask()).accepts().get(0);
        Offer second = Buyer.bill(ask()).accepts().get(0);
        String payment = buyer.pay(first, clock.instant());
        admitted(ask(payment)).settle(ANSWER);
        var authorization = ScriptedFacilitator.authorization(WireFormat.paymentPayload(payment));

        // what a reader of the chain can build: the authorisation and its signature, with a quote of his own
        Declined declined = declined(ask(buyer.header(second, authorization)), Why.CONFLICT);

        assertThat(declined.code()).isEqualTo("authorization_already_used");
        assertNoBill(declined);
    }

    // --- quotes ---

    @Test
    void honours_a_quote_after_the_price_has_changed_until_it_ends() {
        Offer old = Buyer.bill(ask()).accepts().get(0);
        tags = List.of(PriceTag.of(Buyer.usdc("0.05"), Buyer.SHOP));
        clock.advance(Duration.ofMinutes(5));

        Admitted admitted = admitted(ask(buyer.pay(old, clock.instant())));
        admitted.settle(ANSWER);
        clock.advance(Duration.ofSeconds(1));

        Declined declined = declined(ask(buyer.pay(old, clock.instant())), Why.PAYMENT_REQUIRED);
        assertThat(declined.code()).isEqualTo("quote_expired");
        assertThat(Buyer.bill(declined).accepts().get(0).amount()).isEqualTo("50000");
    }

    @Test
    void honours_a_quote_after_a_restart() {
        String payment = payment();
        store.close();
        open();
        admitted(ask(payment)).close();
    }

    static Stream<Arguments> forgeries() {
        Address thief = Address.parse("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
        return Stream.of(
                forgery(
                        "a lower amount",
                        o -> offer(o, o.network(), "1", o.asset(), o.payTo(), o.maxTimeoutSeconds(), o.extra())),
                forgery(
                        "another payee",
                        o -> offer(
                                o,
                                o.network(),
                                o.amount(),
                                o.asset(),
                                thief.toString(),
                                o.maxTimeoutSeconds(),
                                o.extra())),
                forgery(
                        "another asset",
                        o -> offer(
                                o,
                                o.network(),
                                o.amount(),
                                thief.toString(),
                                o.payTo(),
                                o.maxTimeoutSeconds(),
                                o.extra())),
                forgery(
                        "another network",
                        o -> offer(
                                o, "eip155:8453", o.amount(), o.asset(), o.payTo(), o.maxTimeoutSeconds(), o.extra())),
                forgery(
                        "a longer timeout",
                        o -> offer(o, o.network(), o.amount(), o.asset(), o.payTo(), 900, o.extra())),
                forgery("another domain name", o -> with(o, "name", "Fake")),
                forgery("another domain version", o -> with(o, "version", "1")),
                forgery("another transfer method", o -> with(o, "assetTransferMethod", "permit2")),
                forgery("no quote", o -> with(o, "quote", null)),
                forgery("an empty quote", o -> with(o, "quote", "")),
                forgery("a quote of one part", o -> with(o, "quote", "9999999999")),
                forgery("a quote of other characters", o -> with(o, "quote", "9999999999.a.*")),
                forgery("a later end", o -> with(o, "quote", "9" + o.extraText("quote"))),
                forgery("an altered mac", o -> with(o, "quote", altered(String.valueOf(o.extraText("quote"))))));
    }

    private static Arguments forgery(String what, UnaryOperator<Offer> change) {
        return Arguments.of(what, change);
    }

    private static Offer offer(
            Offer o,
            String network,
            String amount,
            String asset,
            String payTo,
            int timeout,
            Map<String, @Nullable Object> extra) {
        return new Offer(o.scheme(), network, amount, asset, payTo, timeout, extra);
    }

    private static Offer with(Offer o, String key, @Nullable String value) {
        Map<String, @Nullable Object> extra = new LinkedHashMap<>(o.extra());
        extra.put(key, value);
        return offer(o, o.network(), o.amount(), o.asset(), o.payTo(), o.maxTimeoutSeconds(), extra);
    }

    private static String altered(String quote) {
        int middle = quote.lastIndexOf('.') + 10;
        char other = quote.charAt(middle) == 'A' ? 'B' : 'A';
        return quote.substring(0, middle) + other + quote.substring(middle + 1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forgeries")
    void refuses_an_offer_with(String what, UnaryOperator<Offer> change) {
        Offer forged = change.apply(Buyer.bill(ask()).accepts().get(0));

        Declined declined = declined(ask(buyer.pay(forged, clock.instant())), Why.PAYMENT_REQUIRED);

        assertThat(declined.code()).isEqualTo("no_matching_payment_requirements");
        assertThat(facilitator.verified).hasValue(0);
    }

    @Test
    void takes_an_offer_to_which_the_buyer_added_keys() {
        Offer echoed = with(Buyer.bill(ask()).accepts().get(0), "buyersNote", "kept");
        admitted(ask(buyer.pay(echoed, clock.instant()))).close();
    }

    @Test
    void shows_the_facilitator_its_own_offer_and_not_the_buyers() {
        List<Offer> shown = new ArrayList<>();
        facilitator.onVerify = (payment, required) -> {
            shown.add(required);
            return VerifyResponse.valid(buyer.address());
        };
        Offer offered = Buyer.bill(ask()).accepts().get(0);
        admitted(ask(buyer.pay(with(offered, "buyersNote", "x"), clock.instant())))
                .close();
        assertThat(shown).containsExactly(offered);
    }

    // --- headers ---

    static Stream<Arguments> badHeaders() {
        return Stream.of(
                Arguments.of("not base64", List.of("%%%"), List.of()),
                Arguments.of("not JSON", List.of(base64("nonsense")), List.of()),
                Arguments.of("not an object", List.of(base64("[]")), List.of()),
                Arguments.of("another version", List.of(base64("{\"x402Version\":1}")), List.of()),
                Arguments.of("without payload", List.of(base64("{\"x402Version\":2}")), List.of()),
                Arguments.of("empty", List.of(""), List.of()),
                Arguments.of("too long", List.of("A".repeat(16 * 1024 + 1)), List.of()),
                Arguments.of("deeply nested", List.of(base64("[".repeat(5000))), List.of()),
                Arguments.of("twice", List.of("QQ==", "QQ=="), List.of()),
                Arguments.of("joined by a comma", List.of("QQ==, QQ=="), List.of()),
                Arguments.of("of both versions", List.of("QQ=="), List.of("QQ==")),
                Arguments.of("version 1 twice", List.of(), List.of("QQ==", "QQ==")));
    }

    private static String base64(String json) {
        return Base64.getEncoder().encodeToString(json.getBytes(UTF_8));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badHeaders")
    void answers_400_with_a_reason_to_a_payment_header(String what, List<String> v2, List<String> v1) {
        Declined declined = declined(
                gate.admit(new PricedRequest("POST", "/r", URL, Fingerprint.ofBytes(new byte[0]), tags, v2, v1)),
                Why.MALFORMED);

        assertThat(declined.status()).isEqualTo(400);
        assertThat(declined.message()).isNotBlank().hasSizeLessThan(400);
        assertThat(facilitator.verified).hasValue(0);
    }

    // --- version 1 ---

    private Admission askVersion1(String... payments) {
        return gate.admit(new PricedRequest(
                "POST",
                "/v1/chat/completions",
                URL,
                Fingerprint.ofBytes("hello".getBytes(UTF_8)),
                tags,
                List.of(),
                List.of(payments)));
    }

    private String version1Payment() {
        PaymentRequired bill = Version1.paymentRequired(declined(ask(), Why.PAYMENT_REQUIRED)
                .version1Body()
                .orElseThrow()
                .getBytes(UTF_8));
        return Version1.encode(
                WireFormat.paymentPayload(buyer.pay(bill.accepts().get(0), clock.instant())));
    }

    @Test
    void bills_in_both_versions_at_once() {
        Declined declined = declined(ask(), Why.PAYMENT_REQUIRED);

        PaymentRequired old =
                Version1.paymentRequired(declined.version1Body().orElseThrow().getBytes(UTF_8));
        Offer now = Buyer.bill(declined).accepts().get(0);
        assertThat(old.resource().url()).isEqualTo(URL);
        assertThat(old.accepts()).hasSize(1);
        assertThat(old.accepts().get(0).amount()).isEqualTo(now.amount());
        assertThat(old.accepts().get(0).payTo()).isEqualTo(now.payTo());
        assertThat(declined.version1Body().orElseThrow()).contains("\"network\":\"base-sepolia\"");
    }

    @Test
    void sells_to_a_buyer_of_version_1_once() {
        String payment = version1Payment();

        Settlement settlement = admitted(askVersion1(payment)).settle(ANSWER);

        Map<String, String> headers = ((Settlement.Settled) settlement).headers();
        assertThat(Version1.settlementResponse(headers.get(Headers.V1_PAYMENT_RESPONSE))
                        .success())
                .isTrue();
        Declined again = declined(askVersion1(payment), Why.GONE); // whoever reads the chain could ask this
        assertNoBill(again);
        assertThat(again.headers()).containsKey(Headers.V1_PAYMENT_RESPONSE);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void gives_no_answer_of_version_1_to_the_same_authorisation_in_version_2() {
        PaymentRequired bill = Version1.paymentRequired(declined(ask(), Why.PAYMENT_REQUIRED)
                .version1Body()
                .orElseThrow()
                .getBytes(UTF_8));
        PaymentPayload payment =
                WireFormat.paymentPayload(buyer.pay(bill.accepts().get(0), clock.instant()));
        admitted(askVersion1(Version1.encode(payment))).settle(ANSWER);

        Declined declined = declined(ask(WireFormat.encode(payment)), Why.CONFLICT);

        assertNoBill(declined);
    }

    @Test
    void tells_a_buyer_of_version_1_that_the_price_has_changed_and_charges_nothing() {
        String payment = version1Payment();
        tags = List.of(PriceTag.of(Buyer.usdc("0.02"), Buyer.SHOP));

        Declined declined = declined(askVersion1(payment), Why.PAYMENT_REQUIRED);

        assertThat(declined.code()).isEqualTo("price_changed");
        assertThat(declined.message()).contains("now 20000 atomic units");
        assertThat(Version1.paymentRequired(
                                declined.version1Body().orElseThrow().getBytes(UTF_8))
                        .error())
                .isEqualTo("price_changed");
        assertThat(facilitator.verified).hasValue(0);
        tags = List.of(PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP));
        admitted(askVersion1(payment)).close(); // it was not used
    }

    @Test
    void gives_a_buyer_of_version_1_its_first_claim_at_the_price_of_that_time() {
        String payment = version1Payment();
        Admitted running = admitted(askVersion1(payment));
        tags = List.of(PriceTag.of(Buyer.usdc("0.02"), Buyer.SHOP));

        declined(askVersion1(payment), Why.IN_PROGRESS);
        assertThat(running.settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
    }

    @Test
    void bills_a_payment_of_version_1_that_fits_no_offer() {
        String payment = version1Payment();
        tags = List.of(PriceTag.of(Buyer.usdc("0.01"), ScriptedFacilitator.SETTLER));

        assertThat(declined(askVersion1(payment), Why.PAYMENT_REQUIRED).code())
                .isEqualTo("no_matching_payment_requirements");
        assertThat(facilitator.verified).hasValue(0);
    }

    // --- when the money moves, and by what ---

    @Test
    void settles_before_the_handler_where_the_tag_says_so() {
        tags = List.of(PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP).paidUpfront());
        assertThat(Buyer.bill(ask()).accepts().get(0).extra()).containsEntry("paymentFlow", "upfront");
        String payment = payment();

        Admitted admitted = admitted(ask(payment));

        assertThat(admitted.paid()).isTrue();
        assertThat(facilitator.settled).hasValue(1);
        assertThat(admitted.settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
        assertThat(facilitator.settled).hasValue(1);
        assertThat(((Kept) ask(payment)).answer()).isEqualTo(ANSWER);
    }

    @Test
    void runs_no_handler_when_an_upfront_payment_does_not_settle() {
        tags = List.of(PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP).paidUpfront());
        facilitator.onSettle =
                (payment, required) -> ScriptedFacilitator.failure(payment, "invalid_transaction_state", "no");

        assertThat(declined(ask(payment()), Why.PAYMENT_REQUIRED).code()).isEqualTo("invalid_transaction_state");
    }

    @Test
    void answers_412_when_the_payer_has_not_approved_permit2() {
        facilitator.onVerify = (payment, required) ->
                VerifyResponse.invalid("permit2_allowance_required", "approve Permit2", buyer.address());

        Declined declined = declined(ask(payment()), Why.ALLOWANCE_REQUIRED);

        assertThat(declined.status()).isEqualTo(412);
        assertThat(Buyer.bill(declined).accepts()).isNotEmpty();
    }

    @Test
    void hands_the_facilitator_what_it_needs_to_settle_and_our_word_of_the_resource() {
        Bazaar listing = Bazaar.query("GET", Map.of("city", "Turin"), null);
        List<PaymentPayload> asked = new ArrayList<>();
        facilitator.onSettle = (payment, required) -> {
            asked.add(payment);
            return ScriptedFacilitator.success(payment, required);
        };
        PaymentPayload plain = WireFormat.paymentPayload(payment());
        Map<String, Object> brought = Map.of("info", Map.of("from", "0x1"));
        String payment = WireFormat.encode(new PaymentPayload(
                plain.accepted(),
                plain.payload(),
                new ResourceInfo("https://elsewhere.example/", "a lie", null),
                Map.of(
                        "eip2612GasSponsoring", brought,
                        "bazaar", Map.of("info", Map.of("input", Map.of("type", "mcp"))),
                        "unknown", Map.of())));

        admitted(gate.admit(new PricedRequest(
                                "POST",
                                "/v1/chat/completions",
                                URL,
                                Fingerprint.ofBytes("hello".getBytes(UTF_8)),
                                tags,
                                List.of(payment),
                                List.of())
                        .listed(listing)))
                .settle(ANSWER);

        assertThat(asked.get(0).extensions()).containsOnlyKeys("eip2612GasSponsoring", "bazaar");
        assertThat(asked.get(0).extensions().get("eip2612GasSponsoring")).isEqualTo(brought);
        assertThat(asked.get(0).extensions().get("bazaar")).isEqualTo(listing.declaration());
        assertThat(asked.get(0).resource().url()).isEqualTo(URL);
    }

    // --- handlers that fail ---

    @Test
    void charges_nothing_when_the_handler_fails_and_takes_the_same_payment_again() {
        String payment = payment();
        Settlement settlement = admitted(ask(payment)).settle(Answer.of(502, "text/plain", new byte[0]));

        assertThat(settlement).isInstanceOf(Settlement.NotCharged.class);
        assertThat(facilitator.settled).hasValue(0);
        assertThat(admitted(ask(payment)).settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
    }

    @Test
    void charges_nothing_when_the_host_breaks_off() {
        String payment = payment();
        admitted(ask(payment)).close();

        assertThat(facilitator.settled).hasValue(0);
        admitted(ask(payment)).close();
    }

    @Test
    void gives_a_second_run_to_a_stream_that_was_paid_and_failed() {
        String payment = payment();
        Admitted first = admitted(ask(payment));
        first.settleFirst();
        first.close();

        Admitted again = admitted(ask(payment));
        assertThat(again.paid()).isTrue();
        Settlement settlement = again.settleFirst();
        again.delivered(null);

        assertThat(settlement).isInstanceOf(Settlement.Settled.class);
        assertThat(((Settlement.Settled) settlement).response().transaction()).startsWith("0x");
        assertThat(facilitator.settled).hasValue(1);
        declined(ask(payment), Why.GONE);
    }

    @Test
    void credits_a_failed_paid_answer_to_the_same_payers_next_payment_once() {
        String failed = payment();
        Admitted first = admitted(ask(failed));
        first.settleFirst();
        first.close();

        Admission other = askFor("POST", "/v1/chat/completions", URL, "another question");
        Admitted free = admitted(
                askFor("POST", "/v1/chat/completions", URL, "another question", buyer.pay(other, clock.instant())));
        assertThat(free.paid()).isTrue();
        Settlement settlement = free.settle(ANSWER);

        SettlementResponse response = ((Settlement.Settled) settlement).response();
        assertThat(response.amount()).isEqualTo("0");
        assertThat(response.transaction()).isEmpty();
        assertThat(facilitator.settled).hasValue(1);
        assertThat(admitted(ask(payment())).paid()).isFalse();
        assertNoBill(declined(ask(failed), Why.GONE));
    }

    @Test
    void keeps_a_credit_from_other_payers_prices_and_routes() {
        Admitted first = admitted(ask(payment()));
        first.settleFirst();
        first.close();

        Buyer stranger = new Buyer(2);
        try (Admitted others = admitted(ask(stranger.pay(ask(), clock.instant())))) {
            assertThat(others.paid()).isFalse();
        }
        Admission otherRoute = askFor("POST", "/v1/images", "https://shop.example/v1/images", "hello");
        try (Admitted elsewhere = admitted(askFor(
                "POST",
                "/v1/images",
                "https://shop.example/v1/images",
                "hello",
                buyer.pay(otherRoute, clock.instant())))) {
            assertThat(elsewhere.paid()).isFalse();
        }
        tags = List.of(PriceTag.of(Buyer.usdc("0.02"), Buyer.SHOP));
        try (Admitted dearer = admitted(ask(payment()))) {
            assertThat(dearer.paid()).isFalse();
        }
    }

    // --- facilitators that fail ---

    @Test
    void bills_again_with_the_facilitators_reason_when_verification_fails() {
        facilitator.onVerify = (payment, required) ->
                VerifyResponse.invalid("invalid_exact_evm_insufficient_balance", "poor", buyer.address());

        Declined declined = declined(ask(payment()), Why.PAYMENT_REQUIRED);

        assertThat(declined.code()).isEqualTo("invalid_exact_evm_insufficient_balance");
        assertThat(Buyer.bill(declined).error()).isEqualTo("invalid_exact_evm_insufficient_balance");
    }

    @Test
    void answers_503_when_the_facilitator_is_down_and_takes_the_payment_later() {
        facilitator.onVerify = (payment, required) -> {
            throw new FacilitatorException("connection refused");
        };
        String payment = payment();

        Declined declined = declined(ask(payment), Why.UNAVAILABLE);

        assertThat(declined.status()).isEqualTo(503);
        assertThat(declined.headers()).containsEntry("Retry-After", "1");
        assertNoBill(declined);
        facilitator.onVerify = (p, required) -> VerifyResponse.valid(buyer.address());
        admitted(ask(payment)).close();
    }

    @Test
    void withholds_the_answer_with_a_bill_and_the_response_when_settlement_fails() {
        facilitator.onSettle = (payment, required) -> ScriptedFacilitator.failure(
                payment, "invalid_exact_evm_transaction_failed", "execution reverted: " + "0xdeadbeef ".repeat(500));
        String payment = payment();

        Settlement settlement = admitted(ask(payment)).settle(ANSWER);

        Declined declined = declined(((Settlement.Withheld) settlement).answer(), Why.PAYMENT_REQUIRED);
        assertThat(declined.headers()).containsKey(Headers.PAYMENT_REQUIRED);
        SettlementResponse response = Buyer.response(declined.headers());
        assertThat(response.success()).isFalse();
        assertThat(response.errorMessage()).hasSizeLessThanOrEqualTo(200);
        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(admitted(ask(payment)).settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
    }

    @Test
    void answers_503_while_a_settlement_is_pending_and_keeps_the_answer_for_later() {
        facilitator.onSettle = ScriptedFacilitator::pending;
        String payment = payment();

        Settlement settlement = admitted(ask(payment)).settle(ANSWER);

        Declined declined = declined(((Settlement.Withheld) settlement).answer(), Why.UNAVAILABLE);
        assertNoBill(declined);
        assertThat(declined.headers()).containsEntry("Retry-After", "1");
        assertThat(Buyer.response(declined.headers()).pending()).isTrue();
        assertNoBill(declined(ask(payment), Why.UNAVAILABLE));

        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(((Kept) ask(payment)).answer()).isEqualTo(ANSWER);
        assertThat(facilitator.verified).hasValue(1);
    }

    @Test
    void reconciles_pending_settlements_in_the_background() {
        facilitator.onSettle = ScriptedFacilitator::pending;
        String plain = payment();
        admitted(ask(plain)).settle(ANSWER);
        String stream = payment();
        assertThat(admitted(ask(stream)).settleFirst()).isInstanceOf(Settlement.Withheld.class);
        assertThat(gate.reconcile()).isZero();

        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(gate.reconcile()).isEqualTo(2);

        assertThat(((Kept) ask(plain)).answer()).isEqualTo(ANSWER);
        try (Admitted again = admitted(ask(stream))) {
            assertThat(again.paid()).isTrue();
        }
    }

    @Test
    void gives_up_a_settlement_that_failed_in_the_background() {
        facilitator.onSettle = ScriptedFacilitator::pending;
        String payment = payment();
        admitted(ask(payment)).settle(ANSWER);

        facilitator.onSettle = (p, required) ->
                ScriptedFacilitator.failure(p, "invalid_exact_evm_payload_authorization_valid_before", "late");
        int ended = store.shared() ? 0 : 1; // another instance may have had it settled
        assertThat(gate.reconcile()).isEqualTo(ended);
        assertThat(store.settling("", 10)).hasSize(1 - ended);
    }

    @Test
    void takes_no_payment_that_would_be_too_long_to_be_settled() {
        String url = URL + "?" + "q".repeat(3000);
        Admission bill = askFor("POST", "/v1/chat/completions", url, "hello");
        PaymentPayload plain = WireFormat.paymentPayload(buyer.pay(bill, clock.instant()));
        String padded = WireFormat.encode(new PaymentPayload(
                plain.accepted(),
                plain.payload(),
                null,
                Map.of("eip2612GasSponsoring", Map.of("info", "x".repeat(10_000)))));
        assertThat(padded.length()).isLessThan(WireFormat.MAX_HEADER_CHARS);

        Declined declined = declined(askFor("POST", "/v1/chat/completions", url, "hello", padded), Why.MALFORMED);
        assertThat(declined.message()).contains("too long");
        assertThat(facilitator.verified).hasValue(0);
        assertThat(gate.reconcile()).isZero();
    }

    @Test
    void never_bills_a_lost_settlement_on_the_no_of_a_facilitator_that_checks_anew() {
        facilitator.remembers = false;
        facilitator.onSettle = (payment, required) -> {
            throw new FacilitatorException("connection reset"); // behind it the money has moved
        };
        String payment = payment();
        admitted(ask(payment)).settle(ANSWER);

        for (String reason : List.of(
                "insufficient_funds",
                "invalid_exact_evm_payload_authorization_valid_before",
                "invalid_exact_evm_transaction_simulation_failed",
                "unexpected_settle_error")) {
            facilitator.onSettle = (p, required) -> ScriptedFacilitator.failure(p, reason, "not now");
            assertNoBill(declined(ask(payment), Why.UNAVAILABLE));
            assertThat(gate.reconcile()).as(reason).isZero();
        }

        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(gate.reconcile()).isEqualTo(1);
        assertThat(ask(payment)).isInstanceOf(Kept.class);
    }

    @Test
    void ends_a_lost_settlement_an_hour_after_nothing_can_move_any_more() {
        facilitator.remembers = false;
        facilitator.onSettle = (payment, required) -> {
            throw new FacilitatorException("connection reset");
        };
        admitted(ask(payment())).settle(ANSWER);
        facilitator.onSettle = (p, required) ->
                ScriptedFacilitator.failure(p, "invalid_exact_evm_payload_authorization_valid_before", "late");
        Instant end =
                store.find(store.settling("", 1).get(0).key()).orElseThrow().validBefore();

        clock.advance(Duration.between(clock.instant(), end.plusSeconds(3599)));
        assertThat(gate.reconcile()).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(gate.reconcile()).isEqualTo(1);
        assertThat(store.settling("", 10)).isEmpty();
    }

    @Test
    void never_bills_a_payment_whose_lost_settlement_may_have_used_the_nonce() {
        facilitator.onSettle = (payment, required) -> {
            throw new FacilitatorException("connection reset");
        };
        String payment = payment();
        admitted(ask(payment)).settle(ANSWER);
        facilitator.onSettle =
                (p, required) -> ScriptedFacilitator.failure(p, "invalid_exact_evm_nonce_already_used", "used");

        assertNoBill(declined(ask(payment), Why.UNAVAILABLE));
        assertThat(gate.reconcile()).isZero();
    }

    static Stream<Arguments> lies() {
        String hash = "0x" + "cd".repeat(32);
        String payer = new Buyer(1).address().toString();
        return Stream.of(
                lie("for another payer", hash, Buyer.NETWORK.toString(), Buyer.SHOP.toString(), null),
                lie("for nobody", hash, Buyer.NETWORK.toString(), null, null),
                lie("on another network", hash, "eip155:8453", payer, null),
                lie("of another amount", hash, Buyer.NETWORK.toString(), payer, "1"),
                lie("without a transaction", "", Buyer.NETWORK.toString(), payer, null),
                lie("with half a hash", hash.substring(0, 40), Buyer.NETWORK.toString(), payer, null));
    }

    private static Arguments lie(
            String what, String hash, String network, @Nullable String payer, @Nullable String amount) {
        BiFunction<PaymentPayload, Offer, SettlementResponse> said =
                (payment, required) -> new SettlementResponse(true, hash, network, payer, null, null, amount, Map.of());
        return Arguments.of(what, said);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void releases_nothing_for_a_settlement(String what, BiFunction<PaymentPayload, Offer, SettlementResponse> said) {
        facilitator.onSettle = said;

        Settlement settlement = admitted(ask(payment())).settle(ANSWER);

        assertNoBill(declined(((Settlement.Withheld) settlement).answer(), Why.UNAVAILABLE));
    }

    @Test
    void releases_nothing_for_a_transaction_that_paid_before() {
        facilitator.onSettle = (payment, required) ->
                SettlementResponse.settled("0x" + "cd".repeat(32), Buyer.NETWORK, buyer.address());
        assertThat(admitted(ask(payment())).settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
        assertThat(admitted(ask(payment())).settle(ANSWER)).isInstanceOf(Settlement.Withheld.class);
    }

    @Test
    void admits_nobody_on_a_verdict_about_another_payer() {
        facilitator.onVerify = (payment, required) -> VerifyResponse.valid(Buyer.SHOP);
        assertNoBill(declined(ask(payment()), Why.UNAVAILABLE));
    }

    @Test
    void sells_nothing_when_claims_cannot_be_written() {
        String payment = payment();
        Admitted running = admitted(ask(payment()));
        store.close();

        assertNoBill(declined(ask(payment), Why.UNAVAILABLE));
        Settlement settlement = running.settle(ANSWER);
        assertNoBill(declined(((Settlement.Withheld) settlement).answer(), Why.UNAVAILABLE));
        assertThat(facilitator.settled).hasValue(0);
        open();
    }

    @Test
    void keeps_the_claim_of_a_payment_that_was_handed_over_when_something_breaks() {
        facilitator.onSettle = (payment, required) -> {
            throw new OutOfMemoryError("in the middle of settling");
        };
        String payment = payment();
        Admitted admitted = admitted(ask(payment));
        assertThatThrownBy(() -> admitted.settle(ANSWER)).isInstanceOf(OutOfMemoryError.class);
        admitted.close();
        facilitator.onSettle = ScriptedFacilitator::success;

        assertThat(((Kept) ask(payment)).answer()).isEqualTo(ANSWER);
        assertThat(facilitator.verified).hasValue(1);
    }

    @Test
    void keeps_payments_out_of_what_it_prints() {
        String payment = payment();
        PricedRequest request = new PricedRequest("POST", "/r", URL, "00", tags, List.of(payment), List.of());
        Admitted admitted = admitted(ask(payment));
        String printed =
                request + " " + admitted + " " + store.find(keyOf(payment)) + " " + store.quoteKey() + " " + ANSWER;
        assertThat(printed).doesNotContain(payment).doesNotContain("{\"ok\"");
        admitted.close();
    }

    private static String keyOf(String payment) {
        PaymentPayload payload = WireFormat.paymentPayload(payment);
        var authorization = ScriptedFacilitator.authorization(payload);
        return "eip3009|" + Buyer.NETWORK + "|" + Buyer.USDC.address() + "|" + authorization.from() + "|"
                + authorization.nonce();
    }
}
