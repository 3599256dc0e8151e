package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;

/**
 * Asks the person's own node what happened on a chain. It only reads. Answers are bounded in size and time; an answer
 * that is not understood is an {@link IOException}, never a fact. Thread-safe.
 */
final class ChainNode {
    private static final int MAX_ANSWER_BYTES = 1024 * 1024;
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final String TRANSFER = topic("Transfer(address,address,uint256)");
    private static final String AUTHORIZATION_USED = topic("AuthorizationUsed(address,bytes32)");
    private static final String AUTHORIZATION_CANCELED = topic("AuthorizationCanceled(address,bytes32)");
    private static final String BALANCE_OF = selector("balanceOf(address)");
    private static final String AUTHORIZATION_STATE = selector("authorizationState(address,bytes32)");

    private final Network network;
    private final URI rpc;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private volatile boolean chainChecked;

    /** A block's number and time. */
    record Block(BigInteger number, long seconds) {}

    ChainNode(Network network, URI rpc) {
        this.network = network;
        this.rpc = rpc;
    }

    /** True for a chain of tests whose node is on this machine. */
    boolean isDevelopment() {
        return network.isTestnet() && Origin.of(rpc).isLoopback();
    }

    BigInteger balanceOf(Asset asset, Address owner) throws IOException {
        return number(asset.address(), BALANCE_OF + word(owner), "latest");
    }

    /** Whether the nonce is used up, by a transfer or by a cancellation, as of {@code block}. */
    boolean nonceUsed(Asset asset, Address payer, Bytes32 nonce, String block) throws IOException {
        String data = AUTHORIZATION_STATE + word(payer) + nonce.toString().substring(2);
        BigInteger state = number(asset.address(), data, block);
        if (state.bitLength() > 1) {
            throw new IOException("authorizationState answered neither true nor false");
        }
        return state.signum() == 1;
    }

    /** The newest block that cannot be undone. */
    Block finalised() throws IOException {
        return block("finalized").orElseThrow(() -> new IOException("the node knows no finalised block"));
    }

    /** The newest block. */
    Block latest() throws IOException {
        return block("latest").orElseThrow(() -> new IOException("the node knows no block"));
    }

    static String tag(Block block) {
        return "0x" + block.number().toString(16);
    }

    /**
     * The transaction in which the token moved {@code amount} from payer to payee and used {@code nonce}; empty when
     * the chain shows none.
     *
     * @param claimed the hash that a seller named, or null: then the token's log is searched
     */
    Optional<String> transfer(PaymentFacts payment, Bytes32 nonce, @Nullable String claimed) throws IOException {
        if (claimed != null && shows(claimed, payment, nonce)) {
            return Optional.of(claimed);
        }
        Optional<String> found = search(payment, nonce);
        return found.isPresent() && shows(found.get(), payment, nonce) ? found : Optional.empty();
    }

    /** What a transfer must look like. */
    record PaymentFacts(Amount amount, Address payer, Address payTo, long notBefore, long validBefore) {}

    private boolean shows(String transaction, PaymentFacts payment, Bytes32 nonce) throws IOException {
        Object receipt = ask("eth_getTransactionReceipt", List.of(transaction));
        if (!(receipt instanceof Map<?, ?> fields) || !"0x1".equals(fields.get("status"))) {
            return false;
        }
        boolean moved = false;
        boolean used = false;
        if (fields.get("logs") instanceof List<?> logs) {
            for (Object log : logs) {
                moved |= isTransfer(log, payment);
                used |= isUse(log, payment, nonce);
            }
        }
        return moved && used;
    }

    static List<String> transferTopics(PaymentFacts payment) {
        return List.of(TRANSFER, topic(payment.payer()), topic(payment.payTo()));
    }

    private static boolean isTransfer(Object log, PaymentFacts payment) {
        return from(log, payment.amount().asset().address())
                && topics(log).equals(transferTopics(payment))
                && log instanceof Map<?, ?> fields
                && fields.get("data") instanceof String data
                && isQuantity(data)
                && new BigInteger(data.substring(2), 16).equals(payment.amount().atomic());
    }

