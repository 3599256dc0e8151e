package waybill.devnet;

import org.jspecify.annotations.Nullable;

/**
 * The closed list of instructions that the interpreter knows, each with the gas that it always costs. PUSH, DUP, SWAP and
 * LOG are families: the distance from their first code is their argument. {@link #UNSUPPORTED} stands for the codes
 * that a real chain would run and this one refuses aloud.
 */
enum Opcode {
    STOP(0x00, 0),
    ADD(0x01, 3),
    MUL(0x02, 5),
    SUB(0x03, 3),
    DIV(0x04, 5),
    SDIV(0x05, 5),
    MOD(0x06, 5),
    SMOD(0x07, 5),
    ADDMOD(0x08, 8),
    MULMOD(0x09, 8),
    EXP(0x0a, 10),
    SIGNEXTEND(0x0b, 5),
    LT(0x10, 3),
    GT(0x11, 3),
    SLT(0x12, 3),
    SGT(0x13, 3),
    EQ(0x14, 3),
    ISZERO(0x15, 3),
    AND(0x16, 3),
    OR(0x17, 3),
    XOR(0x18, 3),
    NOT(0x19, 3),
    BYTE(0x1a, 3),
    SHL(0x1b, 3),
    SHR(0x1c, 3),
    SAR(0x1d, 3),
    KECCAK256(0x20, 30),
    ADDRESS(0x30, 2),
    BALANCE(0x31, 0),
    ORIGIN(0x32, 2),
    CALLER(0x33, 2),
    CALLVALUE(0x34, 2),
    CALLDATALOAD(0x35, 3),
    CALLDATASIZE(0x36, 2),
    CALLDATACOPY(0x37, 3),
    CODESIZE(0x38, 2),
    CODECOPY(0x39, 3),
    GASPRICE(0x3a, 2),
    EXTCODESIZE(0x3b, 0),
    EXTCODECOPY(0x3c, 0),
    RETURNDATASIZE(0x3d, 2),
    RETURNDATACOPY(0x3e, 3),
    EXTCODEHASH(0x3f, 0),
    BLOCKHASH(0x40, 20),
    COINBASE(0x41, 2),
    TIMESTAMP(0x42, 2),
    NUMBER(0x43, 2),
    PREVRANDAO(0x44, 2),
    GASLIMIT(0x45, 2),
    CHAINID(0x46, 2),
    SELFBALANCE(0x47, 5),
    BASEFEE(0x48, 2),
    POP(0x50, 2),
    MLOAD(0x51, 3),
    MSTORE(0x52, 3),
    MSTORE8(0x53, 3),
    SLOAD(0x54, 0),
    SSTORE(0x55, 0),
    JUMP(0x56, 8),
    JUMPI(0x57, 10),
    PC(0x58, 2),
    MSIZE(0x59, 2),
    GAS(0x5a, 2),
    JUMPDEST(0x5b, 1),
    TLOAD(0x5c, 100),
    TSTORE(0x5d, 100),
    MCOPY(0x5e, 3),
    PUSH0(0x5f, 2),
    PUSH(0x60, 0x7f, 3),
    DUP(0x80, 0x8f, 3),
    SWAP(0x90, 0x9f, 3),
    LOG(0xa0, 0xa4, 375),
    CREATE(0xf0, 32_000),
    CALL(0xf1, 0),
    RETURN(0xf3, 0),
    DELEGATECALL(0xf4, 0),
    CREATE2(0xf5, 32_000),
    STATICCALL(0xfa, 0),
    REVERT(0xfd, 0),
    INVALID(0xfe, 0),
    UNSUPPORTED(-1, 0);

    private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[256];

    static {
        for (Opcode opcode : values()) {
            for (int code = opcode.first; code >= 0 && code <= opcode.last; code++) BY_CODE[code] = opcode;
        }
        // BLOBHASH, BLOBBASEFEE, CALLCODE and SELFDESTRUCT
        for (int code : new int[] {0x49, 0x4a, 0xf2, 0xff}) BY_CODE[code] = UNSUPPORTED;
    }

    private final int first;
    private final int last;
    final int gas;

    Opcode(int code, int gas) {
        this(code, code, gas);
    }

    Opcode(int first, int last, int gas) {
        this.first = first;
        this.last = last;
        this.gas = gas;
    }

    /** The instruction of a code byte; a byte that no chain assigns is {@link #INVALID}. */
    static Opcode of(int code) {
        Opcode opcode = BY_CODE[code];
        return opcode == null ? INVALID : opcode;
    }

    /** How far a code lies behind the first of its family. */
    int argument(int code) {
        return code - first;
    }

    /** The name that traces print, such as PUSH2 or LOG0. */
    static String name(int code) {
        Opcode opcode = of(code);
        return switch (opcode) {
            case PUSH, DUP, SWAP -> opcode.name() + (opcode.argument(code) + 1);
            case LOG -> opcode.name() + opcode.argument(code);
            default -> opcode.name();
        };
    }
}
