package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class PrecompiledTest {

    private static final BigInteger POWER = BigInteger.valueOf(5);

    @Test
    void the_power_of_nothing_costs_the_least_however_long_its_exponent_claims_to_be() {
        byte[] input = new byte[71]; // lengths: base 0, exponent 2^256 - 1, modulus 0
        for (int i = 32; i < 64; i++) input[i] = (byte) 0xff;
        assertThat(Precompiled.gas(POWER, input)).isEqualTo(200);
        assertThat(Precompiled.run(POWER, input)).isEmpty();
    }
}
