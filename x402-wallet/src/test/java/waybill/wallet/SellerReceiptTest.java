package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPublicKey;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.wallet.ScriptedSeller.Request;
import waybill.wallet.SellerReceipt.Finding;
import waybill.x402.JwsProof;
import waybill.x402.Offer;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.ReceiptClaim;
import waybill.x402.SettlementResponse;
import waybill.x402.SigningKey;

/** What a seller's signed receipt is found to be; the payment is settled in every case, as the answer says. */
class SellerReceiptTest {
    /** Of {@link ScriptedSeller#PAYEE}, the second account of the well-known test mnemonic. */
    private static final SigningKey PAYEES_KEY =
            SigningKey.parse("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");

    private static final SigningKey ANOTHER =
            SigningKey.parse("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a");

    @TempDir
    Path folder;

    /** Changes one word of an honest receipt. */
    private interface Change {
        ReceiptClaim on(ReceiptClaim claim);
    }

    static Stream<Arguments> receipts() {
        Change none = claim -> claim;
        return Stream.of(
                Arguments.of("the payee's", PAYEES_KEY, none, Finding.BY_PAYEE),
                Arguments.of("without a transaction", PAYEES_KEY, (Change) c -> with(c, 4, ""), Finding.BY_PAYEE),
                Arguments.of("a stranger's", ANOTHER, none, Finding.BY_STRANGER),
                Arguments.of("another network", PAYEES_KEY, (Change) c -> with(c, 0, "eip155:1"), Finding.OF_ANOTHER),
                Arguments.of(
                        "another resource",
                        PAYEES_KEY,
                        (Change) c -> with(c, 1, "http://127.0.0.1/other"),
                        Finding.OF_ANOTHER),
                Arguments.of(
                        "another payer",
                        PAYEES_KEY,
                        (Change) c -> with(c, 2, ScriptedSeller.OTHER_PAYEE.toString()),
                        Finding.OF_ANOTHER),
                Arguments.of("an old one", PAYEES_KEY, (Change) c -> with(c, 3, "1000000000"), Finding.OF_ANOTHER),
                Arguments.of(
                        "one of the future", PAYEES_KEY, (Change) c -> with(c, 3, "9999999999"), Finding.OF_ANOTHER),
                Arguments.of(
                        "another transaction",
                        PAYEES_KEY,
                        (Change) c -> with(c, 4, "0x" + "cd".repeat(32)),
                        Finding.OF_ANOTHER));
    }

    private static ReceiptClaim with(ReceiptClaim claim, int field, String value) {
        return new ReceiptClaim(
                field == 0 ? value : claim.network(),
                field == 1 ? value : claim.resourceUrl(),
                field == 2 ? value : claim.payer(),
                field == 3 ? new BigInteger(value) : claim.issuedAt(),
                field == 4 ? value : claim.transaction());
    }

    private static ReceiptClaim honest(Request request, Fixture fixture) {
        return new ReceiptClaim(
                ScriptedSeller.NETWORK.toString(),
                request.payment().resource().url(),
                request.exact().payer().toString(),
                BigInteger.valueOf(fixture.clock.instant().getEpochSecond()),
                ScriptedSeller.TRANSACTION);
    }

    private static SettlementResponse settlement(Request request, Map<String, @Nullable Object> extension) {
        return ScriptedSeller.settlement(request).withExtension(OfferReceipt.KEY, extension);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("receipts")
    void says_what_a_receipt_is_and_settles_all_the_same(String what, SigningKey key, Change change, Finding finding)
            throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            seller.script(request -> {
                if (!request.paid()) {
                    return ScriptedSeller.bill(request, "0.01");
                }
                ReceiptClaim claim = change.on(honest(request, fixture));
                return ScriptedSeller.answered(
                        "sold",
                        settlement(
                                request,
                                OfferReceipt.extension(new OfferReceipt.SignedReceipt(claim, key.sign(claim)))));
            });
            assertThat(fixture.get(seller.uri("/v1/thing?q=1")).body()).isEqualTo("sold");
            PaymentRecord line = fixture.only();
            assertThat(line.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(line.receipt())
                    .isEqualTo(new SellerReceipt(finding, key.address().toString()));
            assertThat(fixture.ledger.verify().findings()).isEmpty();
            assertThat(fixture.wallet.payment(line.id()).orElseThrow()).isEqualTo(line);
        }
    }

