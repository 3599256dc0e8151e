package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountTest {
    private static final Asset USDC = Eip3009Test.USDC;
    private static final Asset OTHER =
            Assets.standard().find(new Network(8453), "usdc").orElseThrow();

    @ParameterizedTest
    @CsvSource({"0.01,10000", "1,1000000", "0,0", "0.000001,1", "00.5,500000", "123456789.123456,123456789123456"})
    void reads_whole_tokens_exactly(String text, String atomic) {
        assertThat(Amount.parse(text, USDC).atomic()).isEqualTo(atomic);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "1.", ".5", "-1", "+1", "1e6", " 1", "1 ", "0x10", "1,5", "٣", "1.2.3", "NaN", "１"})
    void refuses_what_is_not_a_plain_decimal(String text) {
        assertThatThrownBy(() -> Amount.parse(text, USDC)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1e6", "-1", " 10", "10 ", "0x10", "٣", "1.0", "+5"})
    void refuses_atomic_units_that_are_not_plain_digits(String text) {
        assertThatThrownBy(() -> Amount.ofAtomic(text, USDC)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refuses_more_decimals_than_the_asset_has() {
        assertThatThrownBy(() -> Amount.parse("0.0000001", USDC))
                .hasMessageContaining("7 decimals")
                .hasMessageContaining("only 6");
    }

    @Test
    void refuses_numbers_beyond_256_bits_and_endless_digits() {
        String most = BigInteger.TWO.pow(256).subtract(BigInteger.ONE).toString();
        assertThat(Amount.ofAtomic(most, USDC).atomic()).isEqualTo(most);
        assertThatThrownBy(() -> Amount.ofAtomic(BigInteger.TWO.pow(256).toString(), USDC))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Amount.ofAtomic("9".repeat(10_000_000), USDC))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .hasSizeLessThan(200);
    }

    @Test
    void refuses_to_mix_assets() {
        Amount here = Amount.parse("1", USDC);
        Amount there = Amount.parse("1", OTHER);
        assertThatThrownBy(() -> here.plus(there)).hasMessageContaining("do not mix");
        assertThatThrownBy(() -> here.minus(there)).hasMessageContaining("do not mix");
        assertThatThrownBy(() -> here.compareTo(there)).hasMessageContaining("do not mix");
    }

    @Test
    void never_goes_below_nothing() {
        assertThatThrownBy(() -> Amount.parse("1", USDC).minus(Amount.parse("1.000001", USDC)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void prints_what_it_reads() {
        SplittableRandom random = new SplittableRandom(6);
        for (int i = 0; i < 1000; i++) {
            Amount amount = new Amount(USDC, BigInteger.valueOf(random.nextLong(1L << random.nextInt(1, 62))));
            String shown = amount.toString();
            assertThat(shown).endsWith(" USDC").doesNotContain("E");
            assertThat(Amount.parse(shown.substring(0, shown.length() - 5), USDC))
                    .isEqualTo(amount);
            assertThat(Amount.ofAtomic(amount.atomic().toString(), USDC)).isEqualTo(amount);
        }
        assertThat(Amount.parse("100", USDC)).hasToString("100 USDC");
    }
}
