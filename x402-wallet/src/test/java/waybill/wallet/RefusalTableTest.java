package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usd;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.OTHER_PAYEE;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.USDC;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.offer;
import static waybill.wallet.ScriptedSeller.settled;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.Signature;

/** The truth table of refusals: each code, from the smallest cause of it, with a sentence that a person can act on. */
class RefusalTableTest {
    /** Codes of payments that were signed and sent; their tests are those of paid calls. */
    private static final Set<PaymentCode> AFTER_SENDING =
            EnumSet.of(PaymentCode.PAYMENT_REJECTED, PaymentCode.OUTCOME_UNKNOWN, PaymentCode.ANSWER_LOST);

    @TempDir
    private Path folder;

    private interface Cause {
        void provoke(ScriptedSeller seller, Fixture fixture) throws Exception;
    }

    /** How a code comes about, and what its sentence must say. */
    private record Row(Policy policy, Fixture.Setup setup, ScriptedSeller.Script script, Cause cause, String... says) {}

    private static HttpRequest request(ScriptedSeller seller, String path) {
        return HttpRequest.newBuilder(seller.uri(path)).build();
    }

    private static final Cause BUY = (seller, fixture) -> fixture.get(seller.uri("/"));

    private static final Cause BUY_TWICE = (seller, fixture) -> {
        fixture.get(seller.uri("/first"));
        fixture.get(seller.uri("/second"));
    };

    private static ScriptedSeller.Script asking(Offer... offers) {
        return request -> request.paid() ? settled(request, "x") : bill(request, List.of(offers));
    }

    private static Row row(Policy policy, Cause cause, String... says) {
        return new Row(policy, builder -> builder, asking(offer("0.02")), cause, says);
    }

    private static Row row(Policy policy, Offer asked, String... says) {
        return new Row(policy, builder -> builder, asking(asked), BUY, says);
    }

    private static Offer foreign(String network, String asset, String amount, String payTo, String scheme) {
        return new Offer(scheme, network, amount, asset, payTo, 60, Map.of("name", "USDC", "version", "2"));
    }

