package waybill.devnet;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;

/** Programs of random instructions that mostly find the operands they need, the same for the same seed. */
final class RandomPrograms {
    static final List<String> ADDRESSES = List.of(
            "0x00000000000000000000000000000000000f0000",
            "0x00000000000000000000000000000000000f0001",
            "0x00000000000000000000000000000000000f0002",
            "0x00000000000000000000000000000000000f0003");

    /** Words at the edges of what instructions distinguish. */
    static final List<BigInteger> EDGES = List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.TWO,
            BigInteger.valueOf(31),
            BigInteger.valueOf(32),
            BigInteger.valueOf(255),
            BigInteger.valueOf(256),
            BigInteger.ONE.shiftLeft(64),
            BigInteger.ONE.shiftLeft(255),
            BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE),
            Words.MASK.subtract(BigInteger.ONE),
            Words.MASK);

    private static final List<String> CALLEES = List.of(
            ADDRESSES.get(0),
            ADDRESSES.get(1),
            ADDRESSES.get(2),
            ADDRESSES.get(3),
            Genesis.USDC,
            ContractSuite.NOBODY,
            "0x0000000000000000000000000000000000000001",
            "0x0000000000000000000000000000000000000002",
            "0x0000000000000000000000000000000000000003",
            "0x0000000000000000000000000000000000000004",
            "0x0000000000000000000000000000000000000005");

    /**
     * Instructions with the operands they take, the top first: any word, a place in memory, a length, a storage key, a
     * callee, an amount of gas, a few wei.
     */
    private static final List<String> INSTRUCTIONS = List.of(
            "01 ww",
            "02 ww",
            "03 ww",
            "04 ww",
            "05 ww",
            "06 ww",
            "07 ww",
            "08 www",
            "09 www",
            "0a ww",
            "0b ww",
            "10 ww",
            "11 ww",
            "12 ww",
            "13 ww",
            "14 ww",
            "15 w",
            "16 ww",
            "17 ww",
            "18 ww",
            "19 w",
            "1a ww",
            "1b ww",
            "1c ww",
            "1d ww",
            "20 ml",
            "30",
            "31 c",
            "32",
            "33",
            "34",
            "35 w",
            "35 m",
            "36",
            "37 mml",
            "37 mwl",
            "38",
            "39 mml",
            "39 mwl",
            "3a",
            "3b c",
            "3c cmml",
            "3d",
            "3e mml",
            "3f c",
            "3f w",
            "42",
            "43",
            "45",
            "46",
            "47",
            "50 w",
            "51 m",
            "52 mw",
            "53 mw",
            "54 s",
            "54 s",
            "55 sw",
            "55 sw",
            "58",
            "59",
            "5a",
            "5c s",
            "5d sw",
            "5e mml",
            "5f",
            "80 w",
            "81 ww",
            "8f wwwwwwwwwwwwwwww",
            "90 ww",
            "92 wwww",
            "a0 ml",
            "a1 mlw",
            "a2 mlww",
            "a4 mlwwww",
            "f1 gcvmlml",
            "f1 gcvmlml",
            "f4 gcmlml",
            "fa gcmlml");

    private final Random random;

    RandomPrograms(long seed) {
        random = new Random(seed);
    }

    byte[] data() {
        byte[] data = new byte[random.nextInt(100)];
        random.nextBytes(data);
        return data;
    }

    String next() {
        StringBuilder program = new StringBuilder("0x");
        int length = 10 + random.nextInt(120);
        for (int i = 0; i < length; i++) append(program);
        int end = random.nextInt(8);
        if (end == 0) program.append(operand('l')).append(operand('m')).append("fd");
        else if (end == 1) program.append("fe");
        else program.append(operand('l')).append(operand('m')).append("f3");
        return program.toString();
    }

    private void append(StringBuilder program) {
        int kind = random.nextInt(20);
        if (kind == 0) {
            appendCreation(program);
        } else if (kind == 1) {
            // Jumps over one instruction when the condition holds, to the JUMPDEST behind it.
            StringBuilder skipped = new StringBuilder();
            appendInstruction(skipped);
            program.append(operand('w'));
            int target = program.length() / 2 - 1 + 4 + skipped.length() / 2;
            program.append(String.format("61%04x57", target)).append(skipped).append("5b");
        } else {
            appendInstruction(program);
        }
    }

    private void appendInstruction(StringBuilder program) {
        String[] instruction =
                INSTRUCTIONS.get(random.nextInt(INSTRUCTIONS.size())).split(" ");
        String operands = instruction.length == 1 ? "" : instruction[1];
        for (int i = operands.length() - 1; i >= 0; i--) program.append(operand(operands.charAt(i)));
        program.append(instruction[0]);
    }

    /** Stores up to 32 bytes of init code in memory and creates a contract from it. */
    private void appendCreation(StringBuilder program) {
        StringBuilder init = new StringBuilder();
        while (init.length() < 30) {
            init.append(List.of("5f", "6001", "30", "5f54", "5f5f55", "3d", "5a", "01", "46", "58")
                    .get(random.nextInt(10)));
        }
        init.append(operand('s')).append("5f").append(random.nextInt(5) == 0 ? "fd" : "f3");
        int bytes = init.length() / 2;
        program.append(String.format("%02x", 0x5f + bytes)).append(init).append("5f52");
        boolean salted = random.nextBoolean();
        if (salted) program.append(operand('s'));
        program.append(String.format("60%02x60%02x", bytes, 32 - bytes)).append(operand('v'));
        program.append(salted ? "f5" : "f0");
    }

    private String operand(char kind) {
        return switch (kind) {
            case 'm' -> push(random.nextInt(400));
            case 'l' -> push(random.nextInt(5) == 0 ? 0 : random.nextInt(100));
            case 's' -> push(random.nextInt(4));
            case 'g' -> push(random.nextInt(10) == 0 ? 16_777_215 : random.nextInt(60_000));
            case 'v' -> push(random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0);
            case 'c' -> "73" + CALLEES.get(random.nextInt(CALLEES.size())).substring(2);
            default -> word();
        };
    }

    private String word() {
        int kind = random.nextInt(4);
        if (kind == 0) return push(random.nextInt(300));
        BigInteger word = kind == 1 ? new BigInteger(256, random) : EDGES.get(random.nextInt(EDGES.size()));
        return "7f" + Words.wordHex(word).substring(2);
    }

    private static String push(int value) {
        return String.format("62%06x", value);
    }
}
