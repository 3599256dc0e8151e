package waybill.facilitator;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.Web3jService;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.core.methods.response.EthBlockNumber;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.core.methods.response.EthChainId;
import org.web3j.protocol.core.methods.response.EthGetBalance;
import org.web3j.protocol.core.methods.response.EthGetCode;
import org.web3j.protocol.core.methods.response.EthGetTransactionCount;
import org.web3j.protocol.core.methods.response.EthGetTransactionReceipt;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.EthMaxPriorityFeePerGas;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.EthTransaction;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Network;

/**
 * A chain as one node shows it. The node is the operator's own and is believed. Thread-safe.
 */
public final class Chain {
    /** The chain ids of development networks, when their node is on this machine. */
    static final TreeSet<Long> DEVELOPMENT_IDS = new TreeSet<>(List.of(1337L, 31337L, 84532L));

    private static final String LATEST = "latest";

    /**
     * How nodes say that a contract has failed, beside a revert: geth's and Erigon's words, reth's and anvil's ("EVM error
     * InvalidJump"), Nethermind's. A node's own failure has none of them.
     */
    private static final List<String> EXECUTION = List.of(
            "revert",
            "evmerror",
            "executionhalted",
            "vmexecutionerror",
            "outofgas",
            "invalidopcode",
            "badinstruction",
            "stackunderflow",
            "stacklimitreached",
            "stackoverflow",
            "invalidjump",
            "gasuint64overflow",
            "returndataoutofbounds",
            "writeprotection",
            "maxcalldepthexceeded");

    private static final int MAX_LOGS = 100;
    private static final int MAX_CODE_CHARS = 2 + 2 * 64 * 1024;

    private final Web3jService node;
    private final Network network;
    private final boolean local;

    private Chain(Web3jService node, Network network, boolean local) {
        this.node = node;
        this.network = network;
        this.local = local;
    }

    /** A chain inside this process, such as the devnet. */
    public static Chain inProcess(Web3jService node, Network network) {
        return new Chain(node, network, true).checked();
    }

    /**
     * A chain behind a node's JSON-RPC.
     *
     * @throws IllegalArgumentException when the URL is plain http to another machine, or the node is on another chain
     * @throws FacilitatorException when the node does not answer
     */
    public static Chain connect(URI rpc, Network network) {
        boolean local = isLoopback(rpc);
        if (!local && !"https".equalsIgnoreCase(rpc.getScheme())) {
            throw new IllegalArgumentException(
                    "a node on another machine is reached by https only: whoever is in between could invent receipts");
        }
        return new Chain(new RpcConnection(rpc), network, local).checked();
    }

    /** The chain's id. */
    public Network network() {
        return network;
    }

    /** True for a node on this machine with one of the customary ids of development chains. */
    public boolean isDevelopment() {
        return local && DEVELOPMENT_IDS.contains(network.chainId());
    }

    @Override
    public String toString() {
        return network + (local ? " on this machine" : " at a remote node");
    }

    // --- reads ---

    /** What a contract call came to: its return data, or a revert. */
    static final class CallResult {
        private static final CallResult REVERTED = new CallResult(true, new byte[0]);

        private final boolean reverted;
        private final byte[] data;

        private CallResult(boolean reverted, byte[] data) {
            this.reverted = reverted;
            this.data = data;
        }

        boolean reverted() {
            return reverted;
        }

        byte[] data() {
            return data.clone();
        }

        boolean isWord() {
            return !reverted && data.length >= 32;
        }

        BigInteger word() {
            return new BigInteger(1, Arrays.copyOf(data, 32));
        }
    }

    byte[] code(Address address) {
        String code = ask("eth_getCode", List.of(address.toString(), LATEST), EthGetCode.class)
                .getCode();
        return code == null || code.length() > MAX_CODE_CHARS ? new byte[0] : Numeric.hexStringToByteArray(code);
    }

    CallResult call(Address from, Address to, byte[] data, BigInteger gas) {
        Map<String, String> transaction = Map.of(
                "from",
                from.toString(),
                "to",
                to.toString(),
                "gas",
                Numeric.encodeQuantity(gas),
                "data",
                Numeric.toHexString(data));
        EthCall response = send("eth_call", List.of(transaction, LATEST), EthCall.class);
        if (response.hasError()) {
            String message = String.valueOf(response.getError().getMessage());
            if (!isExecution(response.getError())) {
                throw new FacilitatorException("the node refused eth_call: " + cut(message));
            }
            return CallResult.REVERTED;
        }
        String value = response.getValue();
        return new CallResult(false, value == null ? new byte[0] : Numeric.hexStringToByteArray(value));
    }

    BigInteger balance(Address account) {
        return ask("eth_getBalance", List.of(account.toString(), LATEST), EthGetBalance.class)
                .getBalance();
    }

