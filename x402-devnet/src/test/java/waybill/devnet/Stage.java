package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import waybill.devnet.Node.Answer;

/**
 * Plays transactions and calls on one node or on several at once, and demands that all of them do the same: status, gas,
 * logs, return and revert data, and every step of the trace. Block times are set, so that they are equal too.
 */
final class Stage {
    static final long START = 2_000_000_000L;
    static final BigInteger GAS_PRICE = BigInteger.valueOf(3_000_000_000L);
    static final long GAS_LIMIT = 4_000_000;

    /** What became of a transaction: its receipt on the first node. */
    record Played(JsonNode receipt) {
        boolean succeeded() {
            return receipt.get("status").asText().equals("0x1");
        }

        long gasUsed() {
            return Long.decode(receipt.get("gasUsed").asText());
        }

        String created() {
            return receipt.get("contractAddress").asText();
        }

        List<JsonNode> logs() {
            List<JsonNode> logs = new ArrayList<>();
            receipt.get("logs").forEach(logs::add);
            return logs;
        }
    }

    private final List<Node> nodes;
    private long time = START;

    Stage(List<Node> nodes) {
        this.nodes = nodes;
        pass(0);
    }

    long time() {
        return time;
    }

    /** Lets this many seconds pass, and mines a block to show it. */
    void pass(long seconds) {
        time += seconds;
        for (Node node : nodes) {
            node.ask("evm_setNextBlockTimestamp", time).value();
            node.ask("evm_mine").value();
        }
    }

    Played send(DevAccount from, String to, String data) {
        return send(from, to, data, BigInteger.ZERO);
    }

    Played send(DevAccount from, String to, String data, BigInteger wei) {
        return play(sign(
                from,
                RawTransaction.createTransaction(
                        nonce(from), GAS_PRICE, BigInteger.valueOf(GAS_LIMIT), to, wei, data)));
    }

    Played create(DevAccount from, String initCode) {
        return play(sign(
                from,
                RawTransaction.createContractTransaction(
                        nonce(from), GAS_PRICE, BigInteger.valueOf(GAS_LIMIT), BigInteger.ZERO, initCode)));
    }

    /** Sends signed bytes to every node and compares all that can be seen of their effect. */
    Played play(String signed) {
        time++;
        List<JsonNode> receipts = new ArrayList<>();
        List<JsonNode> traces = new ArrayList<>();
        for (Node node : nodes) {
            node.ask("evm_setNextBlockTimestamp", time).value();
            String hash = node.ask("eth_sendRawTransaction", signed).text();
            receipts.add(receipt(node, hash));
            traces.add(node.ask("debug_traceTransaction", hash).value());
        }
        for (int other = 1; other < nodes.size(); other++) {
            compareTraces(traces.get(0), traces.get(other));
            assertThat(visible(receipts.get(other)))
                    .as(nodes.get(other).name() + "'s receipt")
                    .isEqualTo(visible(receipts.get(0)));
        }
        return new Played(receipts.get(0));
    }

    /** Asks until the transaction is mined: a real node takes it in before it mines it. */
    private static JsonNode receipt(Node node, String hash) {
        for (int tries = 0; tries < 20_000; tries++) {
            JsonNode receipt = node.ask("eth_getTransactionReceipt", hash).value();
            if (!receipt.isNull()) return receipt;
        }
        throw new AssertionError(node.name() + " did not mine " + hash);
    }

    /** Every node's answer to the same call; the result, or error code and data, are equal on all. */
    Answer call(String from, String to, String data) {
        Map<String, String> call = new HashMap<>(Map.of("from", from, "data", data, "gas", "0x3d0900"));
        if (to != null) call.put("to", to);
        return ask("eth_call", call, "latest");
    }

    Answer ask(String method, Object... params) {
        Answer first = nodes.get(0).ask(method, params);
        for (int other = 1; other < nodes.size(); other++) {
            Answer seen = nodes.get(other).ask(method, params);
            assertThat(essence(seen))
                    .as(nodes.get(other).name() + "'s " + method)
                    .isEqualTo(essence(first));
        }
        return first;
    }

    /** How many logs every node finds. */
    int countLogs(Map<String, Object> criteria) {
        List<Integer> counts = nodes.stream()
                .map(node -> node.ask("eth_getLogs", criteria).value().size())
                .toList();
        assertThat(counts).as("logs found by each node").containsOnly(counts.get(0));
        return counts.get(0);
    }

    /** Changes every node's state without a transaction. */
    void edit(String method, Object... params) {
        nodes.forEach(node -> node.ask(method, params).value());
    }

    BigInteger nonce(DevAccount account) {
        return Words.number(nodes.get(0)
                .ask("eth_getTransactionCount", account.address(), "latest")
                .text());
    }

    static String sign(DevAccount from, RawTransaction transaction) {
        Credentials credentials = Credentials.create(from.privateKey());
        boolean legacy = transaction.getType().isLegacy();
        return Words.hex(
                legacy
                        ? TransactionEncoder.signMessage(transaction, Devnet.CHAIN_ID, credentials)
                        : TransactionEncoder.signMessage(transaction, credentials));
    }

    private static String essence(Answer answer) {
        if (answer.error() == null) return String.valueOf(answer.result());
        // Nodes word their errors differently; the code of a revert and its data are for programs.
        boolean reverted = answer.error().path("code").asInt() == RpcException.REVERTED;
        return reverted ? "reverted " + answer.error().path("data").asText("0x") : "refused";
    }

    private static ObjectNode visible(JsonNode receipt) {
        ObjectNode seen = Node.MAPPER.createObjectNode();
        for (String field : List.of(
                "status",
                "gasUsed",
                "cumulativeGasUsed",
                "effectiveGasPrice",
                "contractAddress",
                "blockNumber",
                "transactionHash",
                "from",
                "to",
                "type",
                "logsBloom")) {
            seen.set(field, receipt.get(field));
        }
        var logs = seen.putArray("logs");
        for (JsonNode log : receipt.get("logs")) {
            ObjectNode kept = logs.addObject();
            for (String field : List.of("address", "topics", "data", "logIndex", "blockNumber")) {
                kept.set(field, log.get(field));
            }
        }
        return seen;
    }

    private void compareTraces(JsonNode mine, JsonNode theirs) {
        Iterator<JsonNode> other = theirs.get("structLogs").iterator();
        int step = 0;
        for (JsonNode own : mine.get("structLogs")) {
            assertThat(other.hasNext())
                    .as("the other node stops before step " + step + " " + own)
                    .isTrue();
            assertThat(describe(other.next())).as("step " + step).isEqualTo(describe(own));
            step++;
        }
        assertThat(other.hasNext())
                .as("the other node goes on after step " + step)
                .isFalse();
    }

    private static String describe(JsonNode step) {
        StringBuilder text = new StringBuilder();
        text.append(step.get("depth").asInt())
                .append(" pc ")
                .append(step.get("pc").asInt());
        text.append(' ')
                .append(step.get("op").asText())
                .append(" gas ")
                .append(step.get("gas").asLong());
        JsonNode stack = step.path("stack");
        for (int i = stack.size() - 1; i >= 0; i--) {
            text.append(' ').append(stack.get(i).asText()); // the top first, where steps differ
        }
        return text.toString();
    }
}
