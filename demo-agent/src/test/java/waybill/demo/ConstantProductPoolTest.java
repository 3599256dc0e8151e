package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConstantProductPoolTest {
    private static final ConstantProductPool POOL = pool("100", "162952", 3);

    @Test
    void a_sale_pays_what_the_formula_says_rounded_down() {
        // 1 ether in: 0.997 x 162,952 / (100 + 0.997)
        assertThat(POOL.sellEther(BigDecimal.ONE)).isEqualByComparingTo("1608.593760");
        assertThat(POOL.price()).isEqualByComparingTo("1629.52");
        assertThat(POOL.value()).isEqualByComparingTo("325904");
    }

    @Test
    void a_tiny_sale_loses_the_fee_and_a_larger_one_more() {
        assertThat(POOL.saleImpact(new BigDecimal("0.0001"))).isEqualTo(-0.003, within(1e-5));
        double last = 0;
        for (String size : new String[] {"0.01", "0.1", "1", "10", "100"}) {
            double impact = POOL.saleImpact(new BigDecimal(size));
            assertThat(impact).isLessThan(last);
            last = impact;
        }
        assertThat(last).isEqualTo(0.997 / 1.997 - 1, within(1e-6));
    }

    @Test
    void a_swap_never_lowers_the_product_of_the_reserves() {
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            BigDecimal in = BigDecimal.valueOf(1 + random.nextLong(1L << 40), 9);
            BigDecimal out = POOL.sellEther(in);
            BigDecimal before = POOL.ether().multiply(POOL.dollars());
            BigDecimal after = POOL.ether().add(in).multiply(POOL.dollars().subtract(out));
            assertThat(after).as("seed 5, sale of %s", in).isGreaterThanOrEqualTo(before);
        }
    }

    @Test
    void selling_what_was_bought_loses_both_fees_and_both_impacts() {
        BigDecimal bought = POOL.buyEther(new BigDecimal("1000"));
        assertThat(POOL.purchaseImpact(new BigDecimal("1000"))).isNegative();
        assertThat(POOL.sellEther(bought)).isLessThan(new BigDecimal("1000"));
    }

    @Test
    void the_depth_moves_the_price_by_just_its_fraction() {
        double dollars = POOL.depthAbove(0.02);
        double ether = POOL.depthBelow(0.02) / 1629.52;
        double bought = 100 - 100 * 162952 / (162952 + dollars * 0.997);
        assertThat((162952 + dollars) / (100 - bought)).isEqualTo(1629.52 * 1.02, within(1e-6));
        double paid = 162952 - 100 * 162952 / (100 + ether * 0.997);
        assertThat((162952 - paid) / (100 + ether)).isEqualTo(1629.52 * 0.98, within(1e-6));
    }

    @Test
    void without_a_fee_the_depth_is_the_root_of_the_ratio() {
        ConstantProductPool free = pool("100", "162952", 0);
        assertThat(free.depthAbove(0.02)).isEqualTo(162952 * (Math.sqrt(1.02) - 1), within(1e-6));
        assertThat(free.depthBelow(0.02)).isEqualTo(162952 * (1 / Math.sqrt(0.98) - 1), within(1e-6));
    }

    @Test
    void an_empty_pool_and_an_empty_swap_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> pool("0", "1", 3));
        assertThatIllegalArgumentException().isThrownBy(() -> pool("1", "1", 1000));
        assertThatIllegalArgumentException().isThrownBy(() -> POOL.sellEther(BigDecimal.ZERO));
    }

    static ConstantProductPool pool(String ether, String dollars, int feePerMille) {
        return new ConstantProductPool(
                new BigDecimal(ether).movePointRight(18).toBigIntegerExact(),
                new BigInteger(dollars).multiply(BigInteger.valueOf(1_000_000)),
                6,
                feePerMille);
    }
}
