package waybill.devnet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import waybill.devnet.Chain.Block;
import waybill.devnet.Chain.Included;
import waybill.devnet.Evm.Outcome;
import waybill.devnet.WorldState.Slot;

/**
 * Ethereum's JSON-RPC over one chain: text in, text out, single requests and batches. A failure is always an answer with
 * an error, never an exception. Thread-safe.
 */
final class JsonRpc {
    static final int MAX_REQUEST_CHARS = 1 << 20;
    static final int MAX_BATCH = 1_000;

    private static final int MAX_FILTERS = 1_000;
    private static final int MAX_FEE_BLOCKS = 1_024;
    private static final BigInteger TIP = BigInteger.valueOf(1_000_000);

    /** A standing question for new logs, or for new blocks when the query is null. */
    private record Filter(@Nullable LogQuery query, JsonNode criteria, AtomicLong nextBlock) {}

    private final Chain chain;
    private final List<String> accounts;
    private final Map<String, Filter> filters = new LinkedHashMap<>();
    private long filtersMade;
    private final ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    JsonRpc(Chain chain, List<String> accounts) {
        this.chain = chain;
        this.accounts = accounts;
    }

    /** Answers one request or one batch. */
    String answer(String request) {
        if (request.length() > MAX_REQUEST_CHARS) {
            return error(null, RpcException.INVALID_REQUEST, tooLarge(), null).toString();
        }
        JsonNode parsed;
        try {
            parsed = mapper.readTree(request);
        } catch (JsonProcessingException malformed) {
            return error(null, RpcException.PARSE_ERROR, "Not JSON: " + malformed.getOriginalMessage(), null)
                    .toString();
        }
        if (!parsed.isArray()) return answer(parsed).toString();
        if (parsed.isEmpty() || parsed.size() > MAX_BATCH) {
            String limit = "A batch holds 1 to " + MAX_BATCH + " requests; this one holds " + parsed.size() + ".";
            return error(null, RpcException.INVALID_REQUEST, limit, null).toString();
        }
        ArrayNode answers = RpcJson.NODES.arrayNode();
        parsed.forEach(one -> answers.add(answer(one)));
        return answers.toString();
    }

    static String tooLarge() {
        return "A request holds at most " + MAX_REQUEST_CHARS + " bytes.";
    }

    private ObjectNode answer(JsonNode request) {
        JsonNode method = request.path("method");
        JsonNode id = request.get("id");
        if (!method.isTextual()) {
            return error(id, RpcException.INVALID_REQUEST, "A request is an object with a method and params.", null);
        }
        JsonNode params = request.path("params");
        if (RpcParams.isPresent(params) && !params.isArray()) {
            return error(id, RpcException.INVALID_PARAMS, "The params are a list.", null);
        }
        try {
            JsonNode result = result(method.textValue(), new RpcParams(params));
            ObjectNode answer = envelope(id);
            answer.set("result", result);
            return answer;
        } catch (RpcException refused) {
            return error(id, refused.code, String.valueOf(refused.getMessage()), refused.data);
        } catch (UnsupportedOperationException unsupported) {
            return error(id, RpcException.INTERNAL, String.valueOf(unsupported.getMessage()), null);
        } catch (RuntimeException | StackOverflowError failed) {
            return error(id, RpcException.INTERNAL, "The devnet failed on " + method.textValue() + ": " + failed, null);
        }
    }

