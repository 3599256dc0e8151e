package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Version1Test {
    private static final Amount CENT = new Amount(Eip3009Test.USDC, BigInteger.valueOf(10000));
    private static final Address PAYEE = Eip3009Test.AUTHORIZATION.to();
    private static final Offer OFFER = Offer.exact(CENT, PAYEE, 300);
    private static final PaymentRequired BILL = new PaymentRequired(
            "pay first",
            new ResourceInfo("https://a.example/x", "weather", "application/json"),
            List.of(OFFER, Offer.exactByPermit2(CENT, PAYEE, 300), Offer.upto(CENT, PAYEE, PAYEE, 300)),
            Map.of("payment-identifier", PaymentIdentifier.declaration(false)));
    private static final PaymentPayload PAYMENT = new PaymentPayload(
            OFFER, new SchemePayload.Eip3009("0x" + "ab".repeat(65), Eip3009Test.AUTHORIZATION), null, Map.of());

    @Test
    void a_bill_says_only_what_version_1_has_words_for() {
        String body = Version1.body(BILL).orElseThrow();
        assertThat(body)
                .contains("\"network\":\"base-sepolia\"", "\"maxAmountRequired\":\"10000\"", "\"x402Version\":1")
                .doesNotContain("permit2", "upto", "payment-identifier");
        PaymentRequired read = Version1.paymentRequired(body.getBytes(StandardCharsets.UTF_8));
        assertThat(read.accepts()).containsExactly(OFFER);
        assertThat(read.resource()).isEqualTo(BILL.resource());
        assertThat(read.error()).isEqualTo("pay first");
        assertThat(Version1.body(new PaymentRequired(
                        null, BILL.resource(), List.of(Offer.exactByPermit2(CENT, PAYEE, 300)), Map.of())))
                .isEmpty();
    }

    /** What x402-express 1.2.0 answers, word for word: it adds an outputSchema and leaves texts empty. */
    @Test
    void a_bill_of_the_reference_seller_is_read() {
        String body =
                "{\"x402Version\":1,\"error\":\"X-PAYMENT header is required\",\"accepts\":[{\"scheme\":\"exact\","
                        + "\"network\":\"base-sepolia\",\"maxAmountRequired\":\"10000\",\"resource\":\"http://127.0.0.1:43653/eip3009\","
                        + "\"description\":\"\",\"mimeType\":\"\",\"payTo\":\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\","
                        + "\"maxTimeoutSeconds\":60,\"asset\":\"0x036CbD53842c5426634e7929541eC2318f3dCF7e\",\"outputSchema\":{\"input\":"
                        + "{\"type\":\"http\",\"method\":\"GET\",\"discoverable\":true}},\"extra\":{\"name\":\"USDC\",\"version\":\"2\"}}]}";
        PaymentRequired read = Version1.paymentRequired(bytes(body));
        assertThat(read.resource()).isEqualTo(new ResourceInfo("http://127.0.0.1:43653/eip3009", "", ""));
        Address payee = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        assertThat(read.accepts()).singleElement().satisfies(offer -> {
            assertThat(offer.network()).isEqualTo("eip155:84532");
            assertThat(offer.amount()).isEqualTo("10000");
            assertThat(Address.parse(offer.payTo())).isEqualTo(payee);
            assertThat(offer.extra()).isEqualTo(Map.of("name", "USDC", "version", "2"));
            assertThat(Version1.canSay(offer)).isTrue();
        });
    }

    @Test
    void a_payment_comes_back_without_its_offer() {
        Version1.Payment read = Version1.payment(Version1.encode(PAYMENT));
        assertThat(read).isEqualTo(new Version1.Payment("exact", "eip155:84532", PAYMENT.payload()));
        PaymentPayload upto = new PaymentPayload(
                BILL.accepts().get(2),
                new SchemePayload.Upto("0x" + "ab".repeat(65), TypedThingsTest.UPTO),
                null,
                Map.of());
        assertThatThrownBy(() -> Version1.encode(upto)).hasMessageContaining("no words");
    }

    @Test
    void a_response_names_the_network_and_is_read_back() {
        SettlementResponse settled =
                SettlementResponse.settled("0x" + "0".repeat(64), new Network(84532), Eip3009Test.PAYER.address());
        String header = Version1.encode(settled);
        assertThat(new String(Base64.getDecoder().decode(header), StandardCharsets.UTF_8))
                .contains("\"base-sepolia\"");
        assertThat(Version1.settlementResponse(header)).isEqualTo(settled);
    }

    @Test
    void a_network_without_a_name_here_stays_as_it_came() {
        String body = Version1.body(BILL).orElseThrow().replace("base-sepolia", "solana-devnet");
        PaymentRequired read = Version1.paymentRequired(body.getBytes(StandardCharsets.UTF_8));
        assertThat(read.accepts().get(0).network()).isEqualTo("solana-devnet");
        assertThat(Version1.network("solana-devnet")).isEmpty();
        assertThat(Version1.name(new Network(8453))).contains("base");
    }

    @Test
    void what_is_no_bill_of_version_1_is_refused() {
        String bill = Version1.body(BILL).orElseThrow();
        for (String body : new String[] {
            "",
            "{}",
            "[]",
            "{\"x402Version\":1}",
            "{\"x402Version\":1,\"accepts\":[]}",
            bill.replace(":1,", ":2,"),
            bill.replace("\"10000\"", "10000"),
            bill.replace("exact\"", "exact\",\"scheme\":\"x\""),
            "{\"x402Version\":1,\"accepts\":[" + "{},".repeat(16) + "{}]}",
            " ".repeat(70_000)
        }) {
            assertThatThrownBy(() -> Version1.paymentRequired(body.getBytes(StandardCharsets.UTF_8)))
                    .as(body.length() > 200 ? "long" : body)
                    .isInstanceOf(MalformedWireException.class);
        }
        assertThatThrownBy(() -> Version1.payment("A".repeat(20_000))).hasMessageContaining("20000 characters");
        assertThatThrownBy(() -> Version1.payment(WireFormat.encode(PAYMENT))).hasMessageContaining("version 2");
    }

    @Test
    void a_facilitator_reads_both_versions_into_one_record() {
        var second = new FacilitatorMessages.Request(2, PAYMENT, OFFER);
        assertThat(FacilitatorMessages.request(bytes(FacilitatorMessages.write(second))))
                .isEqualTo(second);
        var first = new FacilitatorMessages.Request(
                1, new PaymentPayload(OFFER, PAYMENT.payload(), BILL.resource(), Map.of()), OFFER);
        String body = FacilitatorMessages.write(first);
        assertThat(body).contains("maxAmountRequired", "base-sepolia");
        assertThat(FacilitatorMessages.request(bytes(body))).isEqualTo(first);
        assertThatThrownBy(() -> FacilitatorMessages.request(bytes(body.replaceFirst(":1,", ":2,"))))
                .hasMessageContaining("different versions");
        assertThatThrownBy(() -> FacilitatorMessages.request(bytes(body.replaceFirst("base-sepolia", "base"))))
                .isInstanceOf(MalformedWireException.class);
    }

    @Test
    void what_a_facilitator_answers_is_read_back() {
        VerifyResponse no = VerifyResponse.invalid("insufficient_balance", "why", PAYEE);
        assertThat(FacilitatorMessages.verifyResponse(bytes(FacilitatorMessages.write(no))))
                .isEqualTo(no);
        VerifyResponse yes = VerifyResponse.valid(PAYEE);
        assertThat(FacilitatorMessages.verifyResponse(bytes(FacilitatorMessages.write(yes))))
                .isEqualTo(yes);
        SettlementResponse none = SettlementResponse.settled("", new Network(84532), PAYEE, BigInteger.ZERO);
        for (int version = 1; version <= 2; version++) {
            assertThat(FacilitatorMessages.settlementResponse(bytes(FacilitatorMessages.write(none, version))))
                    .isEqualTo(none);
        }
        Supported supported = new Supported(
                List.of(
                        new Supported.Kind(2, "upto", "eip155:84532", Map.of("facilitatorAddress", PAYEE.toString())),
                        new Supported.Kind(1, "exact", "base-sepolia", Map.of())),
                List.of("eip2612GasSponsoring"),
                Map.of("eip155:*", List.of(PAYEE)));
        assertThat(FacilitatorMessages.supported(bytes(FacilitatorMessages.write(supported))))
                .isEqualTo(supported);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
