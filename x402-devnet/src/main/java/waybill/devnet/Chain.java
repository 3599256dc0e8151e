package waybill.devnet;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.AccessListObject;
import waybill.devnet.Evm.Message;
import waybill.devnet.Evm.Outcome;
import waybill.devnet.WorldState.Change;
import waybill.devnet.WorldState.Log;
import waybill.devnet.WorldState.Slot;

/**
 * Blocks, each mined at once around one transaction, over one world state. Time follows the clock and never goes back.
 * Like on a chain with a two-second block time, the latest block is never older than that when somebody looks: an
 * empty one is mined first. Everything is kept, so that earlier states can be read and transactions run again for a
 * trace. Thread-safe: one lock orders everything.
 */
final class Chain {
    static final long BLOCK_GAS_LIMIT = 30_000_000;
    static final BigInteger BASE_FEE = BigInteger.valueOf(1_000_000_000);

    private static final BigInteger COINBASE = BigInteger.ZERO;
    private static final long BLOCK_SECONDS = 2;
    private static final int MAX_QUEUED = 4_096;
    private static final long TRANSACTION_GAS = 21_000;
    private static final long CREATION_GAS = 32_000;

    /** A block with at most one transaction. */
    record Block(long number, BigInteger hash, BigInteger parentHash, long timestamp, @Nullable Included transaction) {}

    /** A transaction that ran in a block, and what came of it. */
    record Included(
            SignedTransaction transaction,
            long blockNumber,
            boolean succeeded,
            long gasUsed,
            BigInteger gasPrice,
            @Nullable BigInteger created,
            List<Log> logs) {}

    /** A call that is only asked for, not signed; a null target runs the data as init code. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Call(
            BigInteger from, @Nullable BigInteger to, BigInteger value, byte[] data, long gas, BigInteger gasPrice) {}

    private record Applied(Outcome outcome, long gasUsed, @Nullable BigInteger created, List<Log> logs) {}

    final long chainId;
    private final InstantSource clock;
    private final WorldState state;
    private final List<Block> blocks = new ArrayList<>();
    private final List<List<Change<?, ?>>> history = new ArrayList<>();
    private final Map<BigInteger, Included> included = new HashMap<>();
    private final Map<BigInteger, Block> blocksByHash = new HashMap<>();
    private final Map<BigInteger, TreeMap<BigInteger, SignedTransaction>> queue = new HashMap<>();
    private int queued;
    private long secondsAhead;

    Chain(long chainId, InstantSource clock, Consumer<WorldState> genesis) {
        this.chainId = chainId;
        this.clock = clock;
        this.state = new WorldState();
        genesis.accept(state);
        state.commit(); // before the first block there is nothing to go back to
        addBlock(clock.instant().getEpochSecond(), null, List.of());
    }

    // Reading

    /** The latest block, after mining an empty one if it had grown old. */
    synchronized Block latest() {
        long now = now();
        if (now - last().timestamp() >= BLOCK_SECONDS) addBlock(now, null, List.of());
        return last();
    }

    synchronized @Nullable Block block(long number) {
        return number >= 0 && number < blocks.size() ? blocks.get((int) number) : null;
    }

    synchronized @Nullable Block block(BigInteger hash) {
        return blocksByHash.get(hash);
    }

    synchronized @Nullable Included included(BigInteger hash) {
        return included.get(hash);
    }

    /** A transaction that waits for an earlier nonce of its sender. */
    synchronized @Nullable SignedTransaction waiting(BigInteger hash) {
        for (TreeMap<BigInteger, SignedTransaction> mine : queue.values()) {
            for (SignedTransaction transaction : mine.values())
                if (transaction.hash().equals(hash)) return transaction;
        }
        return null;
    }

    synchronized List<Block> blocks(long from, long to) {
        long end = Math.min(to + 1, blocks.size());
        return from >= end ? List.of() : List.copyOf(blocks.subList((int) from, (int) end));
    }

    synchronized BigInteger balance(BigInteger address, long block) {
        return stateAt(block).balance(address);
    }

    synchronized long nonce(BigInteger address, long block) {
        return stateAt(block).nonce(address);
    }

    synchronized byte[] code(BigInteger address, long block) {
        return stateAt(block).code(address);
    }

    synchronized BigInteger stored(BigInteger address, BigInteger key, long block) {
        return stateAt(block).stored(new Slot(address, key));
    }

