package waybill.devnet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.AccessListObject;
import org.web3j.crypto.Hash;
import waybill.devnet.Chain.Block;
import waybill.devnet.Chain.Included;
import waybill.devnet.WorldState.Log;

/** Blocks, transactions, transaction receipts and logs in the shapes that Ethereum's JSON-RPC gives them. */
final class RpcJson {
    static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final String ZERO_WORD = Words.wordHex(BigInteger.ZERO);
    private static final String NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

    private RpcJson() {}

    static ObjectNode block(Block block, boolean whole) {
        Included inside = block.transaction();
        ObjectNode node = NODES.objectNode()
                .put("number", Words.quantity(block.number()))
                .put("hash", Words.wordHex(block.hash()))
                .put("parentHash", Words.wordHex(block.parentHash()))
                .put("timestamp", Words.quantity(block.timestamp()))
                .put("nonce", "0x0000000000000000")
                .put("difficulty", "0x0")
                .put("totalDifficulty", "0x0")
                .put("gasLimit", Words.quantity(Chain.BLOCK_GAS_LIMIT))
                .put("gasUsed", Words.quantity(inside == null ? 0 : inside.gasUsed()))
                .put("baseFeePerGas", Words.quantity(Chain.BASE_FEE))
                .put("miner", Words.addressHex(BigInteger.ZERO))
                .put("extraData", "0x")
                .put("logsBloom", bloom(inside == null ? List.of() : inside.logs()))
                .put("mixHash", ZERO_WORD)
                .put("sha3Uncles", NO_UNCLES)
                .put("stateRoot", ZERO_WORD)
                .put("transactionsRoot", ZERO_WORD)
                .put("receiptsRoot", ZERO_WORD)
                .put("size", "0x0");
        node.putArray("uncles");
        ArrayNode transactions = node.putArray("transactions");
        if (inside != null && whole) transactions.add(transaction(inside.transaction(), block));
        if (inside != null && !whole)
            transactions.add(Words.wordHex(inside.transaction().hash()));
        return node;
    }

    /** A transaction with its block, or without one while it waits for an earlier nonce. */
    static ObjectNode transaction(SignedTransaction transaction, @Nullable Block block) {
        BigInteger v = Words.word(transaction.signature().getV());
        ObjectNode node = NODES.objectNode()
                .put("hash", Words.wordHex(transaction.hash()))
                .put("type", Words.quantity(transaction.type()))
                .put("from", Words.addressHex(transaction.from()))
                .put("to", transaction.to() == null ? null : Words.addressHex(transaction.to()))
                .put("nonce", Words.quantity(transaction.nonce()))
                .put("gas", Words.quantity(transaction.gasLimit()))
                .put("gasPrice", Words.quantity(transaction.gasPrice(Chain.BASE_FEE)))
                .put("value", Words.quantity(transaction.value()))
                .put("input", Words.hex(transaction.data()))
                .put("blockHash", block == null ? null : Words.wordHex(block.hash()))
                .put("blockNumber", block == null ? null : Words.quantity(block.number()))
                .put("transactionIndex", block == null ? null : "0x0")
                .put("r", Words.quantity(Words.word(transaction.signature().getR())))
                .put("s", Words.quantity(Words.word(transaction.signature().getS())));
        if (transaction.type() == 0) return node.put("v", Words.quantity(v));
        String parity = v.signum() == 0 || v.intValue() == 27 ? "0x0" : "0x1";
        node.put("v", parity).put("yParity", parity);
        ArrayNode accessList = node.putArray("accessList");
        for (AccessListObject entry : transaction.accessList()) {
            ArrayNode keys =
                    accessList.addObject().put("address", entry.getAddress()).putArray("storageKeys");
            entry.getStorageKeys().forEach(keys::add);
        }
        if (transaction.type() == 2) {
            node.put("maxFeePerGas", Words.quantity(transaction.maxFee()));
            node.put("maxPriorityFeePerGas", Words.quantity(transaction.maxTip()));
        }
        return node;
    }

    static ObjectNode receipt(Included included, Block block) {
        SignedTransaction transaction = included.transaction();
        ObjectNode node = NODES.objectNode()
                .put("transactionHash", Words.wordHex(transaction.hash()))
                .put("transactionIndex", "0x0")
                .put("blockHash", Words.wordHex(block.hash()))
                .put("blockNumber", Words.quantity(block.number()))
                .put("from", Words.addressHex(transaction.from()))
                .put("to", transaction.to() == null ? null : Words.addressHex(transaction.to()))
                .put("contractAddress", included.created() == null ? null : Words.addressHex(included.created()))
                .put("gasUsed", Words.quantity(included.gasUsed()))
                .put("cumulativeGasUsed", Words.quantity(included.gasUsed()))
                .put("effectiveGasPrice", Words.quantity(included.gasPrice()))
                .put("status", included.succeeded() ? "0x1" : "0x0")
                .put("type", Words.quantity(transaction.type()))
                .put("logsBloom", bloom(included.logs()));
        ArrayNode logs = node.putArray("logs");
        for (int i = 0; i < included.logs().size(); i++) logs.add(log(included, block, i));
        return node;
    }

    static ObjectNode log(Included included, Block block, int index) {
        Log log = included.logs().get(index);
        ObjectNode node = NODES.objectNode()
                .put("address", Words.addressHex(log.address()))
                .put("data", Words.hex(log.data()))
                .put("blockHash", Words.wordHex(block.hash()))
                .put("blockNumber", Words.quantity(block.number()))
                .put("blockTimestamp", Words.quantity(block.timestamp()))
                .put("transactionHash", Words.wordHex(included.transaction().hash()))
                .put("transactionIndex", "0x0")
                .put("logIndex", Words.quantity(index))
                .put("removed", false);
        ArrayNode topics = node.putArray("topics");
        log.topics().forEach(topic -> topics.add(Words.wordHex(topic)));
        return node;
    }

    /** The Bloom filter of the logs' addresses and topics: three bits of 2,048 for each. */
    private static String bloom(List<Log> logs) {
        byte[] bits = new byte[256];
        for (Log log : logs) {
            setBloomBits(bits, Words.bytes(Words.addressHex(log.address())));
            for (BigInteger topic : log.topics()) setBloomBits(bits, Words.bytes32(topic));
        }
        return Words.hex(bits);
    }

    private static void setBloomBits(byte[] bits, byte[] entry) {
        byte[] hash = Hash.sha3(entry);
        for (int i = 0; i < 6; i += 2) {
            int bit = ((hash[i] << 8) | (hash[i + 1] & 0xff)) & 0x7ff;
            bits[255 - bit / 8] |= (byte) (1 << (bit % 8));
        }
    }
}
