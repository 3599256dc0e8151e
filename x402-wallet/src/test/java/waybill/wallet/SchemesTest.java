package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.NETWORK;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.TRANSACTION;

import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.Web3j;
import waybill.devnet.Devnet;
import waybill.wallet.ScriptedSeller.Request;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.ApprovalSponsoring;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.Headers;
import waybill.x402.Json;
import waybill.x402.Offer;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.PaymentIdentifier;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.SignInChallenge;
import waybill.x402.SignInProof;
import waybill.x402.SignedTransaction;
import waybill.x402.SigningKey;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;
import waybill.x402.TransferMethod;
import waybill.x402.WireFormat;

/** The schemes besides EIP-3009, against the contracts of a real devnet. */
class SchemesTest {
    private static final Address FACILITATOR = PAYEE; // the devnet's second account, which settles in these tests
    private static final BigInteger MUCH = BigInteger.valueOf(1_000_000_000);

    @TempDir
    Path folder;

    private final MovableClock time = MovableClock.atNow();
    private final Map<String, @Nullable Object> declared = new LinkedHashMap<>();
    private Devnet chain;
    private SqliteLedger ledger;
    private ScriptedSeller seller;
    private Asset usdt;
    private List<Offer> offers;
    private String taken = "";

    @BeforeEach
    void start() throws Exception {
        chain = Devnet.builder().clock(time).start();
        ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
        usdt = new Asset(NETWORK, Address.parse(chain.usdt()), "USDT", 6, "", "", TransferMethod.PERMIT2);
        seller = ScriptedSeller.start(this::sell);
    }

    @AfterEach
    void stop() throws Exception {
        seller.close();
        ledger.close();
        chain.close();
    }

    private Response sell(Request request) {
        if (request.paid()) {
            return ScriptedSeller.answered("sold", settlement(request));
        }
        ResourceInfo resource = new ResourceInfo("http://" + request.header("host") + "/", null, null);
        return Response.of(402)
                .header(
                        Headers.PAYMENT_REQUIRED,
                        WireFormat.encode(new PaymentRequired(null, resource, offers, declared)))
                .body("{}");
    }

    private SettlementResponse settlement(Request request) {
        SchemePayload.Signed paid = (SchemePayload.Signed) request.payment().payload();
        return paid instanceof SchemePayload.Upto
                ? SettlementResponse.settled(TRANSACTION, NETWORK, paid.payer(), new BigInteger(taken))
                : SettlementResponse.settled(TRANSACTION, NETWORK, paid.payer());
    }

    private Wallet wallet(UnaryOperator<Policy> policy) {
        return Wallet.builder(Fixture.SIGNER, ledger)
                .policy(policy.apply(Fixture.policy(seller)))
                .assets(Assets.standard().with(usdt))
                .clock(time)
                .node(NETWORK, chain.rpcUrl())
                .build();
    }

    private Wallet wallet() {
        return wallet(policy -> policy);
    }