    private JsonNode result(String method, RpcParams params) {
        return switch (method) {
            case "web3_clientVersion" -> text("waybill-devnet");
            case "net_version" -> text(Long.toString(chain.chainId));
            case "eth_chainId" -> number(chain.chainId);
            case "eth_syncing" -> RpcJson.NODES.booleanNode(false);
            case "eth_accounts" -> accounts();
            case "eth_blockNumber" -> number(chain.latest().number());
            case "eth_gasPrice" -> text(Words.quantity(Chain.BASE_FEE.add(TIP)));
            case "eth_maxPriorityFeePerGas" -> text(Words.quantity(TIP));
            case "eth_feeHistory" -> feeHistory(params);
            case "eth_getBalance" -> text(Words.quantity(chain.balance(params.address(0), blockNumber(params.at(1)))));
            case "eth_getTransactionCount" -> number(chain.nonce(params.address(0), blockNumber(params.at(1))));
            case "eth_getCode" -> text(Words.hex(chain.code(params.address(0), blockNumber(params.at(1)))));
            case "eth_getStorageAt" ->
                text(Words.wordHex(chain.stored(params.address(0), params.number(1), blockNumber(params.at(2)))));
            case "eth_getBlockByNumber" ->
                blockJson(namedBlock(params.at(0)), params.at(1).asBoolean());
            case "eth_getBlockByHash" ->
                blockJson(chain.block(params.word(0)), params.at(1).asBoolean());
            case "eth_call" -> call(params);
            case "eth_estimateGas" -> number(chain.estimateGas(callFrom(params)));
            case "eth_sendRawTransaction" ->
                text(Words.wordHex(chain.submit(SignedTransaction.decode(params.bytes(0), chain.chainId))));
            case "eth_getTransactionByHash" -> transaction(params.word(0));
            case "eth_getTransactionReceipt" -> receipt(params.word(0));
            case "eth_getLogs" -> logs(params.at(0));
            case "eth_newFilter" -> addFilter(LogQuery.from(params.at(0)), params.at(0));
            case "eth_newBlockFilter" -> addFilter(null, params.at(0));
            case "eth_getFilterLogs" -> logs(filter(params).criteria());
            case "eth_getFilterChanges" -> changes(filter(params));
            case "eth_uninstallFilter" -> removeFilter(params);
            case "debug_traceTransaction" -> trace(params.word(0));
            case "anvil_setBalance" -> edit(params, (state, address) -> state.setBalance(address, params.number(1)));
            case "anvil_setCode" -> edit(params, (state, address) -> state.setCode(address, params.bytes(1)));
            case "anvil_setStorageAt" -> setStorage(params);
            case "evm_increaseTime" -> number(chain.increaseTime(params.seconds(0)));
            case "evm_setNextBlockTimestamp" -> setNextTimestamp(params);
            case "evm_mine" -> mine();
            default ->
                throw new RpcException(RpcException.METHOD_NOT_FOUND, "The devnet has no method " + method + ".", null);
        };
    }

    // Blocks and accounts

    private JsonNode accounts() {
        ArrayNode list = RpcJson.NODES.arrayNode();
        accounts.forEach(list::add);
        return list;
    }

    private JsonNode feeHistory(RpcParams params) {
        long count = params.number(0).min(BigInteger.valueOf(MAX_FEE_BLOCKS)).longValue();
        long newest = blockNumber(params.at(1));
        long oldest = Math.max(0, newest - count + 1);
        ObjectNode node = RpcJson.NODES.objectNode().put("oldestBlock", Words.quantity(oldest));
        ArrayNode baseFees = node.putArray("baseFeePerGas");
        ArrayNode usage = node.putArray("gasUsedRatio");
        ArrayNode rewards = params.has(2) ? node.putArray("reward") : null;
        for (Block block : chain.blocks(oldest, newest)) {
            Included inside = block.transaction();
            baseFees.add(Words.quantity(Chain.BASE_FEE));
            // A display ratio that the interface defines as a fraction, never an amount.
            usage.add(inside == null ? 0.0 : (double) inside.gasUsed() / Chain.BLOCK_GAS_LIMIT);
            if (rewards == null) continue;
            ArrayNode reward = rewards.addArray();
            params.at(2).forEach(percentile -> reward.add(Words.quantity(TIP)));
        }
        baseFees.add(Words.quantity(Chain.BASE_FEE));
        return node;
    }

