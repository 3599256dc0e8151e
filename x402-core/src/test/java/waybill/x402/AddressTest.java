package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    // the examples of EIP-55
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
            })
    void prints_the_checksum_and_reads_it_back(String text) {
        assertThat(Address.parse(text)).hasToString(text);
        assertThat(Address.parse(text.toLowerCase(Locale.ROOT)))
                .hasToString(text)
                .isEqualTo(Address.parse(text));
        assertThat(Address.of(Address.parse(text).bytes())).hasToString(text);
    }

    @Test
    void refuses_a_wrong_checksum() {
        assertThatThrownBy(() -> Address.parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"))
                .hasMessageContaining("checksum");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0x",
                "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00",
                "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg"
            })
    void refuses_what_is_no_address(String text) {
        assertThatThrownBy(() -> Address.parse(text)).hasMessageContaining("not an EVM address");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eip155:0",
                "eip155:01",
                "eip155:",
                "eip155:-1",
                "eip155:1x",
                "solana:1",
                "base",
                "eip155:9999999999999999999"
            })
    void refuses_names_that_are_no_evm_network(String text) {
        assertThat(Network.isEvm(text)).isFalse();
        assertThatThrownBy(() -> Network.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void counts_an_unknown_chain_as_real() {
        assertThat(new Network(84532).isTestnet()).isTrue();
        assertThat(new Network(8453).isTestnet()).isFalse();
        assertThat(new Network(424242).isTestnet()).isFalse();
    }
}
