package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.devnet.Devnet;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Network;
import waybill.x402.SettlementResponse;
import waybill.x402.TransferMethod;

/** {@code waybill pay} against sellers that tell the truth and sellers that do not: exit code, output and ledger. */
class PayCommandTest {

    private static final String TRANSACTION = "0x" + "ab".repeat(32);

    private static Devnet devnet;

    @TempDir
    Path home;

    @BeforeAll
    static void start() {
        devnet = Devnet.start();
    }

    @AfterAll
    static void stop() {
        devnet.close();
    }

    @Test
    void prints_the_answer_that_it_paid_for() throws IOException {
        try (ScriptedSeller seller = cent(ScriptedSeller.serves(200, "the report", TRANSACTION))) {
            Ran ran = pay("--max", "0.01", seller.url());
            assertThat(ran.err()).contains("Paying 0.01 USDC to " + ScriptedSeller.PAY_TO, TRANSACTION);
            assertThat(ran.out()).isEqualTo("the report");
            assertThat(ran.exit()).isEqualTo(Exit.OK);
            assertThat(seller.signatures()).hasSize(1);
            assertThat(ledger()).contains("SETTLED", "0.01 USDC", "settled  0.01 USDC on eip155:84532");
        }
    }

    @Test
    void prints_status_settlement_and_payment_id_as_one_json_object() throws IOException {
        try (ScriptedSeller seller = cent(ScriptedSeller.serves(200, "the report", TRANSACTION))) {
            Ran ran = pay("--json", seller.url());
            JsonNode object = new ObjectMapper().readTree(ran.out());
            assertThat(object.path("status").asInt()).isEqualTo(200);
            assertThat(object.path("body").asText()).isEqualTo("the report");
            assertThat(object.path("amount").asText()).isEqualTo("0.01 USDC");
            assertThat(object.path("payTo").asText()).isEqualTo(ScriptedSeller.PAY_TO.toString());
            assertThat(object.path("settlement").path("success").asBoolean()).isTrue();
            assertThat(object.path("settlement").path("transaction").asText()).isEqualTo(TRANSACTION);
            assertThat(object.path("settlement").path("network").asText()).isEqualTo("eip155:84532");
            assertThat(ledger()).contains(object.path("paymentId").asText());
            assertThat(ran.out()).doesNotContain(signature(seller));
        }
    }

    /** The bill is what x402-express 1.2.0 answers: with an outputSchema, and with empty texts. */
    @Test
    void prints_the_settlement_of_a_seller_of_version_1_too() throws IOException {
        String bill =
                """
                {"x402Version":1,"error":"X-PAYMENT header is required","accepts":[{"scheme":"exact",\
                "network":"base-sepolia","maxAmountRequired":"10000","resource":"http://127.0.0.1/report",\
                "description":"","mimeType":"","payTo":"%s","maxTimeoutSeconds":60,\
                "asset":"0x036CbD53842c5426634e7929541eC2318f3dCF7e","outputSchema":{"input":{"type":"http",\
                "method":"GET","discoverable":true}},"extra":{"name":"USDC","version":"2"}}]}
                """
                        .formatted(ScriptedSeller.PAY_TO);
        SettlementResponse settled = SettlementResponse.settled(
                TRANSACTION,
                new Network(84532),
                Address.parse(devnet.accounts().get(0).address()));
        try (ScriptedSeller seller = ScriptedSeller.ofVersion1(bill, "the report", settled)) {
            Ran ran = pay("--json", seller.url());
            JsonNode object = new ObjectMapper().readTree(ran.out());
            assertThat(object.path("status").asInt()).isEqualTo(200);
            assertThat(object.path("body").asText()).isEqualTo("the report");
            assertThat(object.path("settlement").path("success").asBoolean()).isTrue();
            assertThat(object.path("settlement").path("transaction").asText()).isEqualTo(TRANSACTION);
            assertThat(object.path("settlement").path("network").asText()).isEqualTo("eip155:84532");
            assertThat(ledger()).contains("SETTLED", "0.01 USDC");
        }
    }