    private Row row(PaymentCode code, Policy policy) {
        String usdc = USDC.address().toString();
        String payee = PAYEE.toString();
        return switch (code) {
            case PER_PAYMENT_CAP ->
                row(policy.perPayment(usd("0.01")), BUY, "$0.02 was asked", "$0.01", "waybill.wallet.per-payment");
            case CUMULATIVE_CAP ->
                row(policy.perDay(usd("0.03")), BUY_TWICE, "$0.02", "$0.03", "24 hours", "waybill.wallet.per-day");
            case VELOCITY -> row(policy.perMinute(1), BUY_TWICE, "1", "waybill.wallet.per-minute");
            case HOST_NOT_ALLOWED -> row(Policy.defaults(), BUY, "127.0.0.1", "waybill.wallet.allowed-hosts");
            case INSECURE_TRANSPORT ->
                row(
                        policy,
                        (seller, fixture) ->
                                fixture.client.inquire(HttpRequest.newBuilder(URI.create("http://api.example.com/"))
                                        .build()),
                        "http://api.example.com",
                        "https");
            case PAYEE_NOT_ALLOWED ->
                new Row(
                        policy,
                        builder -> builder,
                        asking(offer("0.60")),
                        BUY,
                        "$0.60",
                        "$0.50",
                        "waybill.wallet.first-payment");
            case PAYEE_CHANGED ->
                row(
                        policy,
                        (seller, fixture) -> {
                            fixture.get(seller.uri("/first"));
                            seller.script(asking(Offer.exact(usdc("0.02"), OTHER_PAYEE, 60)));
                            fixture.get(seller.uri("/second"));
                        },
                        OTHER_PAYEE.toString(),
                        payee,
                        "waybill.wallet.payees");
            case NETWORK_NOT_ALLOWED ->
                row(
                        policy,
                        foreign("eip155:8453", usdc, "1", payee, "exact"),
                        "eip155:8453",
                        "waybill.wallet.mainnet-enabled");
            case ASSET_NOT_ALLOWED ->
                row(
                        policy,
                        foreign("eip155:84532", OTHER_PAYEE.toString(), "1", payee, "exact"),
                        OTHER_PAYEE.toString(),
                        "waybill.wallet.assets");
            case SCHEME_NOT_ALLOWED ->
                row(policy, foreign("eip155:84532", usdc, "1", payee, "deferred"), "deferred", "exact");
            case ALLOWANCE_MISSING ->
                row(policy, Offer.exactByPermit2(usdc("0.02"), PAYEE, 60), "Permit2", "waybill.wallet.rpc");
            case AMOUNT_UNPARSEABLE -> row(policy, foreign("eip155:84532", usdc, "1e6", payee, "exact"), "1e6");
            case RESOURCE_MISMATCH ->
                new Row(
                        policy,
                        builder -> builder,
                        request -> bill(null, "https://other.example/x", List.of(offer("0.02"))),
                        BUY,
                        "127.0.0.1",
                        "other.example");
            case OFFER_AMBIGUOUS ->
                new Row(
                        policy,
                        builder -> builder,
                        asking(offer("0.02"), Offer.exact(usdc("0.02"), OTHER_PAYEE, 60)),
                        BUY,
                        payee,
                        OTHER_PAYEE.toString(),
                        "waybill.wallet.payees");
            case QUOTE_DRIFT ->
                row(
                        policy,
                        (seller, fixture) -> fixture.client
                                .under(Terms.atMost(usd("0.01")))
                                .send(request(seller, "/"), BodyHandlers.ofString()),
                        "$0.02 is asked",
                        "$0.01");
            case QUOTE_EXPIRED ->
                row(
                        policy,
                        (seller, fixture) -> {
                            Quote quote = ((Inquiry.Priced) fixture.client.inquire(request(seller, "/"))).quote();
                            fixture.clock.move(Quote.OPEN_FOR);
                            fixture.client.pay(quote, request(seller, "/"), BodyHandlers.ofString());
                        },
                        "Ask for a new one");
            case QUOTE_USED ->
                row(
                        policy,
                        (seller, fixture) -> {
                            Quote quote = ((Inquiry.Priced) fixture.client.inquire(request(seller, "/"))).quote();
                            fixture.client.pay(quote, request(seller, "/"), BodyHandlers.ofString());
                            fixture.client.pay(quote, request(seller, "/"), BodyHandlers.ofString());
                        },
                        "paid once");
            case BILL_MALFORMED ->
                new Row(
                        policy,
                        builder -> builder,
                        request -> ScriptedSeller.Response.of(402).header(Headers.PAYMENT_REQUIRED, "?"),
                        BUY,
                        "base64");
            case BILL_TOO_LARGE ->
                new Row(
                        policy,
                        builder -> builder,
                        request -> ScriptedSeller.Response.of(402).header(Headers.PAYMENT_REQUIRED, "A".repeat(20_000)),
                        BUY,
                        "20000",
                        "16384");
            case BODY_NOT_REPEATABLE ->
                row(
                        policy,
                        (seller, fixture) -> fixture.client.send(
                                HttpRequest.newBuilder(seller.uri("/"))
                                        .POST(BodyPublishers.ofByteArray(new byte[PaidExchange.MAX_REQUEST_BODY + 1]))
                                        .build(),
                                BodyHandlers.ofString()),
                        String.valueOf(PaidExchange.MAX_REQUEST_BODY));
            case APPROVAL_DENIED ->
                new Row(
                        policy.approvalAbove(usd("0.01"), Duration.ofSeconds(20)),
                        builder -> builder.approver((id, quote) -> false),
                        asking(offer("0.02")),
                        BUY,
                        "a person said no",
                        "0.02 USDC");
            case KILL_SWITCH ->
                row(
                        policy,
                        (seller, fixture) -> {
                            fixture.wallet.freeze("enough");
                            fixture.get(seller.uri("/"));
                        },
                        "enough",
                        "waybill wallet unfreeze");
            case LEDGER_UNAVAILABLE ->
                row(
                        policy,
                        (seller, fixture) -> {
                            fixture.ledger.close();
                            fixture.get(seller.uri("/"));
                        },
                        "closed");
            case DUPLICATE_PAYMENT ->
                row(
                        policy,
                        (seller, fixture) -> {
                            seller.script(
                                    request -> request.paid() ? ScriptedSeller.Response.cut() : bill(request, "0.02"));
                            catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")));
                            fixture.clock.move(Duration.ofMinutes(3));
                            fixture.get(seller.uri("/"));
                        },
                        PayingHttpClient.INTENT,
                        "waybill wallet ledger");
            case SIGNER_REFUSED ->
                new Row(
                        policy,
                        builder -> builder,
                        asking(offer("0.02")),
                        (seller, fixture) -> {
                            Wallet unable = Wallet.builder(unableSigner(), fixture.ledger)
                                    .policy(policy)
                                    .clock(fixture.clock)
                                    .build();
                            PayingHttpClient.over(fixture.plain, unable)
                                    .send(request(seller, "/"), BodyHandlers.ofString());
                        },
                        "the device is locked");
            case INSUFFICIENT_FUNDS, APPROVAL_REQUIRED, PAYMENT_REJECTED, OUTCOME_UNKNOWN, ANSWER_LOST ->
                throw new IllegalArgumentException("shown elsewhere: " + code);
        };
    }

