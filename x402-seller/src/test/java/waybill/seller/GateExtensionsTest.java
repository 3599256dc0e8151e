package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.seller.Admission.Declined;
import waybill.seller.Admission.Why;
import waybill.x402.Bazaar;
import waybill.x402.Headers;
import waybill.x402.JwsProof;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.PaymentIdentifier;
import waybill.x402.PaymentRequired;
import waybill.x402.ReceiptClaim;
import waybill.x402.SettlementResponse;
import waybill.x402.SignIn;
import waybill.x402.SignInChallenge;
import waybill.x402.SignInProof;

/** What a gate does beside taking money: named payments, coming back by signature, signed offers and receipts. */
class GateExtensionsTest {
    private static final String ORIGIN = "https://shop.example";
    private static final String PATH = "/v1/report?year=2026";
    private static final Answer ANSWER = Answer.of(200, "text/plain", "sold".getBytes(UTF_8));
    private static final Reopening REOPENING = Reopening.at(URI.create(ORIGIN), Duration.ofDays(30));
    private static final String ID = "pay_0123456789abcdef";

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();
    private final ScriptedFacilitator facilitator = new ScriptedFacilitator();
    private final Buyer buyer = new Buyer(1);
    private final List<PriceTag> tags = List.of(PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP));
    private ClaimStore store;
    private PaymentGate gate;
    private @Nullable Reopening reopening = REOPENING;

    @BeforeEach
    void open() {
        open(GateSettings.defaults());
    }

    private void open(GateSettings settings) {
        store = SqliteClaimStore.open(folder.resolve("claims.db"));
        gate = new PaymentGate(facilitator, store, settings, clock, new SecureRandom());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Admission ask(Map<String, String> headers) {
        return ask("GET", PATH, headers);
    }

    private Admission ask(String method, String path, Map<String, String> headers) {
        PricedRequest request = PricedRequest.of(
                method, "/v1/report", ORIGIN + path, new byte[0], tags, name -> headers.entrySet().stream()
                        .filter(header -> header.getKey().equalsIgnoreCase(name))
                        .map(Map.Entry::getValue)
                        .toList());
        return gate.admit(reopening == null ? request : request.reopened(reopening));
    }

    private Admission bill() {
        return ask(Map.of());
    }

    private Admission pay(String payment) {
        return ask(Map.of(Headers.PAYMENT_SIGNATURE, payment));
    }

    private Admission signIn(String header) {
        return ask(Map.of(Headers.SIGN_IN_WITH_X, header));
    }

    private SettlementResponse bought(Buyer by) {
        return settled(pay(by.pay(bill(), clock.instant())));
    }

    private static SettlementResponse settled(Admission admission) {
        assertThat(admission).isInstanceOf(Admitted.class);
        try (Admitted admitted = (Admitted) admission) {
            Settlement.Settled settled = (Settlement.Settled) admitted.settle(ANSWER);
            return Buyer.response(settled.headers());
        }
    }

    private static Declined declined(Admission admission, Why why) {
        assertThat(admission).isInstanceOf(Declined.class);
        Declined declined = (Declined) admission;
        assertThat(declined.why()).as(declined.toString()).isEqualTo(why);
        return declined;
    }

    // --- payment-identifier ---

    @Test
    void a_name_is_asked_for_and_brings_the_kept_answer_to_its_own_payment() {
        PaymentIdentifier declared = PaymentIdentifier.in(Buyer.bill(bill()).extensions());
        assertThat(declared).isEqualTo(new PaymentIdentifier(false, null));
        String payment = buyer.payNamed(bill(), ID, clock.instant());
        settled(pay(payment));
        assertThat(((Admission.Kept) pay(payment)).answer()).isEqualTo(ANSWER);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void a_name_that_belongs_to_another_payment_is_a_conflict_and_no_new_bill() {
        settled(pay(buyer.payNamed(bill(), ID, clock.instant())));
        Declined conflict = declined(pay(buyer.payNamed(bill(), ID, clock.instant())), Why.CONFLICT);
        assertThat(conflict.status()).isEqualTo(409);
        assertThat(conflict.code()).isEqualTo("payment_identifier_conflict");
        assertThat(conflict.headers()).doesNotContainKey(Headers.PAYMENT_REQUIRED);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void a_name_is_its_payers_own_and_free_again_when_nothing_was_charged() {
        settled(pay(buyer.payNamed(bill(), ID, clock.instant())));
        settled(pay(new Buyer(2).payNamed(bill(), ID, clock.instant())));
        String other = "pay_another_name_of_mine";
        try (Admitted failing = (Admitted) pay(buyer.payNamed(bill(), other, clock.instant()))) {
            assertThat(failing.settle(Answer.of(500, "text/plain", new byte[0])))
                    .isInstanceOf(Settlement.NotCharged.class);
        }
        settled(pay(buyer.payNamed(bill(), other, clock.instant())));
        assertThat(facilitator.settled).hasValue(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "has spaces in it, and more", "ünïcode_ünïcode_ünïcode"})
    void a_name_of_another_form_is_malformed_and_nothing_is_asked(String id) {
        declined(pay(buyer.payNamed(bill(), id, clock.instant())), Why.MALFORMED);
        declined(pay(buyer.payNamed(bill(), "x".repeat(129), clock.instant())), Why.MALFORMED);
        assertThat(facilitator.verified).hasValue(0);
    }

    // --- sign-in-with-x ---

    @Test
    void whoever_has_paid_comes_back_by_signature_once_for_each_time_it_is_asked() {
        bought(buyer);
        String header = buyer.signIn(bill());
        assertThat(signIn(header)).isInstanceOfSatisfying(Admission.Opened.class, opened -> {
            assertThat(opened.account()).isEqualTo(buyer.address());
            assertThat(opened.headers()).containsEntry("Cache-Control", "private, no-store");
        });
        declined(signIn(header), Why.PAYMENT_REQUIRED);
        assertThat(signIn(buyer.signIn(bill()))).isInstanceOf(Admission.Opened.class);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void nobody_comes_back_to_what_another_has_paid_for_or_to_another_request() {
        declined(signIn(buyer.signIn(bill())), Why.PAYMENT_REQUIRED);
        bought(buyer);
        declined(signIn(new Buyer(2).signIn(bill())), Why.PAYMENT_REQUIRED);
        for (String[] other : new String[][] {{"GET", "/v1/report?year=2027"}, {"POST", PATH}, {"GET", "/v1/report"}}) {
            String header = buyer.signIn(ask(other[0], other[1], Map.of()));
            declined(ask(other[0], other[1], Map.of(Headers.SIGN_IN_WITH_X, header)), Why.PAYMENT_REQUIRED);
            declined(
                    ask(other[0], other[1], Map.of(Headers.SIGN_IN_WITH_X, buyer.signIn(bill()))),
                    Why.PAYMENT_REQUIRED);
        }
    }

    @Test
    void a_message_that_was_not_asked_for_opens_nothing() {
        bought(buyer);
        SignIn asked = Objects.requireNonNull(
                        SignInChallenge.in(Buyer.bill(bill()).extensions()))
                .message(buyer.address(), Buyer.NETWORK);
        for (SignIn other : List.of(
                with(asked, "evil.example", asked.uri(), asked.nonce(), asked.issuedAt(), asked.expirationTime()),
                with(
                        asked,
                        asked.domain(),
                        "https://evil.example/",
                        asked.nonce(),
                        asked.issuedAt(),
                        asked.expirationTime()),
                with(asked, asked.domain(), asked.uri(), "0".repeat(64), asked.issuedAt(), asked.expirationTime()),
                with(asked, asked.domain(), asked.uri(), "abcdef1234567890", asked.issuedAt(), asked.expirationTime()),
                with(asked, asked.domain(), asked.uri(), asked.nonce(), asked.issuedAt(), "2030-01-01T00:00:00Z"),
                with(asked, asked.domain(), asked.uri(), asked.nonce(), asked.issuedAt(), null),
                with(
                        asked,
                        asked.domain(),
                        asked.uri(),
                        asked.nonce(),
                        "2026-11-01T12:00:01Z",
                        asked.expirationTime()))) {
            declined(signIn(buyer.signIn(other)), Why.PAYMENT_REQUIRED);
        }
        for (String damaged :
                List.of("", "!", Base64.getEncoder().encodeToString("{}".getBytes(UTF_8)), "x".repeat(70_000))) {
            declined(signIn(damaged), Why.PAYMENT_REQUIRED);
        }
        assertThat(signIn(buyer.signIn(asked))).isInstanceOf(Admission.Opened.class);
    }

    private static SignIn with(
            SignIn asked, String domain, String uri, String nonce, String issuedAt, @Nullable String expires) {
        return new SignIn(
                domain,
                asked.account(),
                asked.statement(),
                uri,
                asked.network(),
                nonce,
                issuedAt,
                expires,
                asked.notBefore(),
                asked.requestId(),
                asked.resources());
    }

    @Test
    void a_signature_of_somebody_else_opens_nothing() {
        bought(buyer);
        SignInChallenge challenge =
                Objects.requireNonNull(SignInChallenge.in(Buyer.bill(bill()).extensions()));
        Buyer thief = new Buyer(2);
        String signature = SignInProof.parse(thief.signIn(challenge.message(thief.address(), Buyer.NETWORK)))
                .signature();
        SignIn victims = challenge.message(buyer.address(), Buyer.NETWORK);
        declined(signIn(new SignInProof(victims, signature).encode()), Why.PAYMENT_REQUIRED);
    }

    @Test
    void a_message_grows_old_and_what_was_paid_for_closes_again() {
        bought(buyer);
        String header = buyer.signIn(bill());
        clock.advance(Duration.ofSeconds(301));
        declined(signIn(header), Why.PAYMENT_REQUIRED);
        clock.advance(Duration.ofDays(29));
        store.prune(clock.instant());
        store.close();
        open();
        assertThat(signIn(buyer.signIn(bill()))).isInstanceOf(Admission.Opened.class);
        clock.advance(Duration.ofDays(1));
        declined(signIn(buyer.signIn(bill())), Why.PAYMENT_REQUIRED);
        store.prune(clock.instant());
        bought(buyer);
        assertThat(signIn(buyer.signIn(bill()))).isInstanceOf(Admission.Opened.class);
    }

    @Test
    void a_payment_is_a_payment_whoever_signs_in_beside_it() {
        bought(buyer);
        String header = buyer.signIn(bill());
        String payment = buyer.pay(bill(), clock.instant());
        settled(ask(Map.of(Headers.SIGN_IN_WITH_X, header, Headers.PAYMENT_SIGNATURE, payment)));
        assertThat(facilitator.settled).hasValue(2);
    }

    @Test
    void what_does_not_open_again_says_nothing_of_it() {
        reopening = null;
        bought(buyer);
        assertThat(Buyer.bill(bill()).extensions()).doesNotContainKey(SignInChallenge.KEY);
        reopening = REOPENING;
        String header = buyer.signIn(bill());
        declined(signIn(header), Why.PAYMENT_REQUIRED); // paid before it could open again
        reopening = null;
        declined(signIn(header), Why.PAYMENT_REQUIRED);
    }

    @Test
    void an_origin_is_scheme_host_and_port() {
        for (String wrong : List.of("shop.example", "https://u@shop.example", "https://shop.example/path", "ftp://a")) {
            assertThatThrownBy(() -> Reopening.at(URI.create(wrong), Duration.ofDays(1)))
                    .as(wrong)
                    .hasMessageContaining("origin");
        }
    }

    // --- offer-receipt, bazaar ---

    @Test
    void offers_and_receipts_are_signed_by_a_key_that_cannot_pay() throws Exception {
        JwsReceiptSigner signer = signer(folder.resolve("receipts.pem"));
        store.close();
        open(GateSettings.defaults().signedBy(signer));

        PaymentRequired bill = Buyer.bill(bill());
        JwsProof offered = OfferReceipt.jwsOffers(bill.extensions()).get(0);
        assertThat(offered.verdict()).isEqualTo(JwsProof.Verdict.SIGNED);
        assertThat(offered.keyName()).isEqualTo(signer.name());
        assertThat(OfferClaim.of(offered).covers(bill.accepts().get(0))).isTrue();
        assertThat(OfferClaim.of(offered).resourceUrl()).isEqualTo(ORIGIN + PATH);

        String payment = buyer.pay(bill(), clock.instant());
        SettlementResponse response = settled(pay(payment));
        JwsProof receipt = Objects.requireNonNull(OfferReceipt.jwsReceipt(response.extensions()));
        assertThat(receipt.verdict()).isEqualTo(JwsProof.Verdict.SIGNED);
        ReceiptClaim claim = ReceiptClaim.of(receipt);
        assertThat(claim.payer()).isEqualTo(buyer.address().toString());
        assertThat(claim.transaction()).isEqualTo(response.transaction());
        assertThat(claim.resourceUrl()).isEqualTo(ORIGIN + PATH);
        assertThat(Buyer.response(((Admission.Kept) pay(payment)).headers())).isEqualTo(response);
    }

    @Test
    void a_signer_that_fails_stops_no_sale() {
        store.close();
        open(GateSettings.defaults().signedBy(new ReceiptSigner() {
            @Override
            public OfferReceipt.Proof sign(OfferClaim offer) {
                throw new IllegalStateException("no key");
            }

            @Override
            public OfferReceipt.Proof sign(ReceiptClaim receipt) {
                throw new IllegalStateException("no key");
            }
        }));
        assertThat(Buyer.bill(bill()).extensions()).doesNotContainKey(OfferReceipt.KEY);
        assertThat(OfferReceipt.hasReceipt(bought(buyer).extensions())).isFalse();
    }

    @Test
    void a_file_that_holds_no_pair_of_keys_is_refused_with_the_way_to_make_one() throws Exception {
        Path file = Files.writeString(folder.resolve("none.pem"), "nothing");
        assertThatThrownBy(() -> JwsReceiptSigner.read(file)).hasMessageContaining("openssl genpkey");
        KeyPair one = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        assertThatThrownBy(() -> JwsReceiptSigner.of(one.getPrivate(), other.getPublic(), null))
                .hasMessageContaining("no pair");
        KeyPair curve = KeyPairGenerator.getInstance("EC").generateKeyPair();
        assertThatThrownBy(() -> JwsReceiptSigner.of(curve.getPrivate(), curve.getPublic(), null))
                .hasMessageContaining("Ed25519");
        assertThat(JwsReceiptSigner.of(one.getPrivate(), one.getPublic(), "did:web:shop.example#1")
                        .name())
                .isEqualTo("did:web:shop.example#1");
    }

    private static JwsReceiptSigner signer(Path file) throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Files.writeString(
                file,
                pem("PRIVATE", keys.getPrivate().getEncoded())
                        + pem("PUBLIC", keys.getPublic().getEncoded()));
        return JwsReceiptSigner.read(file);
    }

    private static String pem(String kind, byte[] key) {
        return "-----BEGIN " + kind + " KEY-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(UTF_8)).encodeToString(key) + "\n-----END " + kind
                + " KEY-----\n";
    }

    @Test
    void a_listed_resource_says_how_it_is_called() {
        Bazaar how = Bazaar.query("GET", Map.of("year", "2026"), null);
        Admission admission =
                gate.admit(PricedRequest.of("GET", "/v1/report", ORIGIN + PATH, new byte[0], tags, name -> List.of())
                        .listed(how));
        assertThat(Bazaar.in(Buyer.bill(admission).extensions())).isEqualTo(how);
    }
}
