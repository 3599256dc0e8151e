package waybill.devnet;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.web3j.rlp.RlpEncoder;
import org.web3j.rlp.RlpList;
import org.web3j.rlp.RlpString;

/** Runs messages between accounts by the rules of the Cancun fork, in one block and for one transaction. */
final class Evm {
    private static final int MAX_CODE_BYTES = 24_576;
    private static final long GAS_PER_CODE_BYTE = 200;

    /** The depth from which a caller's own stack might not suffice. */
    private static final int DEEP = 128;

    private static final long DEEP_STACK_BYTES = 64L << 20;

    /** What an account that has delegated its code holds before the other's address. */
    private static final byte[] DELEGATION = {(byte) 0xef, 0x01, 0x00};

    /** What code can see of its block. */
    record Surroundings(
            long chainId, long number, long timestamp, long gasLimit, BigInteger baseFee, BlockHashes hashes) {}

    /** The hash of an earlier block, zero where it is out of reach. */
    interface BlockHashes {
        BigInteger hash(BigInteger number);
    }

    /** One call: whose code runs, on whose account, with what. Under delegation `self` and `codeAt` differ. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Message(
            int depth,
            BigInteger caller,
            BigInteger self,
            BigInteger codeAt,
            BigInteger value,
            byte[] data,
            long gas,
            boolean readOnly) {}

    /** How a call ended. A halt keeps no gas; a revert keeps gas and gives its reason as output. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Outcome(Ending ending, byte[] output, long gasLeft, @Nullable String halt) {
        static Outcome returned(byte[] output, long gasLeft) {
            return new Outcome(Ending.RETURNED, output, gasLeft, null);
        }

        static Outcome reverted(byte[] output, long gasLeft) {
            return new Outcome(Ending.REVERTED, output, gasLeft, null);
        }

        static Outcome halted(String why) {
            return new Outcome(Ending.HALTED, Words.NOTHING, 0, why);
        }

        boolean succeeded() {
            return ending == Ending.RETURNED;
        }
    }

    enum Ending {
        RETURNED,
        REVERTED,
        HALTED
    }

    /** Sees each instruction before it runs; the stack has its top last. */
    interface Tracer {
        void step(int pc, int code, long gas, int depth, BigInteger[] stack, int size);
    }

    final WorldState state;
    final Surroundings block;
    final BigInteger origin;
    final BigInteger gasPrice;
    final @Nullable Tracer tracer;

    Evm(WorldState state, Surroundings block, BigInteger origin, BigInteger gasPrice, @Nullable Tracer tracer) {
        this.state = state;
        this.block = block;
        this.origin = origin;
        this.gasPrice = gasPrice;
        this.tracer = tracer;
    }

    /** Moves the value and runs the code; a failure leaves no trace in the state. */
    Outcome call(Message message, boolean movesValue) {
        WorldState.Mark mark = state.mark();
        if (movesValue) state.transfer(message.caller(), message.self(), message.value());
        Outcome outcome = runCode(message);
        if (!outcome.succeeded()) state.revertTo(mark);
        return outcome;
    }

    /** Runs the init code in the message's data and keeps what it returns as the code of the new account. */
    Outcome create(Message message) {
        BigInteger made = message.self();
        if (state.nonce(made) != 0 || state.code(made).length != 0) return Outcome.halted("address already in use");
        WorldState.Mark mark = state.mark();
        state.raiseNonce(made);
        state.transfer(message.caller(), made, message.value());
        Outcome outcome = keepCode(made, run(withoutData(message), message.data()));
        if (!outcome.succeeded()) state.revertTo(mark);
        return outcome;
    }

    /** The address of a contract that this account creates with this nonce. */
    static BigInteger addressMade(BigInteger creator, long nonce) {
        byte[] encoded = RlpEncoder.encode(new RlpList(
                RlpString.create(Words.slice(Words.bytes32(creator), BigInteger.valueOf(12), 20)),
                RlpString.create(nonce)));
        return Words.keccak(encoded).and(Words.ADDRESS_MASK);
    }

    private Outcome runCode(Message message) {
        if (Precompiled.isAt(message.codeAt())) return callPrecompiled(message);
        byte[] code = delegated(state.code(message.codeAt()));
        if (code.length == 0) return Outcome.returned(Words.NOTHING, message.gas()); // an account without code
        return run(message, code);
    }

    /**
     * The code to run for an account that holds {@code code}: that of another when it is a delegation, one step far
     * (EIP-7702). Nothing is charged for the look at the other account.
     */
    private byte[] delegated(byte[] code) {
        if (code.length != DELEGATION.length + 20
                || !Arrays.equals(Arrays.copyOf(code, DELEGATION.length), DELEGATION)) {
            return code;
        }
        BigInteger to = new BigInteger(1, Arrays.copyOfRange(code, DELEGATION.length, code.length));
        return Precompiled.isAt(to) ? Words.NOTHING : state.code(to);
    }

    private Outcome run(Message message, byte[] code) {
        Frame frame = new Frame(this, message, code);
        return message.depth() == DEEP ? runOnDeepStack(frame) : frame.run();
    }

    /** Goes on in a thread whose stack has room for the deepest call, and waits for it. */
    private static Outcome runOnDeepStack(Frame frame) {
        FutureTask<Outcome> rest = new FutureTask<>(frame::run);
        new Thread(null, rest, "devnet-deep-calls", DEEP_STACK_BYTES).start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return rest.get();
                } catch (InterruptedException later) {
                    interrupted = true; // the state is being written: no leaving now
                }
            }
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException unsupported) throw unsupported;
            throw new IllegalStateException("The interpreter failed.", failed.getCause());
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    private static Outcome callPrecompiled(Message message) {
        long gas = Precompiled.gas(message.codeAt(), message.data());
        if (gas > message.gas()) return Outcome.halted("out of gas");
        return Outcome.returned(Precompiled.run(message.codeAt(), message.data()), message.gas() - gas);
    }

    private Outcome keepCode(BigInteger made, Outcome outcome) {
        if (!outcome.succeeded()) return outcome;
        byte[] code = outcome.output();
        if (code.length > MAX_CODE_BYTES) return Outcome.halted("code of " + code.length + " bytes is too large");
        if (code.length > 0 && code[0] == (byte) 0xef) return Outcome.halted("code starts with the reserved byte 0xef");
        long deposit = GAS_PER_CODE_BYTE * code.length;
        if (deposit > outcome.gasLeft()) return Outcome.halted("out of gas");
        state.setCode(made, code);
        return Outcome.returned(code, outcome.gasLeft() - deposit);
    }

    private static Message withoutData(Message m) {
        return new Message(
                m.depth(), m.caller(), m.self(), m.codeAt(), m.value(), Words.NOTHING, m.gas(), m.readOnly());
    }
}