    /** What the call would give on top of this block; the state stays as it is. */
    synchronized Outcome call(Call call, long block) {
        WorldState view = stateAt(block);
        WorldState.Mark before = view.mark();
        try {
            if (view.balance(call.from()).compareTo(call.value()) < 0) {
                throw RpcException.refused("insufficient funds for transfer: the caller "
                        + Words.addressHex(call.from()) + " has " + view.balance(call.from()) + " wei, the call sends "
                        + call.value());
            }
            return run(view, surroundings(blocks.get((int) block)), call, view.nonce(call.from()), List.of(), null)
                    .outcome();
        } finally {
            view.revertTo(before);
            view.commit();
        }
    }

    /** Gas with which the call succeeds on top of the latest block, at most one part in sixty-four too much. */
    synchronized long estimateGas(Call call) {
        long block = latest().number();
        Outcome outcome = call(call, block);
        if (!outcome.succeeded()) throw RpcException.failed(outcome);
        long enough = call.gas();
        long tooLittle = call.gas() - outcome.gasLeft();
        if (call(withGas(call, tooLittle), block).succeeded()) return tooLittle;
        // Refunds come at the end and callers keep a sixty-fourth, so a call may need more gas than it spends.
        long guess = Math.min(enough, tooLittle * 64 / 63 + 2_300);
        while (enough - tooLittle > enough / 64) {
            if (call(withGas(call, guess), block).succeeded()) enough = guess;
            else tooLittle = guess;
            guess = tooLittle + (enough - tooLittle) / 2;
        }
        return enough;
    }

    private static Call withGas(Call call, long gas) {
        return new Call(call.from(), call.to(), call.value(), call.data(), gas, call.gasPrice());
    }

    /** Runs a mined transaction once more on the state that it met. */
    synchronized Included trace(BigInteger hash, Evm.Tracer tracer) {
        Included seen = included.get(hash);
        if (seen == null) throw RpcException.refused("transaction not found: " + Words.wordHex(hash));
        WorldState view = state.without(history.subList((int) seen.blockNumber(), history.size()));
        apply(view, surroundings(blocks.get((int) seen.blockNumber())), seen.transaction(), tracer);
        return seen;
    }

    // Writing

    /** Mines the transaction now, or keeps it until the nonces before it have come. */
    synchronized BigInteger submit(SignedTransaction transaction) {
        BigInteger next = BigInteger.valueOf(state.nonce(transaction.from()));
        if (included.containsKey(transaction.hash())) throw RpcException.refused("already known");
        int ahead = transaction.nonce().compareTo(next);
        if (ahead < 0) {
            throw RpcException.refused("nonce too low: next nonce " + next + ", tx nonce " + transaction.nonce());
        }
        validate(transaction);
        if (ahead > 0) {
            enqueue(transaction);
            return transaction.hash();
        }
        mine(transaction);
        mineQueued(transaction.from());
        return transaction.hash();
    }

    synchronized void mineEmpty() {
        addBlock(Math.max(now(), last().timestamp()), null, List.of());
    }

    /** Moves the clock of the chain ahead; returns by how much it is ahead in all, in seconds. */
    synchronized long increaseTime(long seconds) {
        secondsAhead = Math.addExact(secondsAhead, seconds);
        return secondsAhead;
    }

    /** Sets the clock of the chain so that the next block has this time, or refuses to go back. */
    synchronized void setNextTimestamp(long timestamp) {
        if (timestamp < last().timestamp()) {
            throw RpcException.invalidParams("The next block cannot be at " + timestamp + ": the latest is at "
                    + last().timestamp() + ", and time does not go back.");
        }
        secondsAhead = Math.subtractExact(timestamp, clock.instant().getEpochSecond());
    }

    /** Changes an account without a transaction, as part of the latest block. */
    synchronized void edit(Consumer<WorldState> change) {
        change.accept(state);
        List<Change<?, ?>> all = new ArrayList<>(history.get(history.size() - 1));
        all.addAll(state.commit());
        history.set(history.size() - 1, List.copyOf(all));
    }

