package waybill.devnet;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Balances, nonces, code and storage of every account, and what one transaction adds to them: every write can be taken
 * back, to a mark inside the transaction or to the end of an earlier block. Not thread-safe; {@link Chain} owns it.
 */
final class WorldState {
    /** One storage word of one account. */
    record Slot(BigInteger address, BigInteger key) {}

    /** What a contract told the world. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Log(BigInteger address, List<BigInteger> topics, byte[] data) {}

    /** A point inside a transaction to which it can be taken back. */
    record Mark(int changes, int logs, long refund) {}

    /** What a table held before a write, and whether the table outlives the transaction. */
    record Change<K, V>(Function<WorldState, Map<K, V>> table, boolean lasting, K key, @Nullable V before) {
        private void undoIn(WorldState state) {
            if (before == null) table.apply(state).remove(key);
            else table.apply(state).put(key, before);
        }
    }

    private final Map<BigInteger, BigInteger> balances;
    private final Map<BigInteger, Long> nonces;
    private final Map<BigInteger, byte[]> codes;
    private final Map<Slot, BigInteger> storage;

    private final Map<Slot, BigInteger> transients = new HashMap<>();
    private final Map<Object, Boolean> warm = new HashMap<>();
    private final Map<Slot, BigInteger> originals = new HashMap<>();
    private final List<Change<?, ?>> changes = new ArrayList<>();
    private final List<Log> logs = new ArrayList<>();
    private long refund;

    WorldState() {
        this(new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>());
    }

    private WorldState(
            Map<BigInteger, BigInteger> balances,
            Map<BigInteger, Long> nonces,
            Map<BigInteger, byte[]> codes,
            Map<Slot, BigInteger> storage) {
        this.balances = balances;
        this.nonces = nonces;
        this.codes = codes;
        this.storage = storage;
    }

    /** A copy with these blocks' changes taken back; the blocks are given oldest first. */
    WorldState without(List<List<Change<?, ?>>> blocks) {
        WorldState copy = new WorldState(
                new HashMap<>(balances), new HashMap<>(nonces), new HashMap<>(codes), new HashMap<>(storage));
        for (int block = blocks.size() - 1; block >= 0; block--) {
            List<Change<?, ?>> made = blocks.get(block);
            for (int i = made.size() - 1; i >= 0; i--) made.get(i).undoIn(copy);
        }
        return copy;
    }

    Mark mark() {
        return new Mark(changes.size(), logs.size(), refund);
    }

    void revertTo(Mark mark) {
        for (int i = changes.size() - 1; i >= mark.changes(); i--)
            changes.remove(i).undoIn(this);
        logs.subList(mark.logs(), logs.size()).clear();
        refund = mark.refund();
    }

    /** Ends the transaction: returns the changes that last, and forgets what belonged to it alone. */
    List<Change<?, ?>> commit() {
        List<Change<?, ?>> lasting = new ArrayList<>();
        for (Change<?, ?> change : changes) if (change.lasting()) lasting.add(change);
        changes.clear();
        logs.clear();
        transients.clear();
        warm.clear();
        originals.clear();
        refund = 0;
        return lasting;
    }

    BigInteger balance(BigInteger address) {
        return balances.getOrDefault(address, BigInteger.ZERO);
    }

    void setBalance(BigInteger address, BigInteger wei) {
        write(state -> state.balances, true, address, wei.signum() == 0 ? null : wei);
    }

    void transfer(BigInteger from, BigInteger to, BigInteger wei) {
        if (wei.signum() == 0) return;
        setBalance(from, balance(from).subtract(wei));
        setBalance(to, balance(to).add(wei));
    }

    long nonce(BigInteger address) {
        return nonces.getOrDefault(address, 0L);
    }

    void raiseNonce(BigInteger address) {
        write(state -> state.nonces, true, address, nonce(address) + 1);
    }

    byte[] code(BigInteger address) {
        return codes.getOrDefault(address, Words.NOTHING);
    }

    void setCode(BigInteger address, byte[] code) {
        write(state -> state.codes, true, address, code.length == 0 ? null : code);
    }

    BigInteger stored(Slot slot) {
        return storage.getOrDefault(slot, BigInteger.ZERO);
    }

    /** The value at the start of the transaction. */
    BigInteger original(Slot slot) {
        return originals.getOrDefault(slot, stored(slot));
    }

    void store(Slot slot, BigInteger value) {
        originals.putIfAbsent(slot, stored(slot));
        write(state -> state.storage, true, slot, value.signum() == 0 ? null : value);
    }

    BigInteger transientValue(Slot slot) {
        return transients.getOrDefault(slot, BigInteger.ZERO);
    }

    void setTransient(Slot slot, BigInteger value) {
        write(state -> state.transients, false, slot, value);
    }

    /** Marks an address or slot as touched by this transaction; true when it had been before. */
    boolean touch(Object addressOrSlot) {
        if (warm.containsKey(addressOrSlot)) return true;
        write(state -> state.warm, false, addressOrSlot, true);
        return false;
    }

    /** True when the account has neither balance, nor nonce, nor code. */
    boolean isEmpty(BigInteger address) {
        return !balances.containsKey(address) && nonce(address) == 0 && !codes.containsKey(address);
    }

    void log(Log log) {
        logs.add(log);
    }

    List<Log> logs() {
        return List.copyOf(logs);
    }

    void refund(long gas) {
        refund += gas;
    }

    long refund() {
        return refund;
    }

    private <K, V> void write(Function<WorldState, Map<K, V>> table, boolean lasting, K key, @Nullable V value) {
        Map<K, V> rows = table.apply(this);
        changes.add(new Change<>(table, lasting, key, rows.get(key)));
        if (value == null) rows.remove(key);
        else rows.put(key, value);
    }
}
