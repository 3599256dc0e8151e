package waybill.devnet;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.web3j.crypto.Hash;
import waybill.devnet.Evm.Message;
import waybill.devnet.Evm.Outcome;
import waybill.devnet.WorldState.Slot;

/** The run of one piece of code for one message: its stack, memory, gas and place in the code. */
final class Frame {
    static final int MAX_DEPTH = 1024;
    static final int MAX_INIT_CODE_BYTES = 49_152;
    static final long GAS_PER_INIT_CODE_WORD = 2;

    private static final int MAX_STACK = 1024;
    private static final long COLD_ACCOUNT_GAS = 2_600;
    private static final long COLD_SLOT_GAS = 2_100;
    private static final long WARM_GAS = 100;
    private static final long STIPEND = 2_300;
    private static final long CLEARING_REFUND = 4_800;

    /** Ends the run with the loss of all gas. */
    private static final class Halt extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Halt(String why) {
            super(why, null, false, false);
        }
    }

    private final Evm evm;
    private final WorldState state;
    private final Message message;
    private final byte[] code;
    private final BitSet jumpTargets;
    private final BigInteger[] stack = new BigInteger[MAX_STACK];
    private int height;
    private byte[] memory = Words.NOTHING;
    private byte[] returned = Words.NOTHING;
    private long gas;
    private int pc;

    Frame(Evm evm, Message message, byte[] code) {
        this.evm = evm;
        this.state = evm.state;
        this.message = message;
        this.code = code;
        this.gas = message.gas();
        this.jumpTargets = jumpTargets(code);
    }

    Outcome run() {
        try {
            while (true) {
                int instruction = pc < code.length ? code[pc] & 0xff : 0;
                if (evm.tracer != null) evm.tracer.step(pc, instruction, gas, message.depth(), stack, height);
                Opcode opcode = Opcode.of(instruction);
                use(opcode.gas);
                pc++;
                switch (opcode) {
                    case STOP -> {
                        return Outcome.returned(Words.NOTHING, gas);
                    }
                    case RETURN -> {
                        return Outcome.returned(read(pop(), pop()), gas);
                    }
                    case REVERT -> {
                        return Outcome.reverted(read(pop(), pop()), gas);
                    }
                    default -> step(opcode, opcode.argument(instruction));
                }
            }
        } catch (Halt halt) {
            return Outcome.halted(String.valueOf(halt.getMessage()));
        }
    }

    private void step(Opcode opcode, int argument) {
        switch (opcode) {
            case ADD -> push(pop().add(pop()));
            case MUL -> push(pop().multiply(pop()));
            case SUB -> push(pop().subtract(pop()));
            case DIV -> push(divided(pop(), pop()));
            case SDIV -> push(divided(Words.signed(pop()), Words.signed(pop())));
            case MOD -> push(remainder(pop(), pop()));
            case SMOD -> push(remainder(Words.signed(pop()), Words.signed(pop())));
            case ADDMOD -> push(remainder(pop().add(pop()), pop()));
            case MULMOD -> push(remainder(pop().multiply(pop()), pop()));
            case EXP -> exponentiate(pop(), pop());
            case SIGNEXTEND -> signExtend(pop(), pop());
            case LT -> push(Words.word(pop().compareTo(pop()) < 0));
            case GT -> push(Words.word(pop().compareTo(pop()) > 0));
            case SLT -> push(Words.word(Words.signed(pop()).compareTo(Words.signed(pop())) < 0));
            case SGT -> push(Words.word(Words.signed(pop()).compareTo(Words.signed(pop())) > 0));
            case EQ -> push(Words.word(pop().equals(pop())));
            case ISZERO -> push(Words.word(pop().signum() == 0));
            case AND -> push(pop().and(pop()));
            case OR -> push(pop().or(pop()));
            case XOR -> push(pop().xor(pop()));
            case NOT -> push(pop().not());
            case BYTE -> pickByte(pop(), pop());
            case SHL -> shiftLeft(pop(), pop());
            case SHR -> shiftRight(pop(), pop());
            case SAR -> shiftRight(pop(), Words.signed(pop()));
            case KECCAK256 -> hash(pop(), pop());
            case ADDRESS -> push(message.self());
            case BALANCE -> push(state.balance(touchedAccount()));
            case ORIGIN -> push(evm.origin);
            case CALLER -> push(message.caller());
            case CALLVALUE -> push(message.value());
            case CALLDATALOAD -> push(Words.word(Words.slice(message.data(), pop(), 32)));
            case CALLDATASIZE -> push(message.data().length);
            case CALLDATACOPY -> copyIn(message.data());
            case CODESIZE -> push(code.length);
            case CODECOPY -> copyIn(code);
            case GASPRICE -> push(evm.gasPrice);
            case EXTCODESIZE -> push(state.code(touchedAccount()).length);
            case EXTCODECOPY -> copyIn(state.code(touchedAccount()));
            case EXTCODEHASH -> pushCodeHash(touchedAccount());
            case RETURNDATASIZE -> push(returned.length);
            case RETURNDATACOPY -> copyReturned(pop(), pop(), pop());
            case BLOCKHASH -> push(evm.block.hashes().hash(pop()));
            case COINBASE, PREVRANDAO -> push(BigInteger.ZERO);
            case TIMESTAMP -> push(evm.block.timestamp());
            case NUMBER -> push(evm.block.number());
            case GASLIMIT -> push(evm.block.gasLimit());
            case CHAINID -> push(evm.block.chainId());
            case SELFBALANCE -> push(state.balance(message.self()));
            case BASEFEE -> push(evm.block.baseFee());
            case POP -> pop();
            case MLOAD -> push(Words.word(read(pop(), BigInteger.valueOf(32))));
            case MSTORE -> write(pop(), Words.bytes32(pop()));
            case MSTORE8 -> write(pop(), new byte[] {pop().byteValue()});
            case MCOPY -> copyMemory(pop(), pop(), pop());
            case SLOAD -> load(new Slot(message.self(), pop()));
            case SSTORE -> store(new Slot(message.self(), pop()), pop());
            case TLOAD -> push(state.transientValue(new Slot(message.self(), pop())));
            case TSTORE -> storeTransient(new Slot(message.self(), pop()), pop());
            case JUMP -> jump(pop(), true);
            case JUMPI -> jump(pop(), pop().signum() != 0);
            case JUMPDEST -> {}
            case PC -> push(pc - 1);
            case MSIZE -> push(memory.length);
            case GAS -> push(gas);
            case PUSH0 -> push(BigInteger.ZERO);
            case PUSH -> pushFromCode(argument + 1);
            case DUP -> push(peek(argument));
            case SWAP -> swap(argument + 1);
            case LOG -> log(argument, pop(), pop());
            case CREATE -> create(pop(), pop(), pop());
            case CREATE2 -> create2(pop(), pop(), pop(), pop());
            case CALL -> call(pop(), popAddress(), pop());
            case DELEGATECALL -> delegateCall(pop(), popAddress());
            case STATICCALL -> staticCall(pop(), popAddress());
            case UNSUPPORTED ->
                throw new UnsupportedOperationException("The devnet does not run instruction 0x"
                        + Integer.toHexString(code[pc - 1] & 0xff) + " (at " + (pc - 1) + " in the code of "
                        + Words.addressHex(message.codeAt()) + "). Run this contract on a real node.");
            case INVALID -> throw new Halt("invalid opcode");
            case STOP, RETURN, REVERT -> throw new AssertionError(opcode + " ends the run before this.");
        }
    }

    // Arithmetic

    private static BigInteger divided(BigInteger a, BigInteger b) {
        return b.signum() == 0 ? BigInteger.ZERO : a.divide(b);
    }

    /** The remainder with the sign of the dividend. */
    private static BigInteger remainder(BigInteger a, BigInteger b) {
        return b.signum() == 0 ? BigInteger.ZERO : a.remainder(b);
    }

    private void exponentiate(BigInteger base, BigInteger exponent) {
        use(50L * ((exponent.bitLength() + 7) / 8));
        push(base.modPow(exponent, Words.MASK.add(BigInteger.ONE)));
    }

    private void signExtend(BigInteger lastByte, BigInteger value) {
        if (lastByte.bitLength() > 5 || lastByte.intValue() >= 31) {
            push(value);
            return;
        }
        int bits = 8 * (lastByte.intValue() + 1);
        BigInteger low = value.and(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
        push(low.testBit(bits - 1) ? low.subtract(BigInteger.ONE.shiftLeft(bits)) : low);
    }

    private void pickByte(BigInteger index, BigInteger value) {
        boolean inside = index.bitLength() <= 5;
        push(inside ? value.shiftRight(8 * (31 - index.intValue())).and(BigInteger.valueOf(0xff)) : BigInteger.ZERO);
    }

    private void shiftLeft(BigInteger bits, BigInteger value) {
        push(bits.bitLength() > 8 ? BigInteger.ZERO : value.shiftLeft(bits.intValue()));
    }

    /** Keeps the sign of a negative value, as {@link BigInteger#shiftRight} does. */
    private void shiftRight(BigInteger bits, BigInteger value) {
        push(value.shiftRight(bits.bitLength() > 8 ? 256 : bits.intValue()));
    }

    private void hash(BigInteger offset, BigInteger length) {
        use(6 * Words.wordsIn(size(length)));
        push(Words.word(Hash.sha3(read(offset, length))));
    }

    // Stack

    private void push(BigInteger value) {
        if (height == MAX_STACK) throw new Halt("stack overflow");
        stack[height++] = Words.wrap(value);
    }

    private void push(long value) {
        push(BigInteger.valueOf(value));
    }

    private BigInteger pop() {
        if (height == 0) throw new Halt("stack underflow");
        return stack[--height];
    }

    private BigInteger popAddress() {
        return pop().and(Words.ADDRESS_MASK);
    }

    private BigInteger peek(int below) {
        if (below >= height) throw new Halt("stack underflow");
        return stack[height - 1 - below];
    }

    private void swap(int below) {
        BigInteger other = peek(below);
        stack[height - 1 - below] = stack[height - 1];
        stack[height - 1] = other;
    }

    private void pushFromCode(int length) {
        push(Words.word(Words.slice(code, BigInteger.valueOf(pc), length)));
        pc += length;
    }

    // Gas and memory

    private void use(long amount) {
        if (amount > gas) throw new Halt("out of gas");
        gas -= amount;
    }

    /** A length or offset that memory could have; a larger one would cost more gas than there is. */
    private static int size(BigInteger value) {
        if (value.bitLength() > 30) throw new Halt("out of gas");
        return value.intValue();
    }

    /** Makes memory reach to the end of this range, and charges for what is new. */
    private void expand(BigInteger offset, BigInteger length) {
        if (length.signum() == 0) return; // touches nothing, wherever it lies
        long words = Words.wordsIn((long) size(offset) + size(length));
        long held = memory.length / 32;
        if (words <= held) return;
        use(memoryGas(words) - memoryGas(held));
        memory = Arrays.copyOf(memory, (int) (words * 32));
    }

    private static long memoryGas(long words) {
        return 3 * words + words * words / 512;
    }

    private byte[] read(BigInteger offset, BigInteger length) {
        expand(offset, length);
        return length.signum() == 0 ? Words.NOTHING : Words.slice(memory, offset, length.intValue());
    }

    private void write(BigInteger offset, byte[] bytes) {
        expand(offset, BigInteger.valueOf(bytes.length));
        if (bytes.length > 0) System.arraycopy(bytes, 0, memory, offset.intValue(), bytes.length);
    }

    private void copyIn(byte[] source) {
        BigInteger to = pop();
        BigInteger from = pop();
        BigInteger length = pop();
        use(3 * Words.wordsIn(size(length)));
        expand(to, length);
        write(to, Words.slice(source, from, length.intValue()));
    }

    private void copyReturned(BigInteger to, BigInteger from, BigInteger length) {
        if (from.add(length).compareTo(BigInteger.valueOf(returned.length)) > 0) {
            throw new Halt("read past the end of the returned data");
        }
        use(3 * Words.wordsIn(size(length)));
        write(to, Words.slice(returned, from, length.intValue()));
    }

    private void copyMemory(BigInteger to, BigInteger from, BigInteger length) {
        use(3 * Words.wordsIn(size(length)));
        expand(to.max(from), length);
        write(to, read(from, length));
    }

    // Storage and accounts

    private BigInteger touchedAccount() {
        BigInteger address = popAddress();
        use(state.touch(address) ? WARM_GAS : COLD_ACCOUNT_GAS);
        return address;
    }

    private void pushCodeHash(BigInteger address) {
        push(state.isEmpty(address) ? BigInteger.ZERO : Words.keccak(state.code(address)));
    }

    private void load(Slot slot) {
        use(state.touch(slot) ? WARM_GAS : COLD_SLOT_GAS);
        push(state.stored(slot));
    }

    private void store(Slot slot, BigInteger value) {
        mustBeAllowedToWrite();
        if (gas <= STIPEND) throw new Halt("out of gas");
        BigInteger current = state.stored(slot);
        BigInteger original = state.original(slot);
        long cost = state.touch(slot) ? 0 : COLD_SLOT_GAS;
        boolean firstChange = current.equals(original) && !value.equals(current);
        if (!firstChange) cost += WARM_GAS;
        else if (original.signum() == 0) cost += 20_000;
        else cost += 2_900;
        use(cost);
        state.refund(refundForStoring(original, current, value));
        state.store(slot, value);
    }

    private static long refundForStoring(BigInteger original, BigInteger current, BigInteger value) {
        if (value.equals(current)) return 0;
        long refund = 0;
        if (original.signum() != 0) {
            if (current.signum() == 0) refund -= CLEARING_REFUND;
            if (value.signum() == 0) refund += CLEARING_REFUND;
        }
        if (!current.equals(original) && value.equals(original)) refund += original.signum() == 0 ? 19_900 : 2_800;
        return refund;
    }

    private void storeTransient(Slot slot, BigInteger value) {
        mustBeAllowedToWrite();
        state.setTransient(slot, value);
    }

    private void log(int topicCount, BigInteger offset, BigInteger length) {
        mustBeAllowedToWrite();
        List<BigInteger> topics = new ArrayList<>(topicCount);
        for (int i = 0; i < topicCount; i++) topics.add(pop());
        use(375L * topicCount + 8L * size(length));
        state.log(new WorldState.Log(message.self(), List.copyOf(topics), read(offset, length)));
    }

    private void mustBeAllowedToWrite() {
        if (message.readOnly()) throw new Halt("write under a static call");
    }

    // Control flow

    private void jump(BigInteger target, boolean taken) {
        if (!taken) return;
        if (target.bitLength() > 31 || !jumpTargets.get(target.intValue())) throw new Halt("jump to no destination");
        pc = target.intValue();
    }

    private static BitSet jumpTargets(byte[] code) {
        BitSet targets = new BitSet(code.length);
        for (int at = 0; at < code.length; at++) {
            int instruction = code[at] & 0xff;
            Opcode opcode = Opcode.of(instruction);
            if (opcode == Opcode.JUMPDEST) targets.set(at);
            if (opcode == Opcode.PUSH) at += opcode.argument(instruction) + 1;
        }
        return targets;
    }

    // Calls and creations

    private void call(BigInteger wanted, BigInteger to, BigInteger value) {
        boolean pays = value.signum() != 0;
        if (pays) mustBeAllowedToWrite();
        long extra = 0;
        if (pays) extra += 9_000;
        if (pays && state.isEmpty(to)) extra += 25_000;
        send(
                wanted,
                to,
                extra,
                pays,
                new Message(message.depth() + 1, message.self(), to, to, value, Words.NOTHING, 0, message.readOnly()));
    }

    private void delegateCall(BigInteger wanted, BigInteger codeAt) {
        send(
                wanted,
                codeAt,
                0,
                false,
                new Message(
                        message.depth() + 1,
                        message.caller(),
                        message.self(),
                        codeAt,
                        message.value(),
                        Words.NOTHING,
                        0,
                        message.readOnly()));
    }

    private void staticCall(BigInteger wanted, BigInteger to) {
        send(
                wanted,
                to,
                0,
                false,
                new Message(message.depth() + 1, message.self(), to, to, BigInteger.ZERO, Words.NOTHING, 0, true));
    }

    /** Pops the ranges of memory, prices the call, makes it and takes its answer. */
    private void send(BigInteger wanted, BigInteger touched, long extra, boolean pays, Message draft) {
        BigInteger inOffset = pop();
        BigInteger inLength = pop();
        BigInteger outOffset = pop();
        BigInteger outLength = pop();
        expand(inOffset, inLength);
        expand(outOffset, outLength);
        use((state.touch(touched) ? WARM_GAS : COLD_ACCOUNT_GAS) + extra);
        long given = allButOne64th(gas);
        if (wanted.bitLength() < 63) given = Math.min(given, wanted.longValue());
        use(given);
        if (pays) given += STIPEND;
        boolean tooDeep = draft.depth() > MAX_DEPTH + 1;
        boolean tooPoor = pays && state.balance(message.self()).compareTo(draft.value()) < 0;
        if (tooDeep || tooPoor) {
            finish(Outcome.reverted(Words.NOTHING, given), BigInteger.ZERO);
            return;
        }
        Message sent = new Message(
                draft.depth(),
                draft.caller(),
                draft.self(),
                draft.codeAt(),
                draft.value(),
                read(inOffset, inLength),
                given,
                draft.readOnly());
        Outcome outcome = evm.call(sent, pays);
        finish(outcome, BigInteger.ONE);
        returned = outcome.output();
        int copied = Math.min(outLength.bitLength() > 30 ? 0 : outLength.intValue(), returned.length);
        if (copied > 0) write(outOffset, Arrays.copyOf(returned, copied));
    }

    private void create(BigInteger value, BigInteger offset, BigInteger length) {
        byte[] initCode = initCode(offset, length, 0);
        create(value, initCode, Evm.addressMade(message.self(), state.nonce(message.self())));
    }

    private void create2(BigInteger value, BigInteger offset, BigInteger length, BigInteger salt) {
        byte[] initCode = initCode(offset, length, 6);
        byte[] preimage = new byte[85];
        preimage[0] = (byte) 0xff;
        System.arraycopy(Words.bytes32(message.self()), 12, preimage, 1, 20);
        System.arraycopy(Words.bytes32(salt), 0, preimage, 21, 32);
        System.arraycopy(Hash.sha3(initCode), 0, preimage, 53, 32);
        create(value, initCode, Words.keccak(preimage).and(Words.ADDRESS_MASK));
    }

    private byte[] initCode(BigInteger offset, BigInteger length, long gasPerHashedWord) {
        mustBeAllowedToWrite();
        if (size(length) > MAX_INIT_CODE_BYTES) throw new Halt("init code of " + length + " bytes is too large");
        use((GAS_PER_INIT_CODE_WORD + gasPerHashedWord) * Words.wordsIn(size(length)));
        return read(offset, length);
    }

    private void create(BigInteger value, byte[] initCode, BigInteger made) {
        boolean tooDeep = message.depth() > MAX_DEPTH;
        boolean tooPoor = state.balance(message.self()).compareTo(value) < 0;
        if (tooDeep || tooPoor) {
            finish(Outcome.reverted(Words.NOTHING, 0), BigInteger.ZERO);
            return;
        }
        long given = allButOne64th(gas);
        use(given);
        state.raiseNonce(message.self());
        state.touch(made);
        Outcome outcome =
                evm.create(new Message(message.depth() + 1, message.self(), made, made, value, initCode, given, false));
        finish(outcome, made);
    }

    /** Takes back the gas that is left, keeps a revert's reason, and pushes the answer, zero for a failure. */
    private void finish(Outcome outcome, BigInteger answer) {
        gas += outcome.gasLeft();
        returned = outcome.succeeded() ? Words.NOTHING : outcome.output();
        push(outcome.succeeded() ? answer : BigInteger.ZERO);
    }

    private static long allButOne64th(long gas) {
        return gas - gas / 64;
    }
}