    private void mine(SignedTransaction transaction) {
        long number = blocks.size();
        long timestamp = Math.max(now(), last().timestamp());
        Evm.Surroundings surroundings = surroundings(number, timestamp);
        WorldState.Mark before = state.mark();
        try {
            Applied applied = apply(state, surroundings, transaction, null);
            Included done = new Included(
                    transaction,
                    number,
                    applied.outcome().succeeded(),
                    applied.gasUsed(),
                    transaction.gasPrice(BASE_FEE),
                    applied.created(),
                    applied.logs());
            included.put(transaction.hash(), done);
            addBlock(timestamp, done, state.commit());
        } catch (RuntimeException | Error unsupported) {
            state.revertTo(before);
            state.commit();
            throw unsupported;
        }
    }

    private void enqueue(SignedTransaction transaction) {
        if (queued >= MAX_QUEUED) {
            throw RpcException.refused("txpool is full: " + queued + " transactions wait for earlier nonces");
        }
        TreeMap<BigInteger, SignedTransaction> mine =
                queue.computeIfAbsent(transaction.from(), sender -> new TreeMap<>());
        SignedTransaction other = mine.get(transaction.nonce());
        if (other != null && other.hash().equals(transaction.hash())) throw RpcException.refused("already known");
        if (other != null && other.maxFee().compareTo(transaction.maxFee()) >= 0) {
            throw RpcException.refused("replacement transaction underpriced");
        }
        if (mine.put(transaction.nonce(), transaction) == null) queued++;
    }

    private void mineQueued(BigInteger sender) {
        TreeMap<BigInteger, SignedTransaction> mine = queue.get(sender);
        if (mine == null) return;
        SignedTransaction next;
        while ((next = mine.remove(BigInteger.valueOf(state.nonce(sender)))) != null) {
            queued--;
            try {
                validate(next);
                mine(next);
            } catch (RpcException | UnsupportedOperationException dropped) {
                break; // as on any chain: a transaction that can no longer pay leaves the pool without a word
            }
        }
        // A replacement may have been mined directly: what is left behind the nonce can never run.
        BigInteger nonce = BigInteger.valueOf(state.nonce(sender));
        queued -= mine.headMap(nonce).size();
        mine.headMap(nonce).clear();
        if (mine.isEmpty()) queue.remove(sender);
    }

    private void validate(SignedTransaction transaction) {
        if (transaction.gasLimit().compareTo(BigInteger.valueOf(BLOCK_GAS_LIMIT)) > 0) {
            throw RpcException.refused("exceeds block gas limit: " + transaction.gasLimit() + " > " + BLOCK_GAS_LIMIT);
        }
        long intrinsic = intrinsicGas(transaction.to(), transaction.data(), transaction.accessList());
        if (transaction.gasLimit().longValue() < intrinsic) {
            throw RpcException.refused("intrinsic gas too low: have " + transaction.gasLimit() + ", want " + intrinsic);
        }
        if (transaction.to() == null && transaction.data().length > Frame.MAX_INIT_CODE_BYTES) {
            throw RpcException.refused(
                    "max initcode size exceeded: " + transaction.data().length + " > " + Frame.MAX_INIT_CODE_BYTES);
        }
        if (transaction.maxFee().compareTo(BASE_FEE) < 0) {
            throw RpcException.refused("max fee per gas less than block base fee: maxFeePerGas " + transaction.maxFee()
                    + ", baseFee " + BASE_FEE);
        }
        if (transaction.maxTip().compareTo(transaction.maxFee()) > 0) {
            throw RpcException.refused("max priority fee per gas higher than max fee per gas");
        }
        BigInteger most = transaction.gasLimit().multiply(transaction.maxFee()).add(transaction.value());
        BigInteger held = state.balance(transaction.from());
        if (held.compareTo(most) < 0) {
            throw RpcException.refused("insufficient funds for gas * price + value: address "
                    + Words.addressHex(transaction.from()) + " have " + held + " want " + most);
        }
    }

    /** Takes the fee, runs the transaction, gives back what gas is left. */
    private Applied apply(
            WorldState world,
            Evm.Surroundings surroundings,
            SignedTransaction transaction,
            Evm.@Nullable Tracer tracer) {
        BigInteger sender = transaction.from();
        BigInteger price = transaction.gasPrice(BASE_FEE);
        long limit = transaction.gasLimit().longValue();
        world.setBalance(sender, world.balance(sender).subtract(price.multiply(transaction.gasLimit())));
        world.raiseNonce(sender);
        Call call = new Call(sender, transaction.to(), transaction.value(), transaction.data(), limit, price);
        Applied applied =
                run(world, surroundings, call, transaction.nonce().longValue(), transaction.accessList(), tracer);
        BigInteger unused = BigInteger.valueOf(limit - applied.gasUsed()).multiply(price);
        world.setBalance(sender, world.balance(sender).add(unused));
        BigInteger tip = price.subtract(BASE_FEE).multiply(BigInteger.valueOf(applied.gasUsed()));
        world.setBalance(COINBASE, world.balance(COINBASE).add(tip));
        return applied;
    }

