package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions by themselves, against results known from their definitions. */
class OpcodeTest {
    private static final BigInteger SELF = BigInteger.valueOf(0xc0de);

    // MAX is all ones, which is also minus one; MIN is the lowest two's complement number.
    @ParameterizedTest(name = "{0} {1} {2} = {3}")
    @CsvSource({
        "01, MAX, 1, 0",
        "01, MAX, MAX, -2",
        "01, 2, 3, 5",
        "02, MAX, MAX, 1",
        "02, MIN, 2, 0",
        "02, 7, 6, 42",
        "03, 0, 1, MAX",
        "03, 5, 3, 2",
        "03, MIN, 1, -57896044618658097711785492504343953926634992332820282019728792003956564819969",
        "04, 7, 2, 3",
        "04, MAX, 2, 57896044618658097711785492504343953926634992332820282019728792003956564819967",
        "04, 7, 0, 0",
        "04, 1, MAX, 0",
        "05, -7, 2, -3",
        "05, 7, -2, -3",
        "05, -7, -2, 3",
        "05, MIN, -1, MIN",
        "05, -7, 0, 0",
        "05, MIN, 1, MIN",
        "06, 7, 3, 1",
        "06, 7, 0, 0",
        "06, MAX, 10, 5",
        "07, -7, 3, -1",
        "07, 7, -3, 1",
        "07, -7, -3, -1",
        "07, 7, 0, 0",
        "07, MIN, -1, 0",
        "0a, 2, 255, MIN",
        "0a, 2, 256, 0",
        "0a, 0, 0, 1",
        "0a, 3, 5, 243",
        "0a, MAX, 2, 1",
        "0a, MAX, MAX, MAX",
        "0b, 0, 0x7f, 0x7f",
        "0b, 0, 0x80, -128",
        "0b, 0, 0x1234567f, 0x7f",
        "0b, 1, 0xff80, -128",
        "0b, 31, MIN, MIN",
        "0b, 30, 1, 1",
        "0b, MAX, 0xff, 0xff",
        "0b, 32, 0xff, 0xff",
        "10, 1, 2, 1",
        "10, 2, 2, 0",
        "10, MAX, 0, 0",
        "11, 2, 1, 1",
        "11, 2, 2, 0",
        "11, MAX, 0, 1",
        "12, -1, 0, 1",
        "12, 0, -1, 0",
        "12, MIN, MAX, 1",
        "12, 1, 1, 0",
        "13, 0, -1, 1",
        "13, -1, 0, 0",
        "13, MAX, MIN, 1",
        "13, 1, 1, 0",
        "14, 5, 5, 1",
        "14, 5, 6, 0",
        "16, 12, 10, 8",
        "17, 12, 10, 14",
        "18, 12, 10, 6",
        "18, MAX, MAX, 0",
        "1a, 31, 0x1234, 0x34",
        "1a, 30, 0x1234, 0x12",
        "1a, 0, MIN, 0x80",
        "1a, 32, MAX, 0",
        "1a, MAX, MAX, 0",
        "1b, 1, 1, 2",
        "1b, 255, 1, MIN",
        "1b, 256, 1, 0",
        "1b, MAX, MAX, 0",
        "1b, 4, MAX, -16",
        "1b, 0, 9, 9",
        "1c, 1, 2, 1",
        "1c, 255, MIN, 1",
        "1c, 256, MAX, 0",
        "1c, MAX, MAX, 0",
        "1c, 0, 9, 9",
        "1d, 1, -2, -1",
        "1d, 4, MIN, -3618502788666131106986593281521497120414687020801267626233049500247285301248",
        "1d, 255, MIN, MAX",
        "1d, 256, MIN, MAX",
        "1d, 256, 5, 0",
        "1d, MAX, -5, MAX",
        "1d, MAX, 5, 0",
        "1d, 1, 4, 2"
    })
    void two_operands_give_what_the_definition_says(String code, String top, String second, String expected) {
        String program = push(second) + push(top) + code + "5f5260205ff3";
        assertThat(Words.word(run(program).output())).isEqualTo(value(expected));
    }

    @ParameterizedTest(name = "{0} {1} {2} {3} = {4}")
    @CsvSource({
        "08, MAX, MAX, 10, 0", "08, MAX, 2, MAX, 2", "08, 4, 5, 0, 0", "08, MAX, 1, MAX, 1",
        "09, MAX, MAX, 12, 9", "09, MAX, MAX, MAX, 0", "09, 4, 5, 0, 0", "09, MAX, 2, 7, 2"
    })
    void three_operands_are_not_cut_before_the_remainder(
            String code, String top, String second, String third, String expected) {
        String program = push(third) + push(second) + push(top) + code + "5f5260205ff3";
        assertThat(Words.word(run(program).output())).isEqualTo(value(expected));
    }