    private static boolean isUse(Object log, PaymentFacts payment, Bytes32 nonce) {
        return from(log, payment.amount().asset().address())
                && topics(log).equals(List.of(AUTHORIZATION_USED, topic(payment.payer()), nonce.toString()));
    }

    static boolean from(Object log, Address contract) {
        return log instanceof Map<?, ?> fields
                && fields.get("address") instanceof String address
                && address.equalsIgnoreCase(contract.toString());
    }

    static List<String> topics(Object log) {
        return log instanceof Map<?, ?> fields && fields.get("topics") instanceof List<?> topics
                ? topics.stream()
                        .map(topic -> String.valueOf(topic).toLowerCase(Locale.ROOT))
                        .toList()
                : List.of();
    }

    private Optional<String> search(PaymentFacts payment, Bytes32 nonce) throws IOException {
        Block latest = latest();
        BigInteger first = firstAt(payment.notBefore(), latest);
        BigInteger last = firstAt(payment.validBefore() + 1, latest);
        List<String> topics = List.of(AUTHORIZATION_USED, topic(payment.payer()), nonce.toString());
        return log(payment.amount().asset(), topics, first, last);
    }

    /** The transaction of the first line in the token's log with exactly these topics. */
    private Optional<String> log(Asset asset, List<String> topics, BigInteger first, BigInteger last)
            throws IOException {
        for (Map<?, ?> line : logs(asset.address(), topics, first, last)) {
            if (line.get("transactionHash") instanceof String hash) {
                return Optional.of(hash);
            }
        }
        return Optional.empty();
    }

    /** The lines in a contract's log with exactly these topics. */
    List<Map<?, ?>> logs(Address contract, List<String> topics, BigInteger first, BigInteger last) throws IOException {
        Map<String, Object> filter = new LinkedHashMap<>();
        filter.put("address", contract.toString());
        filter.put("topics", topics);
        filter.put("fromBlock", "0x" + first.toString(16));
        filter.put("toBlock", "0x" + last.toString(16));
        List<Map<?, ?>> lines = new ArrayList<>();
        if (ask("eth_getLogs", List.of(filter)) instanceof List<?> logs) {
            for (Object log : logs) {
                if (log instanceof Map<?, ?> line
                        && from(line, contract)
                        && topics(line).equals(topics)) {
                    lines.add(line);
                }
            }
        }
        return lines;
    }

    /**
     * The transaction in which the payer took the authorisation back, in a block not after {@code last}; empty when there
     * is none.
     */
    Optional<String> cancellation(PaymentFacts payment, Bytes32 nonce, Block last) throws IOException {
        Asset asset = payment.amount().asset();
        if (!nonceUsed(asset, payment.payer(), nonce, tag(last))) {
            return Optional.empty(); // it may still be undone
        }
        List<String> topics = List.of(AUTHORIZATION_CANCELED, topic(payment.payer()), nonce.toString());
        return log(asset, topics, firstAt(payment.notBefore(), last), last.number());
    }

    /** The first block not older than {@code seconds}, or the latest. */
    BigInteger firstAt(long seconds, Block latest) throws IOException {
        BigInteger low = BigInteger.ZERO;
        BigInteger high = latest.number();
        while (low.compareTo(high) < 0) {
            BigInteger middle = low.add(high).shiftRight(1);
            Block block = block("0x" + middle.toString(16))
                    .orElseThrow(() -> new IOException("the node does not have block " + middle));
            if (block.seconds() < seconds) {
                low = middle.add(BigInteger.ONE);
            } else {
                high = middle;
            }
        }
        return low;
    }

    private Optional<Block> block(String tag) throws IOException {
        Object answer = ask("eth_getBlockByNumber", List.of(tag, false));
        if (answer == null) {
            return Optional.empty();
        }
        if (answer instanceof Map<?, ?> block) {
            return Optional.of(new Block(
                    quantity(block.get("number")),
                    quantity(block.get("timestamp")).longValueExact()));
        }
        throw new IOException("eth_getBlockByNumber answered no block");
    }

