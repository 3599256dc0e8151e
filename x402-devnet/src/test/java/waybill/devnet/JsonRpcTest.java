package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.devnet.Abi.address;
import static waybill.devnet.Abi.encode;
import static waybill.devnet.Abi.uint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.RawTransaction;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.core.methods.response.EthLog;
import waybill.devnet.Node.Answer;

class JsonRpcTest {
    private static final DevAccount ALICE = DevAccount.ALL.get(0);
    private static final DevAccount BOB = DevAccount.ALL.get(1);
    private static final BigInteger GAS = BigInteger.valueOf(100_000);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_900_000_000));
    private Devnet devnet;
    private Node node;
    private Web3j web3j;

    @BeforeEach
    void start() {
        devnet = Devnet.builder().clock(now::get).start();
        node = new Node("devnet", devnet.rpcUrl());
        web3j = Web3j.build(devnet.web3jService());
    }

    @AfterEach
    void stop() {
        web3j.shutdown();
        devnet.close();
    }

    // Malformed and oversized input

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | -32600",
                "{ | -32700",
                "nonsense | -32700",
                "{} {} | -32700",
                "[] | -32600",
                "42 | -32600",
                "null | -32600",
                "{\"id\":1} | -32600",
                "{\"id\":1,\"method\":7} | -32600",
                "{\"id\":1,\"method\":\"eth_chainId\",\"params\":{\"a\":1}} | -32602",
                "{\"id\":1,\"method\":\"eth_mystery\"} | -32601",
                "{\"id\":1,\"method\":\"eth_getBalance\"} | -32602",
                "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0x12\",\"latest\"]} | -32602",
                "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\",\"0x99\"]} | -32000",
                "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\",\"soon\"]} | -32602",
                "{\"id\":1,\"method\":\"eth_call\",\"params\":[\"0x\"]} | -32602",
                "{\"id\":1,\"method\":\"eth_call\",\"params\":[{\"data\":\"0x123\"}]} | -32602",
                "{\"id\":1,\"method\":\"eth_call\",\"params\":[{},\"latest\",{\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\":{}}]} | -32602",
                "{\"id\":1,\"method\":\"eth_call\",\"params\":[{\"value\":\"0x1\"}]} | -32000",
                "{\"id\":1,\"method\":\"eth_call\",\"params\":[{\"gas\":\"0x1\"}]} | -32000",
                "{\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"0xc0\"]} | -32602",
                "{\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x02\"]} | -32602",
                "{\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x\"]} | -32602",
                "{\"id\":1,\"method\":\"eth_getFilterLogs\",\"params\":[\"0x77\"]} | -32000",
                "{\"id\":1,\"method\":\"debug_traceTransaction\",\"params\":[\"0x0000000000000000000000000000000000000000000000000000000000000001\"]} | -32000",
                "{\"id\":1,\"method\":\"evm_setNextBlockTimestamp\",\"params\":[1]} | -32602",
                "{\"id\":1,\"method\":\"evm_increaseTime\",\"params\":[-5]} | -32602",
            })
    void malformed_requests_get_an_error_and_its_code(String body, int code) {
        JsonNode answer = node.post(body);
        assertThat(answer.path("jsonrpc").asText()).isEqualTo("2.0");
        assertThat(answer.path("error").path("code").asInt()).isEqualTo(code);
        assertThat(answer.path("error").path("message").asText()).isNotBlank();
        assertThat(node.ask("eth_chainId").text()).isEqualTo("0x14a34");
    }

    @Test
    void a_request_above_the_limit_is_refused_before_it_is_parsed() {
        String large = "{\"id\":1,\"method\":\"eth_chainId\",\"params\":[\"" + "a".repeat(1 << 20) + "\"]}";
        assertThat(node.postRaw(large).statusCode()).isEqualTo(413);
        assertThat(node.ask("eth_chainId").text()).isEqualTo("0x14a34");
    }

    @Test
    void deeply_nested_json_is_an_error_like_any_other() {
        assertThat(node.post("[".repeat(200_000)).path("error").path("code").asInt())
                .isEqualTo(-32700);
    }

    @Test
    void only_post_is_answered() throws IOException, InterruptedException {
        HttpResponse<String> got = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(devnet.rpcUrl()).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(got.statusCode()).isEqualTo(405);
        assertThat(devnet.rpcUrl().getHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void a_batch_is_answered_in_order_each_with_its_id() {
        JsonNode answers = node.post(
                "[{\"id\":\"a\",\"method\":\"eth_chainId\"},{\"id\":2,\"method\":\"nope\"},{\"id\":3,\"method\":\"net_version\",\"params\":[]}]");
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0).get("id").asText()).isEqualTo("a");
        assertThat(answers.get(1).get("error").get("code").asInt()).isEqualTo(-32601);
        assertThat(answers.get(2).get("result").asText()).isEqualTo("84532");
        String many = "[" + "{\"id\":1,\"method\":\"net_version\"},".repeat(1_000) + "{}]";
        assertThat(node.post(many).path("error").path("code").asInt()).isEqualTo(-32600);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 8453, 84531})
    void a_transaction_for_another_chain_is_refused(long chainId) {
        RawTransaction transfer = RawTransaction.createTransaction(
                chainId, BigInteger.ZERO, GAS, BOB.address(), BigInteger.ONE, "0x", BigInteger.ONE, Stage.GAS_PRICE);
        String message = node.ask("eth_sendRawTransaction", Stage.sign(ALICE, transfer))
                .refusal()
                .get("message")
                .asText();
        assertThat(message).contains("chain id").contains("84532").contains(Long.toString(chainId));
    }

    // Transactions and their pool

    @Test
    void a_nonce_from_the_past_is_refused_and_one_from_the_future_waits() {
        String first = transfer(ALICE, 0, 1);
        String second = transfer(ALICE, 1, 2);
        String third = transfer(ALICE, 2, 3);

        String thirdHash = node.ask("eth_sendRawTransaction", third).text();
        String secondHash = node.ask("eth_sendRawTransaction", second).text();
        assertThat(node.ask("eth_getTransactionReceipt", thirdHash).value().isNull())
                .isTrue();
        JsonNode waiting = node.ask("eth_getTransactionByHash", secondHash).value();
        assertThat(waiting.get("blockHash").isNull()).isTrue();
        assertThat(waiting.get("nonce").asText()).isEqualTo("0x1");
        assertThat(balance(BOB)).isEqualTo(1_000_000_000);

        node.ask("eth_sendRawTransaction", first).value();

        assertThat(balance(BOB)).isEqualTo(1_000_000_006);
        assertThat(node.ask("eth_getTransactionReceipt", thirdHash)
                        .value()
                        .get("blockNumber")
                        .asText())
                .isEqualTo("0x3");
        assertThat(refusal(first)).contains("already known");
        assertThat(refusal(transfer(ALICE, 0, 9))).contains("nonce too low");
        assertThat(node.ask("eth_getTransactionCount", ALICE.address(), "pending")
                        .text())
                .isEqualTo("0x3");
    }

    @Test
    void a_waiting_transaction_is_replaced_only_by_one_that_pays_more() {
        String cheap = transfer(ALICE, 1, 5);
        node.ask("eth_sendRawTransaction", cheap).value();
        assertThat(refusal(cheap)).contains("already known");
        assertThat(refusal(transfer(ALICE, 1, 6))).contains("underpriced");
        String dear = Stage.sign(
                ALICE,
                RawTransaction.createTransaction(
                        BigInteger.ONE,
                        Stage.GAS_PRICE.multiply(BigInteger.TWO),
                        GAS,
                        Genesis.USDC,
                        encode("transfer", address(BOB.address()), uint(7))));
        node.ask("eth_sendRawTransaction", dear).value();
        node.ask("eth_sendRawTransaction", transfer(ALICE, 0, 1)).value();
        assertThat(balance(BOB)).isEqualTo(1_000_000_008);
    }

    @Test
    void what_cannot_be_paid_is_refused_before_it_runs() {
        BigInteger tooMuch = BigInteger.TEN.pow(30);
        assertThat(refusal(Stage.sign(ALICE, ether(0, Stage.GAS_PRICE, GAS, tooMuch))))
                .contains("insufficient funds");
        assertThat(refusal(Stage.sign(ALICE, ether(0, BigInteger.ONE, GAS, BigInteger.ONE))))
                .contains("less than block base fee");
        assertThat(refusal(Stage.sign(ALICE, ether(0, Stage.GAS_PRICE, BigInteger.TEN, BigInteger.ONE))))
                .contains("intrinsic gas too low");
        assertThat(refusal(
                        Stage.sign(ALICE, ether(0, Stage.GAS_PRICE, BigInteger.valueOf(30_000_001), BigInteger.ONE))))
                .contains("exceeds block gas limit");
        assertThat(node.ask("eth_blockNumber").text()).isEqualTo("0x0");
        assertThat(node.ask("eth_getTransactionCount", ALICE.address(), "latest")
                        .text())
                .isEqualTo("0x0");
    }

    @Test
    void a_transaction_that_the_devnet_cannot_run_is_not_mined() {
        node.ask("anvil_setCode", "0x00000000000000000000000000000000000000aa", "0x60015f555fff")
                .value();
        RawTransaction destroy = RawTransaction.createTransaction(
                BigInteger.ZERO, Stage.GAS_PRICE, GAS, "0x00000000000000000000000000000000000000aa", "0x");
        JsonNode refusal =
                node.ask("eth_sendRawTransaction", Stage.sign(ALICE, destroy)).refusal();
        assertThat(refusal.get("code").asInt()).isEqualTo(-32603);
        assertThat(refusal.get("message").asText()).contains("0xff");
        assertThat(node.ask("eth_getStorageAt", "0x00000000000000000000000000000000000000aa", "0x0", "latest")
                        .text())
                .isEqualTo(Words.wordHex(BigInteger.ZERO));
        node.ask("eth_sendRawTransaction", transfer(ALICE, 0, 1)).value();
    }

    @Test
    void an_estimate_is_enough_and_not_much_more() {
        String data = encode("transfer", address("0x00000000000000000000000000000000000000bb"), uint(1));
        Map<String, String> call = Map.of("from", ALICE.address(), "to", Genesis.USDC, "data", data);
        BigInteger estimate = Words.number(node.ask("eth_estimateGas", call).text());
        String hash = node.ask(
                        "eth_sendRawTransaction",
                        Stage.sign(
                                ALICE,
                                RawTransaction.createTransaction(
                                        BigInteger.ZERO, Stage.GAS_PRICE, estimate, Genesis.USDC, data)))
                .text();
        JsonNode receipt = node.ask("eth_getTransactionReceipt", hash).value();
        assertThat(receipt.get("status").asText()).isEqualTo("0x1");
        BigInteger used = Words.number(receipt.get("gasUsed").asText());
        assertThat(estimate)
                .isBetween(used, used.multiply(BigInteger.valueOf(11)).divide(BigInteger.TEN));
        Map<String, String> failing = Map.of("from", BOB.address(), "to", Genesis.POOL, "data", "0x12345678");
        assertThat(node.ask("eth_estimateGas", failing).error()).isNotNull();
        Map<String, String> plain = Map.of("from", ALICE.address(), "to", BOB.address(), "value", "0x1");
        assertThat(node.ask("eth_estimateGas", plain).text()).isEqualTo("0x5208");
    }

    @Test
    void the_deepest_calls_that_gas_can_buy_do_not_break_the_server() {
        String self = "0x00000000000000000000000000000000000ca115";
        node.ask("anvil_setCode", self, "0x5f5f5f5f5f305af100").value(); // calls itself with all its gas
        Map<String, String> call = Map.of("from", ALICE.address(), "to", self, "gas", "0x1c9c380");
        assertThat(node.ask("eth_call", call, "latest").text()).isEqualTo("0x");
    }

    // Time and history

    @Test
    void blocks_follow_the_clock_and_never_go_back() {
        assertThat(timestamp("latest")).isEqualTo(1_900_000_000);
        now.set(Instant.ofEpochSecond(1_900_000_001));
        assertThat(node.ask("eth_blockNumber").text()).isEqualTo("0x0");
        now.set(Instant.ofEpochSecond(1_900_000_600));
        assertThat(timestamp("finalized")).isEqualTo(1_900_000_600); // an idle chain grows too
        assertThat(node.ask("eth_blockNumber").text()).isEqualTo("0x1");
        now.set(Instant.ofEpochSecond(1_800_000_000));
        node.ask("eth_sendRawTransaction", transfer(ALICE, 0, 1)).value();
        assertThat(timestamp("latest")).isEqualTo(1_900_000_600);
        node.ask("evm_increaseTime", 200_000_000).value();
        assertThat(timestamp("latest")).isEqualTo(2_000_000_000);
    }

    @Test
    void earlier_blocks_keep_their_state() {
        node.ask("eth_sendRawTransaction", transfer(ALICE, 0, 1)).value();
        node.ask("eth_sendRawTransaction", transfer(ALICE, 1, 2)).value();
        Map<String, String> call = Map.of("to", Genesis.USDC, "data", encode("balanceOf", address(BOB.address())));
        assertThat(Words.number(node.ask("eth_call", call, "0x0").text())).isEqualTo(1_000_000_000);
        assertThat(Words.number(node.ask("eth_call", call, "0x1").text())).isEqualTo(1_000_000_001);
        String hash = node.ask("eth_getBlockByNumber", "0x2", false)
                .value()
                .get("hash")
                .asText();
        assertThat(Words.number(
                        node.ask("eth_call", call, Map.of("blockHash", hash)).text()))
                .isEqualTo(1_000_000_003);
        assertThat(node.ask("eth_getTransactionCount", ALICE.address(), "0x1").text())
                .isEqualTo("0x1");
        assertThat(node.ask("eth_getBalance", ALICE.address(), "earliest").text())
                .isEqualTo(Words.quantity(Genesis.ACCOUNT_WEI));
        JsonNode block = node.ask("eth_getBlockByHash", hash, true).value();
        assertThat(block.get("transactions").get(0).get("from").asText()).isEqualToIgnoringCase(ALICE.address());
        assertThat(block.get("parentHash").asText())
                .isEqualTo(node.ask("eth_getBlockByNumber", "0x1", false)
                        .value()
                        .get("hash")
                        .asText());
        assertThat(node.ask("eth_getBlockByNumber", "0x9", false).value().isNull())
                .isTrue();
    }

    @Test
    void fees_are_told_in_every_form_that_clients_ask_for() {
        node.ask("eth_sendRawTransaction", transfer(ALICE, 0, 1)).value();
        JsonNode history =
                node.ask("eth_feeHistory", "0x4", "latest", List.of(50)).value();
        assertThat(history.get("oldestBlock").asText()).isEqualTo("0x0");
        assertThat(history.get("baseFeePerGas")).hasSize(3);
        assertThat(history.get("gasUsedRatio")).hasSize(2);
        assertThat(history.get("reward").get(1)).hasSize(1);
        assertThat(node.ask("eth_gasPrice").text()).isEqualTo("0x3baa0c40");
        assertThat(node.ask("eth_maxPriorityFeePerGas").text()).isEqualTo("0xf4240");
        assertThat(node.ask("eth_accounts").value()).hasSize(10);
    }

    @Test
    void asking_for_logs_of_blocks_to_come_gives_none() {
        node.ask("eth_sendRawTransaction", transfer(ALICE, 0, 1)).value();
        assertThat(node.ask("eth_getLogs", Map.of("fromBlock", "0x2")).value()).isEmpty();
        assertThat(node.ask("eth_getLogs", Map.of("fromBlock", "0x1", "toBlock", "0x9"))
                        .value())
                .hasSize(1);
    }

    // web3j without a socket

    @Test
    void web3j_sees_the_reason_of_a_revert() throws IOException {
        String data = encode("transfer", address(BOB.address()), uint(2_000_000_000));
        EthCall call = web3j.ethCall(
                        Transaction.createEthCallTransaction(ALICE.address(), devnet.usdc(), data),
                        DefaultBlockParameterName.LATEST)
                .send();
        assertThat(call.isReverted()).isTrue();
        assertThat(call.getRevertReason()).contains("ERC20: transfer amount exceeds balance");
    }

    @Test
    void web3j_filters_find_old_logs_and_then_only_new_ones() throws IOException {
        send(transfer(ALICE, 0, 1));
        EthFilter criteria =
                new EthFilter(DefaultBlockParameterName.EARLIEST, DefaultBlockParameterName.LATEST, devnet.usdc());
        BigInteger filter = web3j.ethNewFilter(criteria).send().getFilterId();
        assertThat(web3j.ethGetFilterLogs(filter).send().getLogs()).hasSize(1);
        assertThat(changes(filter)).isEmpty();
        send(transfer(ALICE, 1, 2));
        send(transfer(ALICE, 2, 3));
        assertThat(changes(filter)).hasSize(2);
        assertThat(changes(filter)).isEmpty();
        BigInteger blocks = web3j.ethNewBlockFilter().send().getFilterId();
        send(transfer(ALICE, 3, 4));
        assertThat(web3j.ethGetFilterChanges(blocks).send().getLogs()).hasSize(1);
        assertThat(web3j.ethUninstallFilter(filter).send().isUninstalled()).isTrue();
        assertThat(web3j.ethGetFilterLogs(filter).send().hasError()).isTrue();
    }

    private List<EthLog.LogResult> changes(BigInteger filter) throws IOException {
        return web3j.ethGetFilterChanges(filter).send().getLogs();
    }

    private void send(String signed) throws IOException {
        assertThat(web3j.ethSendRawTransaction(signed).send().hasError()).isFalse();
    }

    private String refusal(String signed) {
        Answer answer = node.ask("eth_sendRawTransaction", signed);
        return answer.refusal().get("message").asText();
    }

    private BigInteger balance(DevAccount owner) {
        return devnet.balanceOf(devnet.usdc(), owner.address());
    }

    private long timestamp(String block) {
        return Long.decode(node.ask("eth_getBlockByNumber", block, false)
                .value()
                .get("timestamp")
                .asText());
    }

    private static RawTransaction ether(long nonce, BigInteger price, BigInteger gas, BigInteger wei) {
        return RawTransaction.createEtherTransaction(BigInteger.valueOf(nonce), price, gas, BOB.address(), wei);
    }

    private static String transfer(DevAccount from, long nonce, long dollars) {
        return Stage.sign(
                from,
                RawTransaction.createTransaction(
                        BigInteger.valueOf(nonce),
                        Stage.GAS_PRICE,
                        GAS,
                        Genesis.USDC,
                        encode("transfer", address(BOB.address()), uint(dollars))));
    }
}