    /** The next account nonce, counting what waits in the node. */
    BigInteger nextNonce(Address account) {
        return ask("eth_getTransactionCount", List.of(account.toString(), "pending"), EthGetTransactionCount.class)
                .getTransactionCount();
    }

    /** How many transactions of {@code account} are in blocks: the nonce that comes next. */
    BigInteger minedNonce(Address account) {
        return ask("eth_getTransactionCount", List.of(account.toString(), LATEST), EthGetTransactionCount.class)
                .getTransactionCount();
    }

    /** What a transaction in a block or waiting was called with, as hex; empty when the node does not know it. */
    String input(String hash) {
        return ask("eth_getTransactionByHash", List.of(hash), EthTransaction.class)
                .getTransaction()
                .map(transaction -> String.valueOf(transaction.getInput()))
                .orElse("");
    }

    BigInteger blockNumber() {
        return ask("eth_blockNumber", List.of(), EthBlockNumber.class).getBlockNumber();
    }

    BigInteger baseFee() {
        EthBlock.Block block = ask("eth_getBlockByNumber", List.of(LATEST, false), EthBlock.class)
                .getBlock();
        if (block == null || block.getBaseFeePerGasRaw() == null) {
            throw new FacilitatorException("the chain " + network + " has no base fee (EIP-1559), which is needed");
        }
        return block.getBaseFeePerGas();
    }

    BigInteger suggestedTip() {
        return ask("eth_maxPriorityFeePerGas", List.of(), EthMaxPriorityFeePerGas.class)
                .getMaxPriorityFeePerGas();
    }

    @Nullable
    TransactionReceipt receipt(String hash) {
        return ask("eth_getTransactionReceipt", List.of(hash), EthGetTransactionReceipt.class)
                .getTransactionReceipt()
                .orElse(null);
    }

    /** True when the node knows the transaction, in a block or waiting. */
    boolean knows(String hash) {
        return ask("eth_getTransactionByHash", List.of(hash), EthTransaction.class)
                .getTransaction()
                .isPresent();
    }

    /** The transactions that logged {@code topics} at {@code contract} since a block, at most {@link #MAX_LOGS} of them. */
    List<String> loggedBy(Address contract, List<String> topics, BigInteger fromBlock) {
        Map<String, Object> filter = Map.of(
                "address",
                contract.toString(),
                "topics",
                topics,
                "fromBlock",
                Numeric.encodeQuantity(fromBlock),
                "toBlock",
                LATEST);
        List<String> hashes = new ArrayList<>();
        for (Object result : ask("eth_getLogs", List.of(filter), EthLog.class).getLogs()) {
            if (result instanceof EthLog.LogObject log
                    && !((Log) log).isRemoved()
                    && log.getTransactionHash() != null) {
                hashes.add(log.getTransactionHash());
            }
        }
        return hashes.stream().distinct().limit(MAX_LOGS).toList();
    }

    /** What a node says to a transaction: null when it took it, else its own words. */
    @Nullable
    String broadcast(byte[] signed) throws IOException {
        EthSendTransaction response = new Request<>(
                        "eth_sendRawTransaction", List.of(Numeric.toHexString(signed)), node, EthSendTransaction.class)
                .send();
        return response.hasError() ? cut(String.valueOf(response.getError().getMessage())) : null;
    }

    // --- inside ---

    private Chain checked() {
        BigInteger id = ask("eth_chainId", List.of(), EthChainId.class).getChainId();
        if (!id.equals(BigInteger.valueOf(network.chainId()))) {
            throw new IllegalArgumentException(
                    "the node is on chain id " + id + ", not on " + network + ": name the right node or network");
        }
        return this;
    }

    private <T extends Response<?>> T ask(String method, List<?> params, Class<T> type) {
        T response = send(method, params, type);
        if (response.hasError()) {
            throw new FacilitatorException("the node refused " + method + ": "
                    + cut(String.valueOf(response.getError().getMessage())));
        }
        return response;
    }

    private <T extends Response<?>> T send(String method, List<?> params, Class<T> type) {
        try {
            return new Request<>(method, new ArrayList<Object>(params), node, type).send();
        } catch (IOException e) {
            throw new FacilitatorException("the node did not answer " + method, e);
        }
    }

    /** An error of the contract called, not of the node. */
    private static boolean isExecution(Response.Error error) {
        String message =
                String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT).replace(" ", "");
        return error.getCode() == 3 || EXECUTION.stream().anyMatch(message::contains);
    }

    private static boolean isLoopback(URI rpc) {
        String host = rpc.getHost();
        return host != null
                && (host.equalsIgnoreCase("localhost")
                        || host.equals("[::1]")
                        || host.matches("127(\\.[0-9]{1,3}){3}"));
    }

    private static String cut(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