    /** The number that a call of a contract answers. */
    BigInteger number(Address contract, String data, String block) throws IOException {
        Map<String, Object> transaction = new LinkedHashMap<>();
        transaction.put("to", contract.toString());
        transaction.put("data", data);
        return quantity(ask("eth_call", List.of(transaction, block)));
    }

    /** The account's next nonce for transactions. */
    BigInteger transactionCount(Address account) throws IOException {
        return quantity(ask("eth_getTransactionCount", List.of(account.toString(), "pending")));
    }

    /** What a unit of gas costs now, in wei. */
    BigInteger gasPrice() throws IOException {
        return quantity(ask("eth_gasPrice", List.of()));
    }

    @Nullable
    Object ask(String method, List<?> params) throws IOException {
        if (!chainChecked) {
            BigInteger chain = quantity(send("eth_chainId", List.of()));
            if (!chain.equals(BigInteger.valueOf(network.chainId()))) {
                throw new WrongChainException("the node configured for " + network + " is on eip155:" + chain);
            }
            chainChecked = true;
        }
        return send(method, params);
    }

    /** The node answers for another chain than it is configured for. */
    static final class WrongChainException extends IOException {
        private static final long serialVersionUID = 1L;

        WrongChainException(String message) {
            super(message);
        }
    }

    private @Nullable Object send(String method, List<?> params) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("jsonrpc", "2.0");
        request.put("id", 1);
        request.put("method", method);
        request.put("params", params);
        HttpRequest http = HttpRequest.newBuilder(rpc)
                .timeout(ANSWER)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(request)))
                .build();
        byte[] body = answer(method, http);
        try {
            Map<String, @Nullable Object> answer = Json.parseObject(body, MAX_ANSWER_BYTES);
            if (answer.get("error") != null) {
                throw new IOException(
                        method + " failed at the node: " + Words.cut(String.valueOf(answer.get("error")), 200));
            }
            return answer.get("result");
        } catch (MalformedWireException e) {
            throw new IOException(method + ": the node's answer is not JSON-RPC", e);
        }
    }

    private byte[] answer(String method, HttpRequest request) throws IOException {
        try {
            HttpResponse<Optional<byte[]>> response =
                    http.send(request, info -> new BoundedBytes(MAX_ANSWER_BYTES, ANSWER));
            if (response.statusCode() != 200) {
                throw new IOException(method + ": the node answered with status " + response.statusCode());
            }
            return response.body()
                    .orElseThrow(() -> new IOException(method + ": the node's answer is longer than " + MAX_ANSWER_BYTES
                            + " bytes, or did not end in " + ANSWER.toSeconds() + " s"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking the node", e);
        }
    }

    static BigInteger quantity(@Nullable Object value) throws IOException {
        if (value instanceof String text && isQuantity(text)) {
            return new BigInteger(text.substring(2), 16);
        }
        throw new IOException("the node answered no number: " + Words.cut(String.valueOf(value), 80));
    }

    private static boolean isQuantity(String text) {
        return text.length() > 2
                && text.length() <= 66
                && text.startsWith("0x")
                && text.chars().skip(2).allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
    }

    static String topic(String event) {
        return Bytes32.keccak(event.getBytes(StandardCharsets.US_ASCII)).toString();
    }

    static String topic(Address address) {
        return "0x" + word(address);
    }

    static String selector(String function) {
        byte[] hash =
                Bytes32.keccak(function.getBytes(StandardCharsets.US_ASCII)).bytes();
        return "0x" + HexFormat.of().formatHex(Arrays.copyOf(hash, 4));
    }

    static String word(Address address) {
        return "0".repeat(24) + HexFormat.of().formatHex(address.bytes());
    }

    static String word(BigInteger unsigned) {
        String digits = unsigned.toString(16);
        return "0".repeat(64 - digits.length()) + digits;
    }
}
