package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.devnet.Devnet;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.tools.WalletTools;
import waybill.x402.Json;

/**
 * Agents of both frameworks, each with its own tool loop and OpenAI client, buy from a real gate that settles on the chain
 * inside the JVM.
 */
class AgentsBuyTest {
    @TempDir
    Path folder;

    private final Devnet devnet = Devnet.start();
    private final ScriptedModelServer models = ScriptedModelServer.start();
    private final HttpClient plain = HttpClient.newHttpClient();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private DevnetShop shop;
    private SqliteLedger ledger;
    private @Nullable Wallet wallet;

    @BeforeEach
    void open() throws IOException {
        shop = DevnetShop.open(devnet, folder);
        ledger = SqliteLedger.open(folder.resolve("ledger.db"));
    }

    @AfterEach
    void close() {
        if (wallet != null) {
            wallet.close();
        }
        ledger.close();
        models.close();
        shop.close();
        devnet.close();
    }

    private Wallet wallet(Policy policy, @Nullable PaymentApprover approver) {
        Wallet.Builder builder = Wallet.builder(
                        DevelopmentSigner.fromEnvironment(
                                devnet.accounts().get(0).privateKey(), devnet.rpcUrl()),
                        ledger)
                .policy(policy)
                .node(ScriptedSeller.NETWORK, devnet.rpcUrl());
        if (approver != null) {
            builder.approver(approver);
        }
        Wallet built = builder.build();
        wallet = built;
        return built;
    }

    private static Map<?, ?> last(ModelRequest request) {
        List<String> results = request.toolResults();
        return Json.parseObject(results.get(results.size() - 1).getBytes(StandardCharsets.UTF_8), 1 << 20);
    }

    /** A model that wants {@code url}, pays whatever is quoted, and does as a refusal says. */
    private static Answer shopper(ModelRequest request, URI url) {
        if (request.toolResults().isEmpty()) {
            return Answer.toolCall("x402_quote", "{\"url\":\"" + url + "\"}");
        }
        Map<?, ?> result = last(request);
        if (result.containsKey("error")) {
            boolean obeys = String.valueOf(result.get("next")).startsWith("Do not retry");
            return obeys
                    ? Answer.text("Refused: " + result.get("error"))
                    : Answer.toolCall("x402_quote", "{\"url\":\"" + url + "\"}");
        }
        if (result.containsKey("quoteId")) {
            return Answer.toolCall("x402_pay", "{\"quoteId\":\"" + result.get("quoteId") + "\"}");
        }
        if (result.containsKey("receipt")) {
            return Answer.toolCall("x402_payments", "{\"paymentId\":\"" + result.get("paymentId") + "\"}");
        }
        return Answer.text("Bought: " + result.get("payments"));
    }