    @Test
    void knows_the_one_who_signed_the_offer_again() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            seller.script(request -> {
                if (!request.paid()) {
                    Offer offer = ScriptedSeller.offer("0.01");
                    OfferClaim claim = OfferClaim.of(
                            offer,
                            "http://" + request.header("host") + request.path(),
                            fixture.clock.instant().getEpochSecond() + 300);
                    return ScriptedSeller.bill(
                            request,
                            "0.01",
                            Map.of(
                                    OfferReceipt.KEY,
                                    OfferReceipt.extension(
                                            List.of(new OfferReceipt.SignedOffer(0, claim, ANOTHER.sign(claim))))));
                }
                ReceiptClaim claim = honest(request, fixture);
                return ScriptedSeller.answered(
                        "sold",
                        settlement(
                                request,
                                OfferReceipt.extension(new OfferReceipt.SignedReceipt(claim, ANOTHER.sign(claim)))));
            });
            fixture.get(seller.uri("/"));
            assertThat(fixture.only().receipt())
                    .isEqualTo(new SellerReceipt(
                            Finding.BY_OFFERER, ANOTHER.address().toString()));
        }
    }

    static Stream<Arguments> unreadable() {
        Map<String, @Nullable Object> jws = new LinkedHashMap<>();
        jws.put("format", "jws");
        jws.put("signature", base64("{\"alg\":\"ES256\",\"kid\":\"did:web:shop.example#1\"}") + ".e30.AA");
        Map<String, @Nullable Object> nameless = new LinkedHashMap<>();
        nameless.put("format", "jws");
        nameless.put("signature", "e30.e30.AA");
        Map<String, @Nullable Object> cut = new LinkedHashMap<>();
        cut.put("format", "eip712");
        cut.put("signature", "0x" + "00".repeat(65));
        return Stream.of(
                Arguments.of("a key on the web", jws, new SellerReceipt(Finding.NOT_CHECKED, "did:web:shop.example#1")),
                Arguments.of("a JWS without a key", nameless, new SellerReceipt(Finding.FORGED, null)),
                Arguments.of("without what was signed", cut, new SellerReceipt(Finding.FORGED, null)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadable")
    void a_receipt_that_cannot_be_read_changes_nothing(
            String what, Map<String, @Nullable Object> receipt, SellerReceipt found) throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            seller.script(request -> request.paid()
                    ? ScriptedSeller.answered("sold", settlement(request, Map.of("info", Map.of("receipt", receipt))))
                    : ScriptedSeller.bill(request, "0.01"));
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("sold");
            assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
            assertThat(fixture.only().receipt()).isEqualTo(found);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Signs by a key that was made for the test, and named by itself. */
    private static OfferReceipt.Proof jws(KeyPair keys, String claim) throws GeneralSecurityException {
        return new OfferReceipt.Proof.Jws(
                JwsProof.sign(JwsProof.name((EdECPublicKey) keys.getPublic()), claim, input -> {
                    java.security.Signature signing = java.security.Signature.getInstance("Ed25519");
                    signing.initSign(keys.getPrivate());
                    signing.update(input);
                    return signing.sign();
                }));
    }

    @Test
    void checks_a_jws_by_the_key_in_its_name() throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        KeyPair others = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        String name = JwsProof.name((EdECPublicKey) keys.getPublic());
        for (Finding expected : List.of(Finding.BY_STRANGER, Finding.BY_OFFERER, Finding.OF_ANOTHER, Finding.FORGED)) {
            try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                    Fixture fixture = Fixture.open(Files.createTempDirectory(folder, "one"), seller)) {
                seller.script(request -> {
                    if (!request.paid()) {
                        OfferClaim offer = OfferClaim.of(
                                ScriptedSeller.offer("0.01"),
                                "http://" + request.header("host") + request.path(),
                                fixture.clock.instant().getEpochSecond() + 300);
                        OfferReceipt.Proof proof =
                                jws(expected == Finding.BY_OFFERER ? keys : others, offer.canonical());
                        return ScriptedSeller.bill(
                                request,
                                "0.01",
                                Map.of(OfferReceipt.KEY, OfferReceipt.extension(List.of(offer), claim -> proof)));
                    }
                    ReceiptClaim claim = honest(request, fixture);
                    claim = expected == Finding.OF_ANOTHER ? with(claim, 0, "eip155:1") : claim;
                    OfferReceipt.Proof proof = jws(keys, claim.canonical());
                    Map<String, @Nullable Object> extension = OfferReceipt.extension(claim, proof);
                    if (expected == Finding.FORGED) {
                        String compact = ((OfferReceipt.Proof.Jws) proof).jws().compact();
                        String another = ((OfferReceipt.Proof.Jws) jws(others, claim.canonical()))
                                .jws()
                                .compact();
                        extension = Map.of(
                                "info",
                                Map.of(
                                        "receipt",
                                        Map.of(
                                                "format",
                                                "jws",
                                                "signature",
                                                compact.substring(0, compact.lastIndexOf('.'))
                                                        + another.substring(another.lastIndexOf('.')))));
                    }
                    return ScriptedSeller.answered("sold", settlement(request, extension));
                });
                fixture.get(seller.uri("/"));
                assertThat(fixture.only().state()).isEqualTo(PaymentState.SETTLED);
                assertThat(fixture.only().receipt()).isEqualTo(new SellerReceipt(expected, name));
            }
        }
    }

    @Test
    void a_payment_without_a_receipt_has_none() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            fixture.get(seller.uri("/"));
            assertThat(fixture.only().receipt()).isNull();
        }
    }
}