    private Applied run(
            WorldState world,
            Evm.Surroundings surroundings,
            Call call,
            long nonce,
            List<AccessListObject> accessList,
            Evm.@Nullable Tracer tracer) {
        long intrinsic = intrinsicGas(call.to(), call.data(), accessList);
        if (call.gas() < intrinsic) {
            throw RpcException.refused("intrinsic gas too low: have " + call.gas() + ", want " + intrinsic);
        }
        BigInteger made = call.to() == null ? Evm.addressMade(call.from(), nonce) : null;
        BigInteger target = call.to() == null ? Evm.addressMade(call.from(), nonce) : call.to();
        warmUp(world, call.from(), target, accessList);
        Evm evm = new Evm(world, surroundings, call.from(), call.gasPrice(), tracer);
        long gas = call.gas() - intrinsic;
        Message message = new Message(1, call.from(), target, target, call.value(), call.data(), gas, false);
        Outcome outcome = made == null ? evm.call(message, true) : evm.create(message);
        long spent = call.gas() - outcome.gasLeft();
        long used = spent - Math.min(world.refund(), spent / 5);
        return new Applied(outcome, used, made, world.logs());
    }

    private static void warmUp(
            WorldState world, BigInteger sender, BigInteger target, List<AccessListObject> accessList) {
        world.touch(sender);
        world.touch(target);
        world.touch(COINBASE);
        for (int builtIn = 1; builtIn <= Precompiled.LAST; builtIn++) world.touch(BigInteger.valueOf(builtIn));
        for (AccessListObject entry : accessList) {
            BigInteger address = Words.number(entry.getAddress());
            world.touch(address);
            for (String key : entry.getStorageKeys()) world.touch(new Slot(address, Words.number(key)));
        }
    }

    private static long intrinsicGas(@Nullable BigInteger to, byte[] data, List<AccessListObject> accessList) {
        long gas = TRANSACTION_GAS;
        for (byte part : data) gas += part == 0 ? 4 : 16;
        if (to == null) gas += CREATION_GAS + Frame.GAS_PER_INIT_CODE_WORD * Words.wordsIn(data.length);
        for (AccessListObject entry : accessList) {
            gas += 2_400 + 1_900L * entry.getStorageKeys().size();
        }
        return gas;
    }

    // Blocks

    private Block last() {
        return blocks.get(blocks.size() - 1);
    }

    private long now() {
        return clock.instant().getEpochSecond() + secondsAhead;
    }

    private void addBlock(long timestamp, @Nullable Included transaction, List<Change<?, ?>> changes) {
        BigInteger parent = blocks.isEmpty() ? BigInteger.ZERO : last().hash();
        BigInteger content = transaction == null
                ? BigInteger.ZERO
                : transaction.transaction().hash();
        long number = blocks.size();
        // The hash binds parent, number, time and transaction; the devnet keeps no state tries to bind more.
        byte[] header = ByteBuffer.allocate(80)
                .put(Words.bytes32(parent))
                .putLong(number)
                .putLong(timestamp)
                .put(Words.bytes32(content))
                .array();
        Block block = new Block(number, Words.keccak(header), parent, timestamp, transaction);
        blocks.add(block);
        blocksByHash.put(block.hash(), block);
        history.add(changes);
    }

    private WorldState stateAt(long block) {
        return block == last().number() ? state : state.without(history.subList((int) block + 1, history.size()));
    }

    private Evm.Surroundings surroundings(Block block) {
        return surroundings(block.number(), block.timestamp());
    }

    private Evm.Surroundings surroundings(long number, long timestamp) {
        return new Evm.Surroundings(chainId, number, timestamp, BLOCK_GAS_LIMIT, BASE_FEE, asked -> {
            boolean reachable =
                    asked.bitLength() < 32 && asked.longValue() < number && asked.longValue() >= number - 256;
            return reachable ? blocks.get(asked.intValue()).hash() : BigInteger.ZERO;
        });
    }
}
