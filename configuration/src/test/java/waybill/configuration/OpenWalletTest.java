package waybill.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.KillSwitch;
import waybill.wallet.Limit;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentException;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Policy;
import waybill.wallet.WalletListener;
import waybill.wallet.okhttp.PinnedHttpClient;

class OpenWalletTest {

    private static final String KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    private static final String USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"; // Base Sepolia
    private static final PaymentSigner OWN = DevelopmentSigner.fromEnvironment(KEY, URI.create("http://127.0.0.1:9"));

    @TempDir
    private Path folder;

    private Settings wallet(String... pairs) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("waybill.wallet.ledger", folder.resolve("ledger.db").toString());
        for (int i = 0; i < pairs.length; i += 2) {
            all.put("waybill.wallet." + pairs[i], pairs[i + 1]);
        }
        return Settings.from(all);
    }

    private static OpenWallet open(Settings settings, @Nullable PaymentApprover approver) {
        return OpenWallet.from(settings, OWN, approver, WalletListener.NONE);
    }

    @Test
    void every_limit_of_the_policy_can_be_set() {
        Map<String, BigDecimal> wanted = new LinkedHashMap<>();
        Map<String, String> properties = new LinkedHashMap<>();
        int next = 1;
        for (String each : new String[] {"host", "payee", "agent", "session", "model"}) {
            for (String window : new String[] {"hour", "day", "minute"}) {
                String property = "per-" + each + "-per-" + window;
                properties.put("waybill.wallet." + property, String.valueOf(next));
                wanted.put(property, BigDecimal.valueOf(next++));
            }
        }
        properties.put("waybill.wallet.max-chained", "7");
        properties.put("waybill.wallet.approval-above", "0.40");
        properties.put("waybill.wallet.approval-timeout", "90s");
        properties.put("waybill.wallet.approval-by", "nobody");
        properties.put("waybill.wallet.sponsored-approvals", "true");
        properties.put("waybill.wallet.sign-in", "false");
        properties.put("waybill.wallet.open-hosts", "true");
        properties.put("waybill.wallet.mainnet-enabled", "true");
        properties.put("waybill.wallet.ledger", folder.resolve("ledger.db").toString());
        try (OpenWallet open = open(Settings.from(properties), null)) {
            Policy policy = open.wallet().policy();
            Map<String, BigDecimal> set = new LinkedHashMap<>();
            for (Limit limit : policy.narrower()) {
                boolean dollars = limit.measure() == Limit.Measure.DOLLARS;
                set.put(
                        limit.property(),
                        BigDecimal.valueOf(limit.most(), dollars ? 6 : 0).stripTrailingZeros());
            }
            wanted.replaceAll((property, value) -> value.stripTrailingZeros());
            assertThat(set).isEqualTo(wanted);
            assertThat(policy.maxChained()).isEqualTo(7);
            assertThat(policy.approvalAbove()).isEqualByComparingTo("0.40");
            assertThat(policy.approvalTimeout()).hasSeconds(90);
            assertThat(policy.sponsoredApprovals()).isTrue();
            assertThat(policy.signIn()).isFalse();
            assertThat(policy.openHosts()).isTrue();
            assertThat(policy.mainnet()).isTrue();
            assertThat(open.plainClient()).isInstanceOf(PinnedHttpClient.class);
        }
    }

    @Test
    void nothing_set_leaves_the_wallets_own_defaults() {
        try (OpenWallet open = open(wallet(), null)) {
            assertThat(open.wallet().policy()).isEqualTo(Policy.defaults());
            assertThat(open.plainClient()).isNotInstanceOf(PinnedHttpClient.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "per-host-per-day=-1 | waybill.wallet.per-host-per-day: the limit per-host-per-day is $0 to",
                "per-agent-per-minute=-1 | waybill.wallet.per-agent-per-minute: ",
                "max-chained=-1 | waybill.wallet.max-chained: ",
                "approval-timeout=0s approval-by=nobody | waybill.wallet.approval-timeout: the approval timeout is above zero",
                "payees.api.example.com=0x12 | waybill.wallet.payees.api.example.com: ",
                "allowed-hosts=https://x.example/y | waybill.wallet.allowed-hosts: an allowed host is an exact name",
                "approval-above=0.05 | waybill.wallet.approval-above is set, which needs waybill.wallet.approval-by: terminal,",
                "approval-above=0.05 approval-by=  | waybill.wallet.approval-above is set, which needs"
                        + " waybill.wallet.approval-by: terminal,",
                "approval-timeout=90s | waybill.wallet.approval-timeout is set, which needs waybill.wallet.approval-by: ",
                "approval-secret=0123456789abcdef | waybill.wallet.approval-secret is set, which needs"
                        + " waybill.wallet.approval-by: ",
                "approval-queue=asked | waybill.wallet.approval-queue is set, which needs waybill.wallet.approval-by: ",
                "approval-by=mail | waybill.wallet.approval-by is 'mail'; there are nobody, terminal, queue, or a URL",
                "approval-by=queue | waybill.wallet.approval-by: queue needs waybill.wallet.keystore",
                "approval-by=https://ask.example | waybill.wallet.approval-by is a URL, which needs"
                        + " waybill.wallet.approval-secret",
                "approval-by=https://ask.example approval-secret=short | waybill.wallet.approval-by: the secret for"
                        + " approvals has 5 bytes",
                "approval-by=http://ask.example approval-secret=0123456789abcdef | waybill.wallet.approval-by: approvals"
                        + " are asked over https",
                "assets[0].symbol=T | waybill.wallet.assets[0].name is missing",
                "assets[0].symbol=T assets[0].method=permit2 | waybill.wallet.assets[0].decimals is missing",
                "assets[0].method=cash | waybill.wallet.assets[0].method is 'cash'; there are eip3009 and permit2",
                "assets[0].nick=T | waybill.wallet.assets[0].nick is not a known property; there are address, decimals,",
                "assets[0].symbol=T assets[0].decimals=6 assets[0].network=base assets[0].address=0x1"
                        + " assets[0].method=permit2 | waybill.wallet.assets[0].network: ",
                "assets[0].symbol=T assets[0].decimals=-1 assets[0].network=eip155:84532 assets[0].method=permit2"
                        + " assets[0].address=0x036CbD53842c5426634e7929541eC2318f3dCF7e | waybill.wallet.assets[0]: "
            })
    void what_is_wrong_names_the_property(String properties, String problem) {
        String[] pairs = properties.strip().split("[ =]", -1);
        assertThat(catchThrowableOfType(InvalidConfigurationException.class, () -> open(wallet(pairs), null)
                                .close())
                        .problems())
                .singleElement()
                .asString()
                .startsWith(problem)
                .doesNotContain("0123456789abcdef");
        assertThat(folder).as("no ledger is begun").isEmptyDirectory();
    }

    @Test
    void a_token_of_the_properties_is_one_that_can_be_paid_in() throws Exception {
        String own = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
        try (Bills bills = new Bills(own, "eip155:84532")) {
            String[] host = {"allowed-hosts", bills.host()};
            try (OpenWallet without = open(wallet(host), null)) {
                assertThatThrownBy(() -> bills.buy(without)).hasMessageContaining("waybill.wallet.assets");
            }
            try (OpenWallet open = open(
                    wallet(
                            "allowed-hosts", bills.host(),
                            "assets[0].symbol", "USDT",
                            "assets[0].network", "eip155:84532",
                            "assets[0].address", own,
                            "assets[0].decimals", "6",
                            "assets[0].method", "permit2"),
                    null)) {
                assertThatThrownBy(() -> bills.buy(open))
                        .as("known now; only that nobody could look up the allowance stands in the way")
                        .isInstanceOfSatisfying(
                                PaymentException.class,
                                e -> assertThat(e.code().toString()).isEqualTo("allowance_missing"));
            }
        }
    }

    @Test
    void a_person_is_asked_at_the_url_of_the_properties_unless_the_application_asks_itself() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (Bills bills = new Bills(USDC, "eip155:84532")) {
            bills.server.createContext("/ask", exchange -> {
                asked.incrementAndGet();
                exchange.sendResponseHeaders(403, -1);
                exchange.close();
            });
            Settings settings = wallet(
                    "allowed-hosts",
                    bills.host(),
                    "approval-above",
                    "0",
                    "approval-by",
                    "http://" + bills.host() + "/ask",
                    "approval-secret",
                    "0123456789abcdef");
            try (OpenWallet open = open(settings, null)) {
                assertThatThrownBy(() -> bills.buy(open))
                        .isInstanceOfSatisfying(
                                PaymentException.class,
                                e -> assertThat(e.code().toString()).isEqualTo("approval_denied"));
            }
            assertThat(asked).hasValue(1);
            AtomicInteger inside = new AtomicInteger();
            try (OpenWallet open = open(settings, (id, quote) -> inside.incrementAndGet() < 0)) {
                assertThatThrownBy(() -> bills.buy(open)).isInstanceOf(PaymentException.class);
            }
            assertThat(inside).hasValue(1);
            assertThat(asked).hasValue(1);
        }
    }

    @Test
    void a_file_beside_the_ledger_freezes_the_wallet() throws Exception {
        KillSwitch.pull(folder.resolve("frozen"), "a person said so");
        try (Bills bills = new Bills(USDC, "eip155:84532");
                OpenWallet open = open(wallet("allowed-hosts", bills.host()), null)) {
            assertThatThrownBy(() -> bills.buy(open)).isInstanceOfSatisfying(PaymentException.class, e -> assertThat(
                            e.code().toString())
                    .isEqualTo("kill_switch"));
        }
    }

    @Test
    void a_signer_of_the_applications_own_goes_before_the_keys_of_the_properties() throws Exception {
        Path none = folder.resolve("no-such-keystore.json");
        try (OpenWallet open = open(wallet("keystore", none.toString(), "passphrase", "x"), null)) {
            assertThat(open.wallet().address()).isEqualTo(OWN.address());
        }
        assertThat(Files.exists(none)).isFalse();
    }

    /** A seller that asks for ten cents and never delivers. */
    private static final class Bills implements AutoCloseable {
        private final HttpServer server;

        Bills(String token, String network) throws Exception {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            String bill =
                    """
                    {"x402Version":2,"resource":{"url":"http://%s/sold","description":"","mimeType":""},"accepts":[{
                    "scheme":"exact","network":"%s","amount":"100000","asset":"%s","payTo":
                    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8","maxTimeoutSeconds":60,
                    "extra":{"name":"USDC","version":"2"%s}}]}"""
                            .formatted(
                                    host(),
                                    network,
                                    token,
                                    token.equals(USDC) ? "" : ",\"assetTransferMethod\":\"permit2\"");
            server.createContext("/sold", exchange -> {
                exchange.getResponseHeaders()
                        .set(
                                "PAYMENT-REQUIRED",
                                Base64.getEncoder().encodeToString(bill.getBytes(StandardCharsets.UTF_8)));
                exchange.sendResponseHeaders(402, -1);
                exchange.close();
            });
            server.start();
        }

        String host() {
            return "127.0.0.1:" + server.getAddress().getPort();
        }

        void buy(OpenWallet open) throws Exception {
            PayingHttpClient.over(open.plainClient(), open.wallet())
                    .send(
                            HttpRequest.newBuilder(URI.create("http://" + host() + "/sold"))
                                    .build(),
                            BodyHandlers.ofString());
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
