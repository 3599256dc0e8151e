package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireFormatTest {
    private static final String OFFER =
            """
            {"scheme":"exact","network":"eip155:84532","amount":"10000",
            "asset":"0x036CbD53842c5426634e7929541eC2318f3dCF7e","payTo":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "maxTimeoutSeconds":300,"extra":{"name":"USDC","version":"2","limits":{"n":[1,2.5,null,true]}}}""";
    private static final String BILL =
            """
            {"x402Version":2,"error":null,"resource":{"url":"http://127.0.0.1/y","description":"","tags":["a"]},
            "accepts":[%s],"later":{"x":1}}"""
                    .formatted(OFFER);

    @Test
    void reads_a_bill_and_ignores_what_it_does_not_know() {
        PaymentRequired bill = WireFormat.paymentRequired(base64(BILL));
        assertThat(bill.error()).isNull();
        assertThat(bill.resource().url()).isEqualTo("http://127.0.0.1/y");
        Offer offer = bill.accepts().get(0);
        assertThat(offer.amount()).isEqualTo("10000");
        assertThat(offer.extraText("name")).isEqualTo("USDC");
        assertThat(offer.extraText("limits")).isNull();
        assertThat(bill.extensions()).isEmpty();
    }

    @Test
    void writes_what_it_reads() {
        PaymentRequired bill = WireFormat.paymentRequired(base64(BILL));
        assertThat(WireFormat.paymentRequired(WireFormat.encode(bill))).isEqualTo(bill);

        PaymentPayload payment = new PaymentPayload(
                bill.accepts().get(0),
                new SchemePayload.Eip3009("0x" + "ab".repeat(65), Eip3009Test.AUTHORIZATION),
                bill.resource(),
                Map.of("payment-identifier", Map.of("info", Map.of("id", "pay_1234567890123456"))));
        assertThat(WireFormat.paymentPayload(WireFormat.encode(payment))).isEqualTo(payment);

        SettlementResponse failed = SettlementResponse.failed("invalid_payload", "why", "", "eip155:84532", null);
        assertThat(WireFormat.settlementResponse(WireFormat.encode(failed))).isEqualTo(failed);
        SettlementResponse settled =
                SettlementResponse.settled("0x" + "0".repeat(64), new Network(84532), Eip3009Test.PAYER.address());
        assertThat(WireFormat.settlementResponse(WireFormat.encode(settled))).isEqualTo(settled);
    }

    @Test
    void a_number_without_a_fraction_is_an_integer_however_it_is_written() {
        PaymentRequired bill = WireFormat.paymentRequired(base64(BILL.replace("[1,2.5,", "[6e0,2.5,")));
        assertThat(Json.write(bill.accepts().get(0).extra())).contains("\"n\":[6,2.5,");
        assertThat(WireFormat.paymentRequired(WireFormat.encode(bill))).isEqualTo(bill);
    }

    @Test
    void keeps_extra_to_the_letter() {
        Offer offer = WireFormat.paymentRequired(base64(BILL)).accepts().get(0);
        assertThat(Json.write(offer.extra()))
                .isEqualTo("{\"name\":\"USDC\",\"version\":\"2\",\"limits\":{\"n\":[1,2.5,null,true]}}");
    }

    @Test
    void keeps_a_payload_of_another_scheme_as_it_came() {
        String json = "{\"x402Version\":2,\"accepted\":" + OFFER + ",\"payload\":{\"voucher\":{\"sig\":\"0x01\"}}}";
        PaymentPayload payment = WireFormat.paymentPayload(base64(json));
        assertThat(payment.payload()).isInstanceOf(SchemePayload.Unknown.class);
        assertThat(payment.payload().toString()).doesNotContain("0x01");
        assertThat(WireFormat.paymentPayload(WireFormat.encode(payment))).isEqualTo(payment);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "",
                "{\"x402Version\":1,\"resource\":{\"url\":\"u\"},\"accepts\":[]}",
                "{\"x402Version\":2,\"resource\":{\"url\":\"u\"},\"accepts\":[]}",
                "{\"x402Version\":2,\"resource\":{\"url\":\"u\"}}",
                "{\"x402Version\":2,\"resource\":\"u\",\"accepts\":[{}]}",
                "{\"x402Version\":2,\"x402Version\":2}",
                "{\"x402Version\":2} {}",
                "{\"x402Version\":2",
                "nonsense"
            })
    void refuses_what_is_no_bill(String json) {
        assertThatThrownBy(() -> WireFormat.paymentRequired(base64(json)))
                .isInstanceOf(MalformedWireException.class)
                .hasMessageContaining("PAYMENT-REQUIRED");
    }

    @Test
    void names_the_field_that_is_wrong() {
        for (String field : List.of("scheme", "network", "amount", "asset", "payTo")) {
            String broken = BILL.replaceFirst("\"" + field + "\":\"[^\"]*\"", "\"" + field + "\":5");
            assertThatThrownBy(() -> WireFormat.paymentRequired(base64(broken)))
                    .isInstanceOf(MalformedWireException.class)
                    .hasMessageContaining(field);
        }
        assertThatThrownBy(() -> WireFormat.paymentRequired(base64(BILL.replace("300", "0"))))
                .hasMessageContaining("maxTimeoutSeconds");
    }

    @Test
    void refuses_too_much_before_it_looks_inside() {
        assertThatThrownBy(() -> WireFormat.paymentRequired("A".repeat(1 << 20)))
                .isInstanceOf(MalformedWireException.class)
                .hasMessageContaining("1048576 characters");
        String offers = BILL.replace(OFFER, String.join(",", java.util.Collections.nCopies(17, "{}")));
        assertThatThrownBy(() -> WireFormat.paymentRequired(base64(offers))).hasMessageContaining("17 entries");
        String deep = "{\"x402Version\":2,\"resource\":" + "[".repeat(40) + "]".repeat(40) + "}";
        assertThatThrownBy(() -> WireFormat.paymentRequired(base64(deep))).isInstanceOf(MalformedWireException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%%%", "eyJ4 NDAy", "eyJ_", "=", "e"})
    void refuses_what_is_not_standard_base64(String header) {
        assertThatThrownBy(() -> WireFormat.paymentPayload(header)).isInstanceOf(MalformedWireException.class);
    }

    @Test
    void answers_every_damage_with_the_one_exception() {
        SplittableRandom random = new SplittableRandom(402);
        byte[] bill = BILL.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 5000; i++) {
            byte[] damaged = bill.clone();
            for (int hits = random.nextInt(1, 6); hits > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            String header = Base64.getEncoder().encodeToString(damaged);
            try {
                WireFormat.paymentRequired(header);
            } catch (MalformedWireException expected) {
                assertThat(expected.getMessage()).as("case %d of seed 402", i).hasSizeLessThan(1000);
            }
        }
    }

    @Test
    void refuses_numbers_and_text_that_json_can_write_and_nobody_can_hold() {
        for (String value :
                new String[] {"1e9999999999", "-1e-9999999999", "\"\\ud800\"", "\"a\\udc00b\"", "{\"\\ud800\":1}"}) {
            assertThatThrownBy(() -> Json.parse(value.getBytes(StandardCharsets.UTF_8), 100))
                    .as(value)
                    .isInstanceOf(MalformedWireException.class);
            assertThatThrownBy(() -> WireFormat.paymentRequired(base64("{\"x402Version\":" + value + "}")))
                    .as(value)
                    .isInstanceOf(MalformedWireException.class);
        }
        assertThat(Json.parse("\"\\ud83d\\ude00\"".getBytes(StandardCharsets.UTF_8), 100))
                .isEqualTo("\ud83d\ude00");
    }

    @Test
    void does_not_carry_control_characters_of_strangers_into_messages() {
        assertThatThrownBy(() -> Address.parse("0x\u001b[31m\n\u202eevil"))
                .message()
                .matches("[ -~]*");
    }

    private static String base64(String json) {
        return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