    @ParameterizedTest
    @CsvSource({"15, 0, 1", "15, 7, 0", "19, 0, MAX", "19, MAX, 0", "19, 1, -2"})
    void one_operand_gives_what_the_definition_says(String code, String operand, String expected) {
        assertThat(Words.word(run(push(operand) + code + "5f5260205ff3").output()))
                .isEqualTo(value(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "56, stack underflow", // JUMP without a target
        "600356, jump to no destination",
        "6001600456005b, jump to no destination", // the target is data of a PUSH
        "fe, invalid opcode",
        "0c, invalid opcode",
        "50, stack underflow",
        "5f80, ''",
        "5b5f600056, stack overflow", // an endless loop that pushes
        "5b600056, out of gas",
        "5f195fa0, out of gas", // a log of nearly endless length
        "5f5f1952, out of gas",
        "60015f5f3e, read past the end of the returned data",
        "63ffffffff5ff3, out of gas",
    })
    void a_program_that_breaks_a_rule_halts(String program, String why) {
        Evm.Outcome outcome = run(program);
        if (why.isEmpty()) {
            assertThat(outcome.succeeded()).isTrue();
            return;
        }
        assertThat(outcome.ending()).isEqualTo(Evm.Ending.HALTED);
        assertThat(outcome.halt()).isEqualTo(why);
        assertThat(outcome.gasLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5f5f55", "5f5fa0", "5f5f5d", "5f5f5ff0", "5f5f5f5ff5", "5f5f5f5f600160015af1"})
    void nothing_is_written_under_a_static_call(String program) {
        Evm.Outcome outcome = run(program, true);
        assertThat(outcome.halt()).isEqualTo("write under a static call");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "f2", "49", "4a", "5f5f5f5f5f60065af1"})
    void what_the_devnet_cannot_run_is_said_aloud(String program) {
        assertThatThrownBy(() -> run(program))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("on a real node");
    }

    @Test
    void memory_is_copied_over_itself_in_both_directions() {
        String bytes = push("0x0102030405060708091011121314151617181920212223242526272829303132") + "5f52";
        assertThat(Words.hex(run(bytes + "60105f60015e" + "60205ff3").output())) // 16 bytes from 0 to 1
                .isEqualTo("0x0101020304050607080910111213141516181920212223242526272829303132");
        assertThat(Words.hex(run(bytes + "601060015f5e" + "60205ff3").output())) // 16 bytes from 1 to 0
                .isEqualTo("0x0203040506070809101112131415161717181920212223242526272829303132");
    }

    @Test
    void names_are_those_that_traces_use() {
        assertThat(Opcode.name(0x5f)).isEqualTo("PUSH0");
        assertThat(Opcode.name(0x60)).isEqualTo("PUSH1");
        assertThat(Opcode.name(0x7f)).isEqualTo("PUSH32");
        assertThat(Opcode.name(0x8f)).isEqualTo("DUP16");
        assertThat(Opcode.name(0x90)).isEqualTo("SWAP1");
        assertThat(Opcode.name(0xa4)).isEqualTo("LOG4");
    }

    private static Evm.Outcome run(String program) {
        return run(program, false);
    }

    private static Evm.Outcome run(String program, boolean readOnly) {
        WorldState state = new WorldState();
        state.setCode(SELF, Words.bytes("0x" + program));
        Evm.Surroundings block = new Evm.Surroundings(1, 1, 1, 30_000_000, BigInteger.ONE, number -> BigInteger.ZERO);
        Evm evm = new Evm(state, block, BigInteger.ONE, BigInteger.ONE, null);
        return evm.call(
                new Evm.Message(1, BigInteger.ONE, SELF, SELF, BigInteger.ZERO, Words.NOTHING, 1_000_000, readOnly),
                false);
    }

    private static String push(String value) {
        return "7f" + Words.wordHex(value(value)).substring(2);
    }

    private static BigInteger value(String text) {
        BigInteger value =
                switch (text) {
                    case "MAX" -> Words.MASK;
                    case "MIN" -> BigInteger.ONE.shiftLeft(255);
                    default -> text.startsWith("0x") ? Words.number(text) : new BigInteger(text);
                };
        return Words.wrap(value);
    }
}
