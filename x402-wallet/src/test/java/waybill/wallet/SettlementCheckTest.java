package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.TRANSACTION;
import static waybill.wallet.ScriptedSeller.bill;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;

class SettlementCheckTest {
    @TempDir
    Path folder;

    private static String json(String success, String transaction, String network, String more) {
        return "{\"success\":" + success + ",\"transaction\":\"" + transaction + "\",\"network\":\"" + network + "\""
                + more + "}";
    }

    private static String header(String json) {
        return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<Arguments> responses() {
        String us = ",\"payer\":\"" + Fixture.SIGNER.address() + "\"";
        String network = "eip155:84532";
        return Stream.of(
                Arguments.of("as signed", header(json("true", TRANSACTION, network, us)), PaymentState.SETTLED),
                Arguments.of("without payer", header(json("true", TRANSACTION, network, "")), PaymentState.SETTLED),
                Arguments.of(
                        "payer in small letters",
                        header(json("true", TRANSACTION, network, us.toLowerCase(java.util.Locale.ROOT))),
                        PaymentState.SETTLED),
                Arguments.of(
                        "same amount",
                        header(json("true", TRANSACTION, network, us + ",\"amount\":\"10000\"")),
                        PaymentState.SETTLED),
                Arguments.of(
                        "another payer",
                        header(json("true", TRANSACTION, network, ",\"payer\":\"" + ScriptedSeller.PAYEE + "\"")),
                        PaymentState.UNKNOWN),
                Arguments.of(
                        "another network", header(json("true", TRANSACTION, "eip155:8453", us)), PaymentState.UNKNOWN),
                Arguments.of(
                        "another amount",
                        header(json("true", TRANSACTION, network, us + ",\"amount\":\"10001\"")),
                        PaymentState.UNKNOWN),
                Arguments.of("no transaction", header(json("true", "", network, us)), PaymentState.UNKNOWN),
                Arguments.of("a short hash", header(json("true", "0xabc", network, us)), PaymentState.UNKNOWN),
                Arguments.of(
                        "a hash that is none",
                        header(json("true", "0x" + "zz".repeat(32), network, us)),
                        PaymentState.UNKNOWN),
                Arguments.of(
                        "success as text", header(json("\"true\"", TRANSACTION, network, us)), PaymentState.UNKNOWN),
                Arguments.of("not JSON", header("paid!"), PaymentState.UNKNOWN),
                Arguments.of("not base64", "paid!", PaymentState.UNKNOWN),
                Arguments.of("empty", "", PaymentState.UNKNOWN),
                Arguments.of("too long", "A".repeat(20_000), PaymentState.UNKNOWN),
                Arguments.of(
                        "a failure",
                        header(json("false", "", network, ",\"errorReason\":\"insufficient_funds\"")),
                        PaymentState.REJECTED),
                Arguments.of(
                        "a failure without network",
                        header(json("false", "", "", ",\"errorReason\":\"x\"")),
                        PaymentState.REJECTED),
                Arguments.of(
                        "on its way",
                        header(json("false", TRANSACTION, network, us + ",\"errorReason\":\"settlement_pending\"")),
                        PaymentState.PENDING));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("responses")
    void only_a_response_that_fits_in_every_field_settles(String name, String header, PaymentState expected)
            throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                        ? Response.ok("answer").header(Headers.PAYMENT_RESPONSE, header)
                        : bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("answer");
            assertThat(fixture.only().state()).isEqualTo(expected);
            assertThat(fixture.only().confirmed()).isFalse();
            boolean held = expected != PaymentState.SETTLED;
            assertThat(
                            held
                                    ? fixture.wallet.totals().held()
                                    : fixture.wallet.totals().settled())
                    .containsExactly(usdc("0.01"));
            assertThat(fixture.ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void two_responses_or_none_settle_nothing() throws Exception {
        String good = header(json("true", TRANSACTION, "eip155:84532", ""));
        for (List<String> headers : List.of(List.of(good, good), List.<String>of())) {
            try (ScriptedSeller seller = ScriptedSeller.start(request -> {
                        Response response = request.paid() ? Response.ok("answer") : bill(request, "0.01");
                        if (request.paid()) {
                            headers.forEach(header -> response.header(Headers.PAYMENT_RESPONSE, header));
                        }
                        return response;
                    });
                    Fixture fixture = Fixture.open(folder.resolve("n" + headers.size()), seller)) {
                fixture.get(seller.uri("/"));
                assertThat(fixture.only().state()).isEqualTo(PaymentState.UNKNOWN);
            }
        }
    }

    @Test
    void a_failure_with_402_is_told_as_rejected_and_a_pending_one_as_unknown() throws Exception {
        for (String reason : List.of("transaction_failed", "settlement_pending")) {
            String header = header(json("false", TRANSACTION, "eip155:84532", ",\"errorReason\":\"" + reason + "\""));
            try (ScriptedSeller seller = ScriptedSeller.start(request -> request.paid()
                            ? bill(request, "0.01").header(Headers.PAYMENT_RESPONSE, header)
                            : bill(request, "0.01"));
                    Fixture fixture = Fixture.open(folder.resolve(reason), seller)) {
                PaymentException failure =
                        catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")));
                boolean pending = reason.equals("settlement_pending");
                assertThat(failure.code())
                        .isEqualTo(pending ? PaymentCode.OUTCOME_UNKNOWN : PaymentCode.PAYMENT_REJECTED);
                assertThat(fixture.only().state()).isEqualTo(pending ? PaymentState.PENDING : PaymentState.REJECTED);
                assertThat(fixture.only().transaction()).isEqualTo(pending ? TRANSACTION : null);
            }
        }
    }
}