    private String buy(Wallet wallet) throws Exception {
        return PayingHttpClient.over(HttpClient.newHttpClient(), wallet)
                .send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString())
                .body();
    }

    private PaymentException refusal(Wallet wallet) {
        return catchThrowableOfType(PaymentException.class, () -> buy(wallet));
    }

    private Amount usdt(String tokens) {
        return Amount.parse(tokens, usdt);
    }

    /** The newest payment after a look at the chain; the wallet may have looked itself. */
    private static PaymentRecord looked(Wallet wallet) throws Exception {
        wallet.reconcile();
        return wallet.payments(1).get(0);
    }

    private <T extends SchemePayload> T sent(Class<T> kind) {
        return kind.cast(seller.paidRequests().get(0).payment().payload());
    }

    private BigInteger owns(String token, Address owner) {
        return chain.balanceOf(token, owner.toString());
    }

    @Test
    void a_token_that_knows_no_signatures_is_paid_through_permit2() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdt(), MUCH);
        offers = List.of(Offer.exact(usdt("0.01"), PAYEE, 300));
        try (Wallet wallet = wallet()) {
            assertThat(buy(wallet)).isEqualTo("sold");
            PaymentRecord claimed = wallet.payments(1).get(0);
            assertThat(claimed.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(claimed.paidBy()).isEqualTo(PaymentMethod.PERMIT2);
            assertThat(wallet.reconcile()).isEmpty(); // claimed, and not on the chain

            String hash = ChainActs.collect(chain, sent(SchemePayload.Permit2.class));

            PaymentRecord confirmed = wallet.reconcile().get(0);
            assertThat(confirmed.confirmed()).isTrue();
            assertThat(confirmed.transaction()).isEqualTo(hash);
            assertThat(owns(chain.usdt(), PAYEE)).isEqualTo(1_000_010_000);
            assertThat(wallet.verifyChain().findings()).isEmpty();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void without_an_allowance_an_offer_is_passed_over_and_the_next_one_paid() throws Exception {
        offers = List.of(Offer.exact(usdt("0.01"), PAYEE, 300), Offer.exact(usdc("0.02"), PAYEE, 300));
        try (Wallet wallet = wallet()) {
            PayingHttpClient client = PayingHttpClient.over(HttpClient.newHttpClient(), wallet);
            Quote quote = ((Inquiry.Priced) client.inquire(
                            HttpRequest.newBuilder(seller.uri("/")).build()))
                    .quote();
            assertThat(quote.passed().get(0).reason())
                    .contains("allowance_missing", "waybill wallet approve-token USDT");
            buy(wallet);
            assertThat(sent(SchemePayload.Eip3009.class).authorization().value())
                    .isEqualTo(20_000);
        }
    }

    @Test
    void an_allowance_that_open_payments_may_use_up_is_not_promised_twice() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdt(), BigInteger.valueOf(15_000));
        offers = List.of(Offer.upto(usdt("0.01"), PAYEE, FACILITATOR, 300));
        taken = "0";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            PaymentException second = refusal(wallet);
            assertThat(second.code()).isEqualTo(PaymentCode.ALLOWANCE_MISSING);
            assertThat(second).hasMessageContaining("0.01 USDT of open payments");
        }
    }

    @Test
    void of_a_ceiling_only_what_the_chain_shows_is_spent() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        offers = List.of(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300));
        taken = "1"; // the seller says less than it will take
        try (Wallet wallet = wallet()) {
            assertThat(buy(wallet)).isEqualTo("sold");
            PaymentRecord open = wallet.payments(1).get(0);
            assertThat(open.state()).isEqualTo(PaymentState.PENDING);
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of(usdc("0.01"))));

            ChainActs.collect(chain, sent(SchemePayload.Upto.class), BigInteger.valueOf(4_000));

            PaymentRecord settled = looked(wallet);
            assertThat(settled.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(settled.confirmed()).isTrue();
            assertThat(settled.charged()).isEqualTo(usdc("0.004"));
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(usdc("0.004")), List.of()));
            assertThat(wallet.budgets().stream()
                            .filter(budget -> budget.property().equals("per-day"))
                            .map(Budget::used))
                    .allSatisfy(used -> assertThat(used).isEqualByComparingTo("0.004"));
            assertThat(wallet.verifyChain().findings()).isEmpty();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void what_was_taken_is_compared_with_use_times_price() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        TokenPrice price = TokenPrice.parse("1", "10", "20", usdc("1").asset());
        offers = List.of(price.in(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300), 50));
        taken = "4000";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            String id = wallet.payments(1).get(0).id();
            TokenUsage usage = new TokenUsage(50, 375, 10); // 50 + 3,750 + 200
            assertThat(wallet.checkUse(id, usage))
                    .as("the chain has shown nothing yet")
                    .isEmpty();

            ChainActs.collect(chain, sent(SchemePayload.Upto.class), BigInteger.valueOf(4_000));
            looked(wallet);

            UseCheck exact = wallet.checkUse(id, usage).orElseThrow();
            assertThat(exact.agrees()).isTrue();
            assertThat(exact.expected()).isEqualTo(usdc("0.004"));
            UseCheck less = wallet.checkUse(id, new TokenUsage(50, 374, 10)).orElseThrow();
            assertThat(less.agrees()).isFalse();
            assertThat(less.overcharged()).isTrue();
            assertThat(less)
                    .hasToString("payment " + id + ": 0.004 USDC was taken, more than 0.00399 USDC due, for 50"
                            + " tokens read, 374 written and 10 of reasoning");
            UseCheck more = wallet.checkUse(id, new TokenUsage(50, 100_000, 10)).orElseThrow();
            assertThat(more.overcharged()).isFalse();
            assertThat(more.expected()).as("never past the ceiling").isEqualTo(usdc("0.01"));
            assertThat(wallet.checkUse("no such payment", usage)).isEmpty();
        }
    }

    @Test
    void the_same_request_buys_again_once_a_metered_answer_was_whole() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        offers = List.of(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300));
        taken = "0";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            buy(wallet);
            assertThat(seller.paidRequests().stream()
                            .map(request -> ((SchemePayload.Upto)
                                            request.payment().payload())
                                    .authorization()
                                    .nonce())
                            .distinct())
                    .hasSize(2);
            assertThat(wallet.totals().held()).containsExactly(usdc("0.02"));
        }
    }

    @Test
    void a_ceiling_of_which_nothing_is_said_to_be_taken_is_held_until_nobody_can() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        offers = List.of(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300));
        taken = "0";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            assertThat(wallet.reconcile()).isEmpty();
            assertThat(wallet.totals().held()).containsExactly(usdc("0.01"));

            time.move(Duration.ofMinutes(20));
            ChainActs.nextBlock(chain);

            assertThat(looked(wallet).state()).isEqualTo(PaymentState.VOID);
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
        }
    }

    @Test
    void a_small_payment_does_not_pass_for_the_settlement_of_a_large_one() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        offers = List.of(Offer.upto(usdc("0.09"), PAYEE, FACILITATOR, 300));
        taken = "1";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            String largeId = wallet.payments(1).get(0).id();
            offers = List.of(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300));
            buy(wallet);
            SchemePayload.Upto large = sent(SchemePayload.Upto.class);
            SchemePayload.Upto small =
                    (SchemePayload.Upto) seller.paidRequests().get(1).payment().payload();
            String nonce = String.format("%064x", large.authorization().nonce());
            String whole = ChainActs.collect(chain, large, BigInteger.valueOf(90_000));
            String little = ChainActs.collect(chain, small, BigInteger.ONE, nonce);

            journalClaim(largeId, little);
            wallet.reconcile();

            PaymentRecord settled = wallet.payment(largeId).orElseThrow();
            assertThat(settled.charged()).isEqualTo(usdc("0.09"));
            assertThat(settled.transaction()).isEqualTo(whole);
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(usdc("0.090001")), List.of()));
        }
    }

    /** The seller names another transaction than the one in which it took the money. */
    private void journalClaim(String payment, String transaction) {
        try {
            ledger.move(payment, new Step.Pending(transaction, "says the seller"), time.instant());
        } catch (IllegalStateException e) {
            // the wallet has looked already
        }
    }

    @Test
    void a_claim_above_the_ceiling_is_not_believed() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        offers = List.of(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300));
        taken = "10001";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            PaymentRecord line = wallet.payments(1).get(0);
            assertThat(line.state()).isEqualTo(PaymentState.UNKNOWN);
            assertThat(line.reason()).contains("10001", "at most 10000");
        }
    }

    @Test
    void a_payment_that_the_account_takes_back_on_the_chain_is_void() throws Exception {
        ChainActs.approvePermit2(chain, chain.usdc(), MUCH);
        offers = List.of(Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300));
        taken = "0";
        try (Wallet wallet = wallet()) {
            buy(wallet);
            String hash = ChainActs.invalidate(
                    chain, sent(SchemePayload.Upto.class).authorization().nonce());
            PaymentRecord line = looked(wallet);
            assertThat(line.state()).isEqualTo(PaymentState.VOID);
            assertThat(line.reason()).contains(hash);
        }
    }

    @Test
    void an_offer_of_a_ceiling_without_a_facilitator_is_not_understood() {
        Offer upto = Offer.upto(usdc("0.01"), PAYEE, FACILITATOR, 300);
        offers = List.of(upto.withExtra("facilitatorAddress", null));
        try (Wallet wallet = wallet()) {
            PaymentException refused = refusal(wallet);
            assertThat(refused.code()).isEqualTo(PaymentCode.SCHEME_NOT_ALLOWED);
            assertThat(refused).hasMessageContaining("facilitatorAddress");
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_seller_that_sends_permits_is_paid_without_an_approval() throws Exception {
        declared.put(Eip2612Sponsoring.KEY, Eip2612Sponsoring.declaration());
        offers = List.of(Offer.exactByPermit2(usdc("0.01"), PAYEE, 300));
        try (Wallet wallet = wallet()) {
            buy(wallet);
            Eip2612Sponsoring permit =
                    Eip2612Sponsoring.in(seller.paidRequests().get(0).payment().extensions());
            assertThat(permit.permit().value()).isEqualTo(10_000); // this payment's sum, no more
            assertThat(permit.permit().spender()).hasToString(chain.permit2());

            ChainActs.collect(chain, sent(SchemePayload.Permit2.class), permit);

            assertThat(wallet.reconcile().get(0).confirmed()).isTrue();
            assertThat(owns(chain.usdc(), PAYEE)).isEqualTo(1_000_010_000);
        }
    }

    @Test
    void a_lasting_approval_is_signed_for_a_seller_only_if_a_person_allows_it() throws Exception {
        declared.put(ApprovalSponsoring.KEY, ApprovalSponsoring.declaration());
        offers = List.of(Offer.exact(usdt("0.01"), PAYEE, 300));
        try (Wallet wallet = wallet()) {
            PaymentException refused = refusal(wallet);
            assertThat(refused.code()).isEqualTo(PaymentCode.ALLOWANCE_MISSING);
            assertThat(refused).hasMessageContaining("waybill.wallet.sponsored-approvals");
        }
        try (Wallet wallet = wallet(policy -> policy.sponsoredApprovals(true))) {
            buy(wallet);
            ApprovalSponsoring sponsoring =
                    ApprovalSponsoring.in(seller.paidRequests().get(0).payment().extensions());
            SignedTransaction signed = SignedTransaction.parse(sponsoring.signedTransaction());
            ApprovalTransaction approval = signed.approval().orElseThrow();
            assertThat(signed.sender()).isEqualTo(wallet.address());
            assertThat(approval.spender()).hasToString(chain.permit2());
            assertThat(approval.token()).isEqualTo(usdt.address());

            Web3j.build(chain.web3jService())
                    .ethSendRawTransaction(sponsoring.signedTransaction())
                    .send();
            ChainActs.collect(chain, sent(SchemePayload.Permit2.class));

            assertThat(wallet.reconcile().get(0).confirmed()).isTrue();
        }
    }

    @Test
    void a_payment_bears_its_identifier_where_the_seller_keeps_them_and_the_other_extensions_go_back()
            throws Exception {
        declared.put(PaymentIdentifier.KEY, PaymentIdentifier.declaration(true));
        declared.put("of-tomorrow", Map.of("info", Map.of("a", "b")));
        offers = List.of(Offer.exact(usdc("0.01"), PAYEE, 300));
        try (Wallet wallet = wallet()) {
            buy(wallet);
            Map<String, @Nullable Object> sent =
                    seller.paidRequests().get(0).payment().extensions();
            PaymentIdentifier identifier = PaymentIdentifier.in(sent);
            assertThat(identifier.required()).isTrue();
            assertThat(identifier.id()).startsWith("pay_").hasSize(36);
            assertThat(sent).containsKey("of-tomorrow");
            assertThat(wallet.payments(1).get(0).id())
                    .doesNotContain(identifier.id().substring(4));
        }
    }

    @Test
    void extensions_that_would_make_the_header_long_are_not_echoed() throws Exception {
        declared.put(PaymentIdentifier.KEY, PaymentIdentifier.declaration(false));
        declared.put("long", Map.of("info", Map.of("a", "b".repeat(5_000))));
        offers = List.of(Offer.exact(usdc("0.01"), PAYEE, 300));
        try (Wallet wallet = wallet()) {
            buy(wallet);
            assertThat(seller.paidRequests().get(0).payment().extensions()).containsOnlyKeys(PaymentIdentifier.KEY);
        }
    }

    @Test
    void a_bill_that_asks_for_something_else_than_its_seller_signed_is_refused() throws Exception {
        Offer offer = Offer.exact(usdc("0.01"), PAYEE, 300);
        offers = List.of(offer);
        String resource = "http://" + seller.host() + "/";
        long until = time.instant().getEpochSecond() + 60;
        try (Wallet wallet = wallet()) {
            declared.put(OfferReceipt.KEY, signed(offer, resource, until));
            assertThat(buy(wallet)).isEqualTo("sold");
            declared.put(OfferReceipt.KEY, signed(Offer.exact(usdc("0.001"), PAYEE, 300), resource, until));
            assertThat(refusal(wallet).code()).isEqualTo(PaymentCode.QUOTE_DRIFT);
            declared.put(OfferReceipt.KEY, signed(offer, resource + "other", until));
            assertThat(refusal(wallet).code()).isEqualTo(PaymentCode.QUOTE_DRIFT);
            declared.put(OfferReceipt.KEY, signed(offer, resource, until - 61));
            assertThat(refusal(wallet).code()).isEqualTo(PaymentCode.QUOTE_EXPIRED);
        }
    }

    private static Map<String, @Nullable Object> signed(Offer offer, String resource, long until) {
        OfferClaim claim = OfferClaim.of(offer, resource, until);
        SigningKey sellers = SigningKey.parse("0x" + "42".repeat(32));
        return OfferReceipt.extension(List.of(new OfferReceipt.SignedOffer(0, claim, sellers.sign(claim))));
    }

    @Test
    void signs_in_only_to_the_site_that_was_asked_and_only_now() throws Exception {
        URI url = seller.uri("/");
        try (Wallet wallet = wallet()) {
            String header = wallet.signIn(url, signIn(seller.host(), url, time.instant()))
                    .orElseThrow();
            SignInProof proof = SignInProof.parse(header);
            assertThat(proof.signedByAccount()).isTrue();
            assertThat(proof.message().account()).isEqualTo(wallet.address());
            assertThat(wallet.signIn(url, Map.of())).isEmpty();

            for (Map<String, @Nullable Object> other : List.of(
                    signIn("evil.example", url, time.instant()),
                    signIn(seller.host(), URI.create("https://evil.example/"), time.instant()))) {
                assertThat(catchThrowableOfType(PaymentException.class, () -> wallet.signIn(url, other))
                                .code())
                        .isEqualTo(PaymentCode.RESOURCE_MISMATCH);
            }
            var old = signIn(seller.host(), url, time.instant().minusSeconds(301));
            assertThat(catchThrowableOfType(PaymentException.class, () -> wallet.signIn(url, old))
                            .code())
                    .isEqualTo(PaymentCode.QUOTE_EXPIRED);
            wallet.freeze("a test");
            assertThat(catchThrowableOfType(
                                    PaymentException.class,
                                    () -> wallet.signIn(url, signIn(seller.host(), url, time.instant())))
                            .code())
                    .isEqualTo(PaymentCode.KILL_SWITCH);
        }
    }

    private static Map<String, @Nullable Object> signIn(String domain, URI uri, Instant issued) {
        byte[] json = Json.write(Map.of(SignInChallenge.KEY, ScriptedSeller.challenge(domain, uri, issued)))
                .getBytes(StandardCharsets.UTF_8);
        return Json.parseObject(json, json.length);
    }

    @Test
    void a_person_approves_a_token_once_and_can_take_it_back() throws Exception {
        try (Wallet wallet = wallet()) {
            for (String[] step : new String[][] {{"7", "1"}, {"9", "2"}, {"9", "0"}, {"0", "1"}}) {
                List<String> approvals = wallet.approvals(usdt, new BigInteger(step[0]));
                assertThat(approvals).as("to " + step[0]).hasSize(Integer.parseInt(step[1]));
                for (String approval : approvals) {
                    var sent = Web3j.build(chain.web3jService())
                            .ethSendRawTransaction(approval)
                            .send();
                    assertThat(sent.hasError()).isFalse();
                }
            }
            wallet.freeze("a test");
            assertThatThrownBy(() -> wallet.approvals(usdt, BigInteger.ONE)).isInstanceOf(IllegalStateException.class);
        }
    }
}