    @ParameterizedTest
    @EnumSource(Agents.class)
    void an_agent_quotes_pays_and_shows_the_receipt_that_the_chain_confirms(Agents framework) throws Exception {
        models.answer(Agents.MODEL, request -> shopper(request, shop.url("/0.02/pool")));
        Wallet wallet = wallet(Policy.defaults().allowHost(shop.host()), null);
        WalletTools tools = WalletTools.builder(wallet, plain).build();
        BigInteger before = devnet.balanceOf(devnet.usdc(), ScriptedSeller.OTHER_PAYEE.toString());

        String said = framework.over(models, tools).ask("What is in the pool?");

        PaymentRecord paid = wallet.payments(10).get(0);
        assertThat(said).contains("SETTLED").contains(String.valueOf(paid.transaction()));
        assertThat(models.requests().get(2).toolResults())
                .as("the model has read what was bought")
                .anyMatch(result -> result.contains("report 1"));
        wallet.reconcile();
        assertThat(wallet.payment(paid.id()).orElseThrow().confirmed()).isTrue();
        assertThat(wallet.totals()).isEqualTo(new Totals(List.of(Fixture.usdc("0.02")), List.of()));
        assertThat(devnet.balanceOf(devnet.usdc(), ScriptedSeller.OTHER_PAYEE.toString())
                        .subtract(before))
                .isEqualTo(BigInteger.valueOf(20_000));
        assertThat(shop.sold).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(Agents.class)
    void a_refusal_reaches_the_model_which_reads_it_and_stops(Agents framework) {
        models.answer(Agents.MODEL, request -> shopper(request, shop.url("/0.40/pool")));
        Wallet wallet = wallet(Policy.defaults().perPayment(Fixture.usd("0.05")).allowHost(shop.host()), null);

        String said = framework
                .over(models, WalletTools.builder(wallet, plain).build())
                .ask("What is in the pool?");

        assertThat(said).isEqualTo("Refused: per_payment_cap");
        assertThat(models.requestCount()).as("quote, pay, and the answer").isEqualTo(3);
        assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
        assertThat(wallet.payments(10)).extracting(PaymentRecord::state).containsOnly(PaymentState.DENIED);
        assertThat(shop.sold).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(Agents.class)
    void a_dear_quote_is_paid_after_a_person_has_said_yes(Agents framework) {
        models.answer(Agents.MODEL, request -> shopper(request, shop.url("/0.20/pool")));
        Wallet wallet = wallet(Policy.defaults().allowHost(shop.host()), (id, quote) -> {
            asked.add(quote.amount() + " to " + quote.payTo());
            return true;
        });

        String said = framework
                .over(models, WalletTools.builder(wallet, plain).build())
                .ask("What is in the pool?");

        assertThat(models.requests().get(1).toolResults().get(0)).contains("\"decision\":\"APPROVAL\"");
        assertThat(asked).containsExactly("0.2 USDC to " + ScriptedSeller.OTHER_PAYEE);
        assertThat(said).contains("SETTLED");
        assertThat(shop.sold).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(Agents.class)
    void a_person_who_says_no_or_nothing_stops_the_agent(Agents framework) {
        models.answer(Agents.MODEL, request -> shopper(request, shop.url("/0.20/pool")));
        Policy policy =
                Policy.defaults().allowHost(shop.host()).approvalAbove(Fixture.usd("0.10"), Duration.ofSeconds(1));
        Wallet wallet = wallet(policy, (id, quote) -> {
            asked.add(id);
            if (asked.size() == 1) {
                return false;
            }
            new java.util.concurrent.CountDownLatch(1).await(); // a person who is away
            return true;
        });
        Agents.Agent agent =
                framework.over(models, WalletTools.builder(wallet, plain).build());

        assertThat(agent.ask("What is in the pool?")).isEqualTo("Refused: approval_denied");
        assertThat(agent.ask("And now?")).isEqualTo("Refused: approval_denied");
        assertThat(asked).hasSize(2);
        assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
        assertThat(shop.sold).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(Agents.class)
    void a_message_of_a_persons_leads_to_three_payments_at_most(Agents framework) {
        models.answer(Agents.MODEL, request -> {
            List<String> results = request.toolResults();
            if (results.isEmpty() || last(request).containsKey("receipt")) {
                return Answer.toolCall("x402_quote", "{\"url\":\"" + shop.url("/0.01/" + results.size()) + "\"}");
            }
            return last(request).containsKey("quoteId")
                    ? Answer.toolCall(
                            "x402_pay", "{\"quoteId\":\"" + last(request).get("quoteId") + "\"}")
                    : Answer.text("Stopped: " + last(request).get("error"));
        });
        Wallet wallet = wallet(Policy.defaults().allowHost(shop.host()), null);

        String said = framework
                .over(models, WalletTools.builder(wallet, plain).build())
                .ask("Buy as much as you like.");

        assertThat(said).isEqualTo("Stopped: payments_per_turn");
        assertThat(shop.sold).hasValue(3);
    }
}