    private static PaymentSigner unableSigner() {
        return new PaymentSigner() {
            @Override
            public Address address() {
                return Fixture.SIGNER.address();
            }

            @Override
            public Signature sign(Signable signable) {
                throw new SigningException("the device is locked", null);
            }
        };
    }

    /** The chain shows insufficient_funds (ChainProofTest); approval_required is a quote's decision, below. */
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"INSUFFICIENT_FUNDS", "APPROVAL_REQUIRED", "PAYMENT_REJECTED", "OUTCOME_UNKNOWN", "ANSWER_LOST"})
    void every_refusal_has_its_code_and_says_what_was_asked_and_what_to_change(PaymentCode code) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "x")) {
            Row row = row(code, Fixture.policy(seller));
            try (Fixture fixture = Fixture.open(folder, row.policy(), row.setup())) {
                seller.script(row.script());
                PaymentException refused = catchThrowableOfType(
                        PaymentException.class, () -> row.cause().provoke(seller, fixture));
                assertThat(refused).as("refused as %s", code).isNotNull();
                assertThat(refused.code()).isEqualTo(code);
                assertThat(refused).hasMessageContainingAll(row.says());
                assertThat(code.afterSending()).isEqualTo(AFTER_SENDING.contains(code));
            }
        }
        assertThat(Files.isDirectory(folder)).isTrue();
    }

    @Test
    void a_price_that_a_person_must_see_is_quoted_as_such() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.20", "x");
                Fixture fixture = Fixture.open(
                        folder, Fixture.policy(seller), builder -> builder.approver((id, quote) -> true))) {
            Decision decision = ((Inquiry.Priced) fixture.client.inquire(request(seller, "/")))
                    .quote()
                    .decision();
            assertThat(decision.word()).isEqualTo("APPROVAL");
            assertThat(decision.code()).isEqualTo(PaymentCode.APPROVAL_REQUIRED);
            assertThat(decision.message()).contains("$0.20", "$0.10", "waybill.wallet.approval-above");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Scope.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"WALLET"})
    void a_narrower_limit_binds_its_own_and_leaves_the_others_to_the_wallets(Scope scope) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "x")) {
            Policy policy = Fixture.policy(seller).perDay(usd("0.10")).perEach(scope, Window.DAY, usd("0.03"));
            try (Fixture fixture = Fixture.open(folder, policy, builder -> builder)) {
                String tag = scope.name().toLowerCase(java.util.Locale.ROOT);
                PayingHttpClient one = fixture.client.tagged(tag, "one");
                one.send(request(seller, "/1"), BodyHandlers.ofString());
                PaymentException refused = catchThrowableOfType(
                        PaymentException.class, () -> one.send(request(seller, "/2"), BodyHandlers.ofString()));
                assertThat(refused.code()).isEqualTo(PaymentCode.CUMULATIVE_CAP);
                assertThat(refused).hasMessageContaining("waybill.wallet.per-" + tag + "-per-day");
                if (scope == Scope.HOST || scope == Scope.PAYEE) {
                    return; // there is one seller here
                }
                for (int i = 0; i < 4; i++) {
                    fixture.client
                            .tagged(tag, "other " + i)
                            .send(request(seller, "/other" + i), BodyHandlers.ofString());
                }
                PaymentException wallets = catchThrowableOfType(PaymentException.class, () -> fixture.client
                        .tagged(tag, "yet another")
                        .send(request(seller, "/5"), BodyHandlers.ofString()));
                assertThat(wallets.code()).isEqualTo(PaymentCode.CUMULATIVE_CAP);
                assertThat(wallets).hasMessageContaining("waybill.wallet.per-day");
                assertThat(fixture.wallet.budgets(scope, "one"))
                        .extracting(Budget::left)
                        .containsExactly(usd("0.010000"));
                assertThat(fixture.wallet.budgets())
                        .extracting(Budget::property)
                        .containsExactly("per-payment", "per-day", "per-hour", "per-minute");
            }
        }
    }

    @Test
    void a_chain_of_payments_ends_at_three_and_at_a_depth_that_is_no_number() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            for (String depth : List.of("1", "2", "3")) {
                fixture.client.tagged(Policy.DEPTH, depth).send(request(seller, "/" + depth), BodyHandlers.ofString());
            }
            for (String depth : List.of("4", "-1", "", "many", "99999")) {
                PaymentException refused = catchThrowableOfType(PaymentException.class, () -> fixture.client
                        .tagged(Policy.DEPTH, depth)
                        .send(request(seller, "/x" + depth), BodyHandlers.ofString()));
                assertThat(refused.code()).isEqualTo(PaymentCode.VELOCITY);
                assertThat(refused).hasMessageContaining("waybill.wallet.max-chained");
            }
            assertThat(seller.signatures()).isEqualTo(3);
        }
    }

    @Test
    void tags_of_a_request_stay_here_and_cannot_replace_those_of_the_client() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            HttpRequest tagged = HttpRequest.newBuilder(seller.uri("/"))
                    .header(PayingHttpClient.TAG, "agent=impostor")
                    .header(PayingHttpClient.TAG, "model = small")
                    .build();
            fixture.client.tagged("agent", "analyst").send(tagged, BodyHandlers.ofString());
            assertThat(fixture.only().tags()).containsOnly(Map.entry("agent", "analyst"), Map.entry("model", "small"));
            assertThat(seller.requests()).allSatisfy(request -> assertThat(request.header(PayingHttpClient.TAG))
                    .isNull());
        }
    }

    @Test
    void the_cheapest_permitted_offer_wins_across_networks_and_the_quote_says_so() throws Exception {
        Network celo = new Network(11142220);
        var celoUsdc = waybill.x402.Assets.standard().find(celo, "USDC").orElseThrow();
        Offer cheaperButForbidden = Offer.exact(waybill.x402.Amount.parse("0.01", celoUsdc), PAYEE, 60);
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "x")) {
            seller.script(asking(offer("0.03"), cheaperButForbidden, offer("0.02")));
            try (Fixture both = Fixture.open(folder.resolve("a"), seller)) {
                Quote quote = ((Inquiry.Priced) both.client.inquire(request(seller, "/"))).quote();
                assertThat(quote.amount().asset()).isEqualTo(celoUsdc);
                assertThat(quote.passed()).hasSize(2);
            }
            Policy one = Fixture.policy(seller).allowNetwork(ScriptedSeller.NETWORK);
            try (Fixture fixture = Fixture.open(folder.resolve("b"), one, builder -> builder)) {
                Quote quote = ((Inquiry.Priced) fixture.client.inquire(request(seller, "/"))).quote();
                assertThat(quote.amount()).isEqualTo(usdc("0.02"));
                assertThat(quote.passed()).extracting(Quote.Passed::reason).anySatisfy(reason -> assertThat(reason)
                        .startsWith("network_not_allowed")
                        .contains("waybill.wallet.allowed-networks"));
            }
        }
    }
}
