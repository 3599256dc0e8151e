package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExtensionsTest {
    private static final SigningKey PAYER = Eip3009Test.PAYER;
    private static final Network NETWORK = new Network(84532);

    @Test
    void payloads_of_every_scheme_are_read_back() {
        Offer exact = Offer.exactByPermit2(new Amount(Eip3009Test.USDC, BigInteger.TEN), PAYER.address(), 60);
        String signature = "0x" + "ab".repeat(65);
        for (SchemePayload payload : List.of(
                new SchemePayload.Permit2(signature, TypedThingsTest.EXACT),
                new SchemePayload.Upto(signature, TypedThingsTest.UPTO))) {
            PaymentPayload payment = new PaymentPayload(exact, payload, null, Map.of());
            assertThat(WireFormat.paymentPayload(WireFormat.encode(payment))).isEqualTo(payment);
            assertThat(payload.toString()).doesNotContain("abab");
        }
        Map<String, @Nullable Object> both = new LinkedHashMap<>();
        both.putAll(new SchemePayload.Eip3009(signature, Eip3009Test.AUTHORIZATION).json());
        both.putAll(new SchemePayload.Upto(signature, TypedThingsTest.UPTO).json());
        assertThatThrownBy(() -> SchemePayload.read(both)).hasMessageContaining("both");
    }

    @Test
    void an_offer_says_how_its_token_is_moved() {
        Amount amount = new Amount(Eip3009Test.USDC, BigInteger.TEN);
        Offer plain = Offer.exact(amount, PAYER.address(), 60);
        assertThat(plain.method()).isEqualTo(TransferMethod.EIP3009);
        assertThat(plain.withExtra("assetTransferMethod", "erc7710").method()).isNull();
        assertThat(Offer.exactByPermit2(amount, PAYER.address(), 60).method()).isEqualTo(TransferMethod.PERMIT2);
        Offer upto = Offer.upto(amount, PAYER.address(), PAYER.address(), 60);
        assertThat(upto.method()).isEqualTo(TransferMethod.PERMIT2);
        assertThat(upto.withExtra("assetTransferMethod", "eip3009").method()).isNull();
        assertThat(upto.facilitator()).isEqualTo(PAYER.address().toString());
    }

    @Test
    void what_the_seller_wrote_is_echoed_and_ours_added_to_it() {
        Map<String, @Nullable Object> declared = new LinkedHashMap<>();
        declared.put("payment-identifier", PaymentIdentifier.declaration(true));
        declared.put("eip2612GasSponsoring", Eip2612Sponsoring.declaration());
        declared.put("erc20ApprovalGasSponsoring", ApprovalSponsoring.declaration());
        declared.put("of-tomorrow", "anything");
        assertThat(PaymentIdentifier.in(declared)).isEqualTo(new PaymentIdentifier(true, null));
        assertThat(Eip2612Sponsoring.in(declared)).isNull();
        assertThat(ApprovalSponsoring.in(declared)).isNull();

        Eip2612Sponsoring permit = new Eip2612Sponsoring(
                Eip3009Test.USDC.address(),
                TypedThingsTest.PERMIT,
                PAYER.sign(TypedThingsTest.PERMIT, Eip3009Test.USDC).toHex());
        ApprovalSponsoring approval = new ApprovalSponsoring(
                PAYER.address(), Eip3009Test.USDC.address(), PAYER.address(), BigInteger.ONE, "0x02c0");
        Map<String, @Nullable Object> answered = Extensions.answered(
                declared,
                Map.of(
                        "payment-identifier", PaymentIdentifier.info("pay_0123456789abcdef"),
                        "eip2612GasSponsoring", permit.info(),
                        "erc20ApprovalGasSponsoring", approval.info(),
                        "not-asked-for", Map.of("a", 1)));
        assertThat(answered).containsOnlyKeys(declared.keySet());
        assertThat(answered.get("of-tomorrow")).isEqualTo("anything");
        assertThat(PaymentIdentifier.in(answered)).isEqualTo(new PaymentIdentifier(true, "pay_0123456789abcdef"));
        assertThat(Eip2612Sponsoring.in(answered)).isEqualTo(permit);
        assertThat(ApprovalSponsoring.in(answered)).isEqualTo(approval);
        assertThat(Json.write(answered)).contains("along with the payment");
        assertThatThrownBy(() -> PaymentIdentifier.info("short")).hasMessageContaining("16 to 128");
    }

    @Test
    void offers_and_receipts_are_signed_and_read_back() {
        Offer offer = Offer.exact(new Amount(Eip3009Test.USDC, BigInteger.TEN), PAYER.address(), 60);
        OfferClaim claim = OfferClaim.of(offer, "https://a.example/x", 1893456000);
        Map<String, @Nullable Object> bill = Map.of(
                OfferReceipt.KEY,
                parsed(OfferReceipt.extension(List.of(new OfferReceipt.SignedOffer(0, claim, PAYER.sign(claim))))));
        OfferReceipt.SignedOffer read = OfferReceipt.offers(bill).get(0);
        assertThat(read.claim()).isEqualTo(claim);
        assertThat(read.signer()).isEqualTo(PAYER.address());
        assertThat(claim.covers(offer)).isTrue();
        assertThat(claim.covers(Offer.exact(new Amount(Eip3009Test.USDC, BigInteger.ONE), PAYER.address(), 60)))
                .isFalse();

        ReceiptClaim receipt = new ReceiptClaim(
                "eip155:84532", "https://a.example/x", PAYER.address().toString(), BigInteger.ONE, "");
        Map<String, @Nullable Object> response = Map.of(
                OfferReceipt.KEY,
                parsed(OfferReceipt.extension(new OfferReceipt.SignedReceipt(receipt, PAYER.sign(receipt)))));
        assertThat(OfferReceipt.receipt(response))
                .extracting(OfferReceipt.SignedReceipt::signer)
                .isEqualTo(PAYER.address());
        assertThat(OfferReceipt.receipt(bill)).isNull();
        assertThat(OfferReceipt.offers(Map.of(
                        OfferReceipt.KEY,
                        Map.of("info", Map.of("offers", List.of(Map.of("format", "jws", "signature", "a.b.c")))))))
                .isEmpty();
    }

    @Test
    void a_sign_in_is_made_from_the_sellers_words_and_cannot_grow_another_line() {
        SignIn message = new SignIn(
                "a.example",
                PAYER.address(),
                null,
                "https://a.example/x",
                NETWORK,
                "abcdef1234567890",
                "2026-01-01T00:00:00.000Z",
                null,
                null,
                null,
                List.of("https://a.example/x"));
        assertThat(message.text())
                .isEqualTo("a.example wants you to sign in with your Ethereum account:\n"
                        + "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n\n\nURI: https://a.example/x\nVersion: 1\n"
                        + "Chain ID: 84532\nNonce: abcdef1234567890\nIssued At: 2026-01-01T00:00:00.000Z\n"
                        + "Resources:\n- https://a.example/x");
        Map<String, @Nullable Object> bill =
                Map.of(SignInChallenge.KEY, parsed(SignInChallenge.declaration(message, List.of(NETWORK))));
        SignInChallenge challenge = SignInChallenge.in(bill);
        assertThat(challenge.networks()).containsExactly(NETWORK);
        assertThat(challenge.message(PAYER.address(), NETWORK)).isEqualTo(message);

        Instant issued = Instant.parse(message.issuedAt());
        assertThat(message.goodAt(issued.plusSeconds(300), 300)).isTrue();
        assertThat(message.goodAt(issued.plusSeconds(301), 300)).isFalse();
        assertThat(message.goodAt(issued.minusSeconds(30), 300)).isTrue();
        assertThat(message.goodAt(issued.minusSeconds(31), 300)).isFalse();

        for (String evil : new String[] {"a\nURI: https://evil.example", "a\rb", "a\u2028b", "", "x".repeat(1001)}) {
            Map<String, @Nullable Object> info = new LinkedHashMap<>(challenge.info());
            info.put("statement", evil);
            assertThatThrownBy(() -> new SignInChallenge(info, List.of(NETWORK)).message(PAYER.address(), NETWORK))
                    .as(evil)
                    .isInstanceOf(MalformedWireException.class)
                    .hasMessageContaining("statement");
        }
        SignInProof proof = new SignInProof(message, PAYER.sign(message).toHex());
        assertThat(SignInProof.parse(proof.encode())).isEqualTo(proof);
        SignInProof stolen =
                new SignInProof(challenge.message(Eip3009Test.AUTHORIZATION.to(), NETWORK), proof.signature());
        assertThat(SignInProof.parse(stolen.encode()).signedByAccount()).isFalse();
        assertThat(proof.toString()).doesNotContain(proof.signature());
    }

    /** A receipt that the reference package signed with the Ed25519 key of 32 bytes 0x07. */
    private static final String REFERENCE_RECEIPT =
            "eyJhbGciOiJFZERTQSIsImtpZCI6ImRpZDprZXk6ejZNa3ZEcUdUNTRjWGVzWUd2QUJwRjFVYXBWTndqQ3FSY2Fm"
                    + "aTRQeDZUaHY1VDNaIn0.eyJpc3N1ZWRBdCI6MTc5NTQwNTA4OCwibmV0d29yayI6ImVpcDE1NTo4NDUzMiIsInBh"
                    + "eWVyIjoiMHhmMzlGZDZlNTFhYWQ4OEY2RjRjZTZhQjg4MjcyNzljZmZGYjkyMjY2IiwicmVzb3VyY2VVcmwiOiJo"
                    + "dHRwczovL2FwaS5leGFtcGxlL3giLCJ0cmFuc2FjdGlvbiI6IjB4YWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJh"
                    + "YmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYiIsInZlcnNpb24iOjF9.cfhkbFu97o3_QdADHvp"
                    + "kiwLjI5ndqoE_Ta2nfsGxs2XWayr4wyrj8yjqkihdB4S_FXXGjEu4Nb58y1idu1PNCA";

    @Test
    void a_jws_of_the_reference_is_checked_by_the_key_in_its_name() {
        JwsProof jws = JwsProof.parse(REFERENCE_RECEIPT);
        assertThat(jws.keyName()).isEqualTo("did:key:z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z");
        assertThat(jws.verdict()).isEqualTo(JwsProof.Verdict.SIGNED);
        ReceiptClaim claim = ReceiptClaim.of(jws);
        assertThat(claim.resourceUrl()).isEqualTo("https://api.example/x");
        assertThat(claim.payer()).isEqualTo(PAYER.address().toString());
        assertThat(claim.issuedAt()).isEqualTo(BigInteger.valueOf(1795405088));
        String payload =
                new String(Base64.getUrlDecoder().decode(REFERENCE_RECEIPT.split("\\.")[1]), StandardCharsets.UTF_8);
        assertThat(claim.canonical()).isEqualTo(payload);

        char last = REFERENCE_RECEIPT.charAt(REFERENCE_RECEIPT.length() - 10);
        String broken = REFERENCE_RECEIPT.substring(0, REFERENCE_RECEIPT.length() - 10)
                + (last == 'A' ? 'B' : 'A')
                + REFERENCE_RECEIPT.substring(REFERENCE_RECEIPT.length() - 9);
        assertThat(JwsProof.parse(broken).verdict()).isEqualTo(JwsProof.Verdict.FORGED);
        for (String none : List.of("", "a.b", "a.b.c.d", "!.!.!", "e30.e30.", "x".repeat(9000))) {
            assertThatThrownBy(() -> OfferReceipt.jwsReceipt(Map.of(
                            OfferReceipt.KEY,
                            Map.of("info", Map.of("receipt", Map.of("format", "jws", "signature", none))))))
                    .as(none)
                    .isInstanceOf(MalformedWireException.class);
        }
    }

    @Test
    void a_jws_of_ours_is_checked_by_the_key_in_its_name() throws Exception {
        for (int i = 0; i < 20; i++) { // keys with either sign, and with leading zeros
            KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            OfferClaim claim = OfferClaim.of(
                    Offer.exact(new Amount(Eip3009Test.USDC, BigInteger.TEN), PAYER.address(), 60), "https://a/b", 7);
            String name = JwsProof.name((EdECPublicKey) keys.getPublic());
            JwsProof jws = JwsProof.sign(name, claim.canonical(), input -> {
                var signing = java.security.Signature.getInstance("Ed25519");
                signing.initSign(keys.getPrivate());
                signing.update(input);
                return signing.sign();
            });
            assertThat(jws.verdict()).as(name).isEqualTo(JwsProof.Verdict.SIGNED);
            assertThat(OfferClaim.of(jws)).isEqualTo(claim);
        }
    }

    @Test
    void a_resource_is_declared_for_the_bazaar_and_read_back() {
        Bazaar query =
                Bazaar.query("get", Map.of("city", "Bern"), Map.of("t", 3)).withRouteTemplate("/w/:city");
        Map<String, @Nullable Object> bill = Map.of(Bazaar.KEY, parsed(query.declaration()));
        Bazaar read = Bazaar.in(bill);
        assertThat(read.method()).isEqualTo("GET");
        assertThat(read.routeTemplate()).isEqualTo("/w/:city");
        assertThat(Json.write(read.input())).contains("Bern");
        Bazaar body = Bazaar.body("POST", "json", Map.of("model", "m"), null);
        assertThat(Bazaar.in(Map.of(Bazaar.KEY, parsed(body.declaration())))).isEqualTo(body);
        assertThatThrownBy(() -> Bazaar.query("TRACE", Map.of(), null)).hasMessageContaining("TRACE");
        assertThatThrownBy(() -> query.withRouteTemplate("/a/../b")).hasMessageContaining("template");
    }

    @Test
    void damage_to_an_extension_is_one_exception() {
        Map<String, @Nullable Object> wrong = Map.of("info", Map.of("required", "yes", "signature", 5, "input", 7));
        assertThatThrownBy(() -> PaymentIdentifier.in(Map.of(PaymentIdentifier.KEY, wrong)))
                .isInstanceOf(MalformedWireException.class);
        assertThatThrownBy(() -> Eip2612Sponsoring.in(Map.of(Eip2612Sponsoring.KEY, wrong)))
                .isInstanceOf(MalformedWireException.class);
        assertThatThrownBy(() -> Bazaar.in(Map.of(Bazaar.KEY, wrong))).isInstanceOf(MalformedWireException.class);
        assertThatThrownBy(() -> SignInChallenge.in(Map.of(SignInChallenge.KEY, wrong)))
                .isInstanceOf(MalformedWireException.class);
        assertThat(PaymentIdentifier.in(Map.of(PaymentIdentifier.KEY, "text"))).isNull();
    }

    private static @Nullable Object parsed(Map<String, @Nullable Object> extension) {
        byte[] json = Json.write(extension).getBytes(StandardCharsets.UTF_8);
        return Json.parse(json, json.length);
    }
}
