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

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Amount;
import waybill.x402.Headers;
import waybill.x402.Offer;
import waybill.x402.Signature;

/** What the wallet says no to, with a code and a sentence, and nothing signed. */
class RefusedBillTest {
    @TempDir
    Path folder;

    private static PaymentException refusal(Fixture fixture, URI uri) {
        PaymentException refusal = catchThrowableOfType(PaymentException.class, () -> fixture.get(uri));
        assertThat(refusal).as("a refusal").isNotNull();
        return refusal;
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
                            Fixture.policy(seller)
                                    .approvalAbove(
                                            Fixture.usd("0.10"),
                                            answer.equals("silence") ? Duration.ofMillis(200) : Duration.ofMinutes(1)),
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