    /** The block that a tag, a number or an EIP-1898 object names; every block is final at once. */
    private @Nullable Block namedBlock(JsonNode name) {
        if (name.isObject() && name.has("blockHash"))
            return chain.block(RpcParams.word(name.get("blockHash"), "blockHash"));
        if (name.isObject()) return namedBlock(name.path("blockNumber"));
        if (!RpcParams.isPresent(name)) return chain.latest();
        return switch (name.asText()) {
            case "latest", "pending", "safe", "finalized" -> chain.latest();
            case "earliest" -> chain.block(0);
            default -> {
                BigInteger number = RpcParams.number(name, "the block");
                yield number.bitLength() > 31 ? null : chain.block(number.longValue());
            }
        };
    }

    private long blockNumber(JsonNode name) {
        Block block = namedBlock(name);
        if (block == null) throw RpcException.refused("header not found: there is no block " + name + " yet");
        return block.number();
    }

    private static JsonNode blockJson(@Nullable Block block, boolean whole) {
        return block == null ? RpcJson.NODES.nullNode() : RpcJson.block(block, whole);
    }

    // Calls and transactions

    private JsonNode call(RpcParams params) {
        Outcome outcome = chain.call(callFrom(params), blockNumber(params.at(1)));
        if (!outcome.succeeded()) throw RpcException.failed(outcome);
        return text(Words.hex(outcome.output()));
    }

    private static Chain.Call callFrom(RpcParams params) {
        JsonNode call = params.at(0);
        if (!call.isObject()) throw RpcException.invalidParams("parameter 0 should be a call object");
        if (!params.at(2).isEmpty() || !params.at(3).isEmpty()) {
            throw RpcException.invalidParams("The devnet takes no state or block overrides.");
        }
        JsonNode data = RpcParams.isPresent(call.path("input")) ? call.path("input") : call.path("data");
        BigInteger limit = BigInteger.valueOf(Chain.BLOCK_GAS_LIMIT);
        return new Chain.Call(
                RpcParams.isPresent(call.path("from")) ? RpcParams.address(call.path("from"), "from") : BigInteger.ZERO,
                RpcParams.optionalAddress(call.path("to"), "to"),
                RpcParams.number(call.path("value"), "value", BigInteger.ZERO),
                RpcParams.isPresent(data) ? RpcParams.bytes(data, "data") : Words.NOTHING,
                RpcParams.number(call.path("gas"), "gas", limit).min(limit).longValue(),
                RpcParams.number(call.path("gasPrice"), "gasPrice", BigInteger.ZERO));
    }

    private JsonNode transaction(BigInteger hash) {
        Included included = chain.included(hash);
        if (included != null) return RpcJson.transaction(included.transaction(), blockOf(included));
        SignedTransaction waiting = chain.waiting(hash);
        return waiting == null ? RpcJson.NODES.nullNode() : RpcJson.transaction(waiting, null);
    }

    private JsonNode receipt(BigInteger hash) {
        Included included = chain.included(hash);
        return included == null ? RpcJson.NODES.nullNode() : RpcJson.receipt(included, blockOf(included));
    }

    private Block blockOf(Included included) {
        Block block = chain.block(included.blockNumber());
        if (block == null) throw new AssertionError("An included transaction has a block.");
        return block;
    }

    private JsonNode trace(BigInteger hash) {
        ArrayNode steps = RpcJson.NODES.arrayNode();
        Included seen = chain.trace(hash, (pc, code, gas, depth, stack, size) -> {
            ArrayNode values = steps.addObject()
                    .put("pc", pc)
                    .put("op", Opcode.name(code))
                    .put("gas", gas)
                    .put("depth", depth)
                    .putArray("stack");
            for (int i = 0; i < size; i++) values.add(Words.quantity(stack[i]));
        });
        ObjectNode node = RpcJson.NODES.objectNode().put("gas", seen.gasUsed()).put("failed", !seen.succeeded());
        node.set("structLogs", steps);
        return node;
    }

