package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.OTHER_PAYEE;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.USDC;
import static waybill.wallet.ScriptedSeller.answered;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;

import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.wallet.ScriptedSeller.Request;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Amount;
import waybill.x402.Assets;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.SettlementResponse;
import waybill.x402.Signature;
import waybill.x402.WireFormat;

/**
 * What a hostile seller tries, over real sockets, by its number in the list of attacks. Those on every transport are in
 * {@link TransportSuite}, those on addresses in {@link OpenHostsTest}, those on headers in {@link ModelHeadersTest}.
 */
class AttackTest {
    @TempDir
    Path folder;

    private PaymentException refused(Fixture fixture, HttpRequest request) {
        PaymentException refusal = catchThrowableOfType(
                PaymentException.class, () -> fixture.client.send(request, BodyHandlers.ofString()));
        assertThat(refusal).as("a refusal").isNotNull();
        return refusal;
    }

    private static HttpRequest get(URI uri) {
        return HttpRequest.newBuilder(uri).build();
    }

    /** A seller that asks with these offers gets this refusal, and no signature. */
    private void refusesOffers(PaymentCode code, Offer... offers) throws Exception {
        refuses(code, request -> bill(request, List.of(offers)));
    }

    private void refuses(PaymentCode code, ScriptedSeller.Script script) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(script);
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(refused(fixture, get(seller.uri("/"))).code()).isEqualTo(code);
            assertThat(seller.paidRequests()).isEmpty();
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
        }
    }

    private static Offer raw(String network, String amount, String asset, String payTo, Map<String, Object> extra) {
        Map<String, @Nullable Object> terms = new LinkedHashMap<>(extra);
        return new Offer("exact", network, amount, asset, payTo, 60, terms);
    }

    private static Offer raw(String network, String amount, String asset) {
        return raw(network, amount, asset, PAYEE.toString(), Map.of());
    }

    @Test
    void w1_an_amount_raised_between_quote_and_payment_is_refused() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = get(seller.uri("/"));
            Quote quote = ((Inquiry.Priced) fixture.client.inquire(request)).quote();
            seller.script(sent -> bill(sent, "0.010001"));
            assertThatThrownBy(() -> fixture.client.pay(quote, request, BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(
                            PaymentException.class, e -> assertThat(e.code()).isEqualTo(PaymentCode.QUOTE_DRIFT));
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void w2_a_payee_swapped_after_the_quote_or_after_a_payment_is_refused() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest request = get(seller.uri("/"));
            Quote quote = ((Inquiry.Priced) fixture.client.inquire(request)).quote();
            seller.script(sent -> bill(sent, List.of(Offer.exact(usdc("0.01"), OTHER_PAYEE, 300))));
            assertThatThrownBy(() -> fixture.client.pay(quote, request, BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(
                            PaymentException.class, e -> assertThat(e.code()).isEqualTo(PaymentCode.PAYEE_CHANGED));
            seller.script(sent -> sent.paid() ? ScriptedSeller.settled(sent, "x") : bill(sent, "0.01"));
            fixture.get(seller.uri("/"));
            seller.script(sent -> bill(sent, List.of(Offer.exact(usdc("0.01"), OTHER_PAYEE, 300))));
            assertThat(refused(fixture, request).code()).isEqualTo(PaymentCode.PAYEE_CHANGED);
            assertThat(seller.signatures()).isEqualTo(1);
        }
    }

    @Test
    void w3_a_token_that_only_looks_like_ours_is_refused() throws Exception {
        refusesOffers(
                PaymentCode.ASSET_NOT_ALLOWED,
                raw(
                        "eip155:84532",
                        "1",
                        "0x1111111111111111111111111111111111111111",
                        PAYEE.toString(),
                        Map.of("name", "USDC", "version", "2", "decimals", BigInteger.valueOf(18))));
    }

    @Test
    void w4_another_signing_domain_than_our_tables_is_refused() throws Exception {
        for (Map<String, Object> extra : List.<Map<String, Object>>of(
                Map.of("name", "USD Coin"), Map.of("version", "1"), Map.of("name", 5), Map.of("version", List.of()))) {
            refusesOffers(
                    PaymentCode.ASSET_NOT_ALLOWED,
                    raw("eip155:84532", "1", USDC.address().toString(), PAYEE.toString(), extra));
        }
    }

    @Test
    void w5_a_main_network_in_the_place_of_a_test_network_is_refused() throws Exception {
        Amount real = Amount.parse(
                "0.01", Assets.standard().find(new Network(8453), "USDC").orElseThrow());
        refusesOffers(PaymentCode.NETWORK_NOT_ALLOWED, Offer.exact(real, PAYEE, 60));
        // our own token's address, said to live on another chain
        refusesOffers(
                PaymentCode.NETWORK_NOT_ALLOWED,
                raw("eip155:8453", "1", USDC.address().toString()));
        refusesOffers(
                PaymentCode.NETWORK_NOT_ALLOWED,
                raw(
                        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
                        "1",
                        USDC.address().toString()));
    }

    @Test
    void w6_ten_years_of_validity_are_cut_to_two_minutes() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? ScriptedSeller.settled(request, "x")
                        : bill(request, List.of(Offer.exact(usdc("0.01"), PAYEE, 315_360_000))));
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.get(seller.uri("/"));
            assertThat(seller.paidRequests().get(0).exact().authorization().validBefore())
                    .isEqualTo(fixture.clock.instant().getEpochSecond() + 120);
        }
    }

    @Test
    void w7_two_payees_at_one_price_are_refused() throws Exception {
        refusesOffers(PaymentCode.OFFER_AMBIGUOUS, offer("0.02"), Offer.exact(usdc("0.02"), OTHER_PAYEE, 300));
    }

    @Test
    void w9_a_bill_of_a_place_that_nobody_named_is_refused() throws Exception {
        try (ScriptedSeller named = ScriptedSeller.selling("0.01", "x");
                ScriptedSeller stranger = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, named)) {
            assertThat(refused(fixture, get(stranger.uri("/"))).code()).isEqualTo(PaymentCode.HOST_NOT_ALLOWED);
            assertThat(stranger.paidRequests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://api.example.com./",
                "https://api.example.com:8443/",
                "https://api.example.com:80/",
                "https://good@evil.example/",
                "https://api.example.com@evil.example/",
                "https://api.example.com:443@evil.example/",
                "https://api.example.com.evil.example/",
                "https://evil.example/?api.example.com",
                "https://evil.example/#@api.example.com",
                "https://api.example.co/",
                "https://api-example.com/",
                "https://xn--pi-6kc.example.com/",
                "https://sub.api.example.com/",
                "https://example.com/",
                "http://api.example.com/",
                "ftp://api.example.com/",
                "https://[::ffff:127.0.0.1]/",
                "https://127.0.0.1:8402/",
                "https:/api.example.com/",
                "https:api.example.com"
            })
    void w10_a_host_that_only_looks_like_the_named_one_is_refused(String url) {
        Policy policy = Policy.defaults().allowHost("api.example.com");
        assertThat(policy.judge(URI.create(url))).isInstanceOf(Decision.Denied.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://API.Example.COM/", "https://api.example.com:443/", "HTTPS://api.example.com/a?b=c"})
    void w10_other_spellings_of_the_named_host_are_the_named_host(String url) {
        Policy policy = Policy.defaults().allowHost("api.example.com");
        assertThat(policy.judge(URI.create(url))).isInstanceOf(Decision.Allowed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://\u0430pi.example.com/", // Cyrillic a
                "https://api.ex\u00e4mple.com/",
                "https://api\u3002example.com/", // ideographic full stop
                "https://api.example\uff0ecom/", // full-width full stop
                "https://\uff41pi.example.com/", // full-width a
                "https://api.example.com\\@evil.example/",
                "https://api.example.com%00.evil.example/",
                "https://api.example.com%2eevil.example/",
                "https://api.example.com\r\n.evil.example/"
            })
    void w10_a_host_in_other_scripts_or_escapes_is_no_host_or_another_one(String url) {
        Policy policy = Policy.defaults().allowHost("api.example.com");
        URI parsed;
        try {
            parsed = URI.create(url);
        } catch (IllegalArgumentException e) {
            return; // no request can be made of it
        }
        assertThat(policy.judge(parsed)).isInstanceOf(Decision.Denied.class);
    }

    @Test
    void w11_amounts_that_are_not_plain_digits_are_refused() throws Exception {
        for (String amount : List.of(
                "1e6",
                "-1",
                " 10",
                "10 ",
                "0x10",
                "\u0663",
                "\uff11",
                "0",
                "00",
                "",
                "1.0",
                "+1",
                "1_000",
                "1,000",
                "NaN",
                "Infinity",
                "\u221e",
                BigInteger.TWO.pow(256).toString(),
                "9".repeat(79),
                "9".repeat(9_000))) {
            refusesOffers(
                    PaymentCode.AMOUNT_UNPARSEABLE,
                    raw("eip155:84532", amount, USDC.address().toString()));
        }
    }

    @Test
    void w11_an_amount_that_is_a_json_number_and_ten_megabytes_of_digits_are_refused() throws Exception {
        String bill =
                "{\"x402Version\":2,\"resource\":{\"url\":\"http://127.0.0.1/\"},\"accepts\":[{\"scheme\":\"exact\","
                        + "\"network\":\"eip155:84532\",\"amount\":%s,\"asset\":\"" + USDC.address() + "\",\"payTo\":\""
                        + PAYEE
                        + "\",\"maxTimeoutSeconds\":60,\"extra\":{}}]}";
        refuses(PaymentCode.BILL_MALFORMED, request -> withBill(String.format(bill, "10000")));
        refuses(PaymentCode.BILL_MALFORMED, request -> withBill(String.format(bill, "9".repeat(9_000))));
        refuses(
                PaymentCode.BILL_TOO_LARGE,
                request -> withBill(String.format(bill, "\"" + "9".repeat(10 * 1024 * 1024) + "\"")));
    }

    private static Response withBill(String json) {
        return Response.of(402)
                .header(
                        Headers.PAYMENT_REQUIRED,
                        java.util.Base64.getEncoder()
                                .encodeToString(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    static List<ScriptedSeller.Script> falseReceipts() {
        String hash = ScriptedSeller.TRANSACTION;
        return List.of(
                request -> answered("x", SettlementResponse.settled(hash, ScriptedSeller.NETWORK, OTHER_PAYEE)),
                request -> answered("x", SettlementResponse.settled(hash, new Network(8453), payer(request))),
                request -> answered("x", SettlementResponse.settled("0x1234", ScriptedSeller.NETWORK, payer(request))),
                request -> answered("x", SettlementResponse.settled("", ScriptedSeller.NETWORK, payer(request))),
                request -> Response.ok("x").header(Headers.PAYMENT_RESPONSE, "%%%"),
                request -> Response.ok("x").header(Headers.PAYMENT_RESPONSE, "e30="),
                request -> Response.ok("x").header(Headers.PAYMENT_RESPONSE, "A".repeat(20_000)),
                request -> answered("x", ScriptedSeller.settlement(request))
                        .header(Headers.PAYMENT_RESPONSE, WireFormat.encode(ScriptedSeller.settlement(request))),
                request -> Response.ok("x"));
    }

    private static waybill.x402.Address payer(Request request) {
        return request.exact().authorization().from();
    }

    @ParameterizedTest
    @MethodSource("falseReceipts")
    void w12_a_settlement_response_that_does_not_fit_settles_nothing(ScriptedSeller.Script receipt) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(
                        request -> request.paid() ? receipt.answer(request) : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.get(
                    seller.uri("/")); // an answer that came is the caller's, whatever the seller says of the payment
            assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
            assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(), List.of(usdc("0.01"))));
        }
    }

    /** Counts the signatures, and lets a test stand between two of them. */
    private static final class CountingSigner implements PaymentSigner {
        private final AtomicInteger signed = new AtomicInteger();

        @Override
        public waybill.x402.Address address() {
            return Fixture.SIGNER.address();
        }

        @Override
        public Signature sign(Signable signable) {
            signed.incrementAndGet();
            return Fixture.SIGNER.sign(signable);
        }
    }

    @Test
    void w15_a_switch_thrown_while_a_bill_is_on_its_way_or_a_person_thinks_leaves_no_signature() throws Exception {
        CountingSigner signer = new CountingSigner();
        List<Wallet> wallet = new ArrayList<>();
        for (boolean whileAsked : new boolean[] {false, true}) {
            wallet.clear();
            try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                        if (!whileAsked) {
                            wallet.get(0).freeze("mid-flight");
                        }
                        return bill(request, "0.11");
                    });
                    SqliteLedger ledger = SqliteLedger.open(folder.resolve("w15" + whileAsked + ".db"));
                    Wallet one = Wallet.builder(signer, ledger)
                            .policy(Fixture.policy(seller))
                            .approver((id, quote) -> {
                                wallet.get(0).freeze("mid-approval");
                                return true;
                            })
                            .build()) {
                wallet.add(one);
                PayingHttpClient client = PayingHttpClient.over(java.net.http.HttpClient.newHttpClient(), one);
                assertThatThrownBy(() -> client.send(get(seller.uri("/")), BodyHandlers.ofString()))
                        .isInstanceOfSatisfying(PaymentException.class, e -> assertThat(e.code())
                                .isEqualTo(PaymentCode.KILL_SWITCH));
                assertThat(seller.paidRequests()).isEmpty();
                assertThat(one.totals()).isEqualTo(new Totals(List.of(), List.of()));
            }
        }
        assertThat(signer.signed).hasValue(0);
    }

    @Test
    void w15_of_many_calls_at_once_none_that_begins_after_the_switch_is_signed() throws Exception {
        CountingSigner signer = new CountingSigner();
        CountDownLatch some = new CountDownLatch(8);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                    some.countDown();
                    return request.paid() ? ScriptedSeller.settled(request, "x") : bill(request, "0.01");
                });
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(signer, ledger)
                        .policy(Fixture.policy(seller))
                        .build()) {
            PayingHttpClient client = PayingHttpClient.over(java.net.http.HttpClient.newHttpClient(), wallet);
            List<CompletableFuture<?>> before = new ArrayList<>();
            IntStream.range(0, 40)
                    .forEach(i -> before.add(client.sendAsync(get(seller.uri("/b" + i)), BodyHandlers.ofString())));
            assertThat(some.await(60, TimeUnit.SECONDS)).isTrue();
            wallet.freeze("enough");
            for (int i = 0; i < 20; i++) {
                URI uri = seller.uri("/a" + i);
                assertThatThrownBy(() -> client.send(get(uri), BodyHandlers.ofString()))
                        .isInstanceOfSatisfying(PaymentException.class, e -> assertThat(e.code())
                                .isEqualTo(PaymentCode.KILL_SWITCH));
            }
            for (CompletableFuture<?> call : before) {
                assertThat(call.handle((answer, failure) -> true).get(60, TimeUnit.SECONDS))
                        .isEqualTo(true);
            }
            assertThat(seller.paidRequests())
                    .noneMatch(request -> request.path().startsWith("/a"));
            // A signature that was being made is thrown away when the switch falls; none is sent that was not made.
            assertThat(signer.signed.get()).isGreaterThanOrEqualTo((int) seller.signatures());
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void w17_line_breaks_never_leave_in_a_header() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            for (String value : List.of("a\r\nPAYMENT-SIGNATURE: x", "a\nb", "a\u0000b")) {
                assertThatThrownBy(() -> HttpRequest.newBuilder(seller.uri("/")).header("X-Caller", value))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> new okhttp3.Request.Builder()
                                .url(seller.uri("/").toString())
                                .header("X-Caller", value))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(seller.requests()).isEmpty();
            assertThat(fixture.wallet.payments(1)).isEmpty();
        }
    }
}