    @Test
    void refuses_a_price_above_max_without_signing() throws IOException {
        try (ScriptedSeller seller = cent(unpaid())) {
            Ran ran = pay("--max", "0.009", seller.url());
            assertRefused(ran, seller);
            assertThat(ran.err()).contains("$0.01 ", "$0.009", "--max 0.009");
            assertThat(ledger()).contains("DENIED", "per_payment_cap").doesNotContain("held", "settled");
        }
    }

    @Test
    void max_never_widens_the_policy() throws IOException {
        try (ScriptedSeller seller = asking("1.01", unpaid())) {
            Ran ran = pay("--max", "5", seller.url());
            assertRefused(ran, seller);
            assertThat(ran.err()).contains("$1.01", "$1.00", "waybill.wallet.per-payment");
        }
    }

    @Test
    void refuses_a_token_that_is_not_listed_until_a_person_lists_it() throws IOException {
        Asset token = new Asset(
                new Network(84532),
                Address.parse("0x00000000000000000000000000000000000000e1"),
                "EURX",
                6,
                "Euro X",
                "1",
                TransferMethod.EIP3009);
        try (ScriptedSeller seller =
                ScriptedSeller.asking(Amount.parse("0.02", token), ScriptedSeller.serves(200, "bought", TRANSACTION))) {
            Ran refused = pay(seller.url());
            assertRefused(refused, seller);
            assertThat(refused.err()).containsIgnoringCase(token.address().toString());

            Files.writeString(
                    home.resolve("wallet.yaml"),
                    """
                    waybill:
                      wallet:
                        assets:
                          - symbol: EURX
                            network: eip155:84532
                            address: 0x00000000000000000000000000000000000000e1
                            decimals: 6
                            name: Euro X
                            version: 1
                    """);
            Files.setPosixFilePermissions(home.resolve("wallet.yaml"), PosixFilePermissions.fromString("rw-------"));
            assertThat(pay(seller.url()).out()).isEqualTo("bought");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100_000, 1_000_000})
    void refuses_a_bill_that_is_too_long(int characters) throws IOException {
        try (ScriptedSeller seller = ScriptedSeller.asking("A".repeat(characters), unpaid())) {
            Ran ran = pay(seller.url());
            assertRefused(ran, seller);
            assertThat(ran.err()).contains("bill_too_large", "16384").hasSizeLessThan(1_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"not base64!", "AAAA", "e30=", "eyJ4NDAyVmVyc2lvbiI6Mn0="})
    void refuses_a_bill_that_cannot_be_read(String bill) throws IOException {
        try (ScriptedSeller seller = ScriptedSeller.asking(bill, unpaid())) {
            assertRefused(pay(seller.url()), seller);
        }
    }

    @Test
    void signs_once_for_a_seller_that_asks_again_for_ever() throws IOException {
        String bill = ScriptedSeller.bill(ScriptedSeller.usdc("0.01"));
        ScriptedSeller.Paid again = (exchange, payment) -> {
            exchange.getResponseHeaders().set("PAYMENT-REQUIRED", bill);
            ScriptedSeller.reply(exchange, 402, "{}");
        };
        try (ScriptedSeller seller = ScriptedSeller.asking(bill, again)) {
            Ran ran = pay(seller.url());
            assertThat(ran.exit()).isEqualTo(Exit.UNKNOWN);
            assertThat(ran.err()).contains("stays held", "waybill wallet ledger");
            assertThat(seller.signatures().stream().distinct()).hasSize(1);
            assertThat(ledger()).contains("held     0.01 USDC");
        }
    }

    @Test
    void says_that_nobody_knows_when_the_line_is_cut_after_the_payment() throws IOException {
        try (ScriptedSeller seller = cent((exchange, payment) -> exchange.close())) {
            Ran ran = pay("--json", seller.url());
            assertThat(ran.exit()).isEqualTo(Exit.UNKNOWN);
            assertThat(ran.err()).contains("stays held");
            JsonNode object = new ObjectMapper().readTree(ran.out());
            assertThat(object.path("error").asText()).isEqualTo("outcome_unknown");
            assertThat(seller.signatures().stream().distinct()).hasSize(1);
            assertThat(ledger())
                    .contains("UNKNOWN", object.path("paymentId").asText(), "held     0.01 USDC")
                    .doesNotContain("settled");
        }
    }

    @Test
    void ends_with_a_code_of_its_own_when_a_paid_answer_is_an_error() throws IOException {
        try (ScriptedSeller seller = cent(ScriptedSeller.serves(500, "sorry", TRANSACTION))) {
            Ran ran = pay(seller.url());
            assertThat(ran.exit()).isEqualTo(Exit.NOT_SERVED);
            assertThat(ran.out()).isEqualTo("sorry");
            assertThat(ran.err()).contains("answered 500 to a paid request");
        }
    }

    @Test
    void says_that_nobody_listens_and_that_nothing_was_signed() {
        Ran ran = pay("http://127.0.0.1:1/");
        assertThat(ran.exit()).isEqualTo(Exit.UNREACHABLE);
        assertThat(ran.err()).contains("http://127.0.0.1:1 cannot be reached", "nothing was signed");
    }

    @Test
    void a_wrong_key_is_an_error_that_does_not_show_it() throws IOException {
        try (ScriptedSeller seller = cent(unpaid())) {
            Ran ran = Ran.with()
                    .variable("WAYBILL_HOME", home.toString())
                    .variable("WAYBILL_RPC_URL", devnet.rpcUrl().toString())
                    .variable("WAYBILL_PRIVATE_KEY", "0xnotakeynotakey")
                    .run("pay", seller.url());
            assertThat(ran.exit()).isEqualTo(Exit.WALLET);
            assertThat(ran.err()).contains("key").doesNotContain("notakey");
            assertThat(seller.signatures()).isEmpty();
        }
    }

    @Test
    void needs_a_wallet() {
        Ran ran = Ran.with().variable("WAYBILL_HOME", home.toString()).run("pay", "http://127.0.0.1:1/");
        assertThat(ran.exit()).isEqualTo(Exit.WALLET);
        assertThat(ran.err()).contains("waybill wallet new");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"report", "ftp://example.com/", "http:///report", "https://user:word@example.com/", "http://a b/"
            })
    void refuses_what_is_not_a_url(String url) {
        Ran ran = pay(url);
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).doesNotContain("\tat ");
    }

    @Test
    void refuses_headers_and_bodies_that_cannot_be_sent() {
        assertThat(pay("-H", "no colon", "http://127.0.0.1:1/").exit()).isEqualTo(Exit.USAGE);
        assertThat(pay("-H", "Host: elsewhere", "http://127.0.0.1:1/").exit()).isEqualTo(Exit.USAGE);
        assertThat(pay("-d", "@" + home.resolve("absent"), "http://127.0.0.1:1/")
                        .err())
                .contains("cannot be read");
        assertThat(pay("--timeout", "0", "http://127.0.0.1:1/").err()).contains("1 to 3600");
    }

    private static ScriptedSeller cent(ScriptedSeller.Paid paid) throws IOException {
        return asking("0.01", paid);
    }

    private static ScriptedSeller asking(String price, ScriptedSeller.Paid paid) throws IOException {
        return ScriptedSeller.asking(ScriptedSeller.usdc(price), paid);
    }

    private static ScriptedSeller.Paid unpaid() {
        return (exchange, payment) -> ScriptedSeller.reply(exchange, 500, "this should not have been paid");
    }

    private static void assertRefused(Ran ran, ScriptedSeller seller) {
        assertThat(ran.exit()).as(ran.err()).isEqualTo(Exit.REFUSED);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).contains("not paid").doesNotContain("\tat ");
        assertThat(seller.signatures()).isEmpty();
    }

    private static String signature(ScriptedSeller seller) {
        return seller.signatures().get(0);
    }

    private Ran pay(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "pay";
        System.arraycopy(args, 0, all, 1, args.length);
        return developing().run(all);
    }

    private String ledger() {
        Ran ran = developing().run("wallet", "ledger");
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran.out();
    }

    private Ran.Setup developing() {
        return Ran.with()
                .variable("WAYBILL_HOME", home.toString())
                .variable("WAYBILL_RPC_URL", devnet.rpcUrl().toString())
                .variable("WAYBILL_PRIVATE_KEY", devnet.accounts().get(0).privateKey());
    }
}