    // Logs

    private JsonNode logs(JsonNode criteria) {
        LogQuery query = LogQuery.from(criteria);
        if (RpcParams.isPresent(criteria.path("blockHash"))) {
            long number = blockNumber(RpcJson.NODES.objectNode().set("blockHash", criteria.get("blockHash")));
            return logs(query, number, number);
        }
        Block first = namedBlock(criteria.path("fromBlock"));
        // Who polls from the block after the latest asks for what is not there yet, and gets nothing.
        return first == null ? RpcJson.NODES.arrayNode() : logs(query, first.number(), lastBlock(criteria));
    }

    /** The last block asked for; one that is not mined yet means the latest. */
    private long lastBlock(JsonNode criteria) {
        Block last = namedBlock(criteria.path("toBlock"));
        return last == null ? chain.latest().number() : last.number();
    }

    private ArrayNode logs(LogQuery query, long from, long to) {
        ArrayNode found = RpcJson.NODES.arrayNode();
        for (Block block : chain.blocks(from, to)) {
            Included inside = block.transaction();
            for (int i = 0; inside != null && i < inside.logs().size(); i++) {
                if (query.matches(inside.logs().get(i))) found.add(RpcJson.log(inside, block, i));
            }
        }
        return found;
    }

    private synchronized JsonNode addFilter(@Nullable LogQuery query, JsonNode criteria) {
        if (filters.size() == MAX_FILTERS)
            filters.remove(filters.keySet().iterator().next());
        String id = Words.quantity(++filtersMade);
        filters.put(
                id, new Filter(query, criteria, new AtomicLong(chain.latest().number() + 1)));
        return text(id);
    }

    private synchronized Filter filter(RpcParams params) {
        Filter found = filters.get(params.at(0).asText());
        if (found == null)
            throw RpcException.refused("filter not found: " + params.at(0).asText());
        return found;
    }

    private synchronized JsonNode removeFilter(RpcParams params) {
        return RpcJson.NODES.booleanNode(filters.remove(params.at(0).asText()) != null);
    }

    private JsonNode changes(Filter filter) {
        long latest = chain.latest().number();
        long from = filter.nextBlock().getAndSet(latest + 1);
        if (filter.query() != null) return logs(filter.query(), from, latest);
        ArrayNode hashes = RpcJson.NODES.arrayNode();
        chain.blocks(from, latest).forEach(block -> hashes.add(Words.wordHex(block.hash())));
        return hashes;
    }

    // Set-up

    private JsonNode edit(RpcParams params, BiConsumer<WorldState, BigInteger> change) {
        BigInteger address = params.address(0);
        chain.edit(state -> change.accept(state, address));
        return RpcJson.NODES.nullNode();
    }

    private JsonNode setStorage(RpcParams params) {
        BigInteger key = params.number(1);
        BigInteger value = params.word(2);
        edit(params, (state, address) -> state.store(new Slot(address, key), value));
        return RpcJson.NODES.booleanNode(true);
    }

    private JsonNode setNextTimestamp(RpcParams params) {
        chain.setNextTimestamp(params.seconds(0));
        return RpcJson.NODES.nullNode();
    }

    private JsonNode mine() {
        chain.mineEmpty();
        return text("0x0");
    }

    // Envelopes

    private static JsonNode text(String value) {
        return RpcJson.NODES.textNode(value);
    }

    private static JsonNode number(long value) {
        return text(Words.quantity(value));
    }

    private static ObjectNode envelope(@Nullable JsonNode id) {
        ObjectNode node = RpcJson.NODES.objectNode().put("jsonrpc", "2.0");
        node.set("id", id);
        return node;
    }

    private static ObjectNode error(@Nullable JsonNode id, int code, String message, @Nullable String data) {
        ObjectNode answer = envelope(id);
        ObjectNode error = answer.putObject("error").put("code", code).put("message", message);
        if (data != null) error.put("data", data);
        return answer;
    }
}
