package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.wallet.Policy;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;

class WalletSettingsTest {

    private static final String PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    @TempDir
    Path folder;

    @Test
    void keeps_the_defaults_where_there_is_no_file() {
        assertThat(WalletSettings.read(folder.resolve("none.yaml"))).isSameAs(WalletSettings.DEFAULTS);
    }

    @Test
    void keeps_the_defaults_where_a_file_says_nothing() throws IOException {
        WalletSettings settings = read("# nothing yet\n");
        assertThat(settings.policy()).isEqualTo(Policy.defaults());
        assertThat(settings.assets().all()).isEqualTo(Assets.standard().all());
    }

    @Test
    void reads_limits_hosts_networks_and_tokens_exactly() throws IOException {
        WalletSettings settings = read(
                """
                waybill:
                  wallet:
                    rpc: http://127.0.0.1:8545
                    per-payment: 0.10
                    first-payment: $0.05
                    per-hour: 1
                    per-day: 2.000001
                    per-minute: 7
                    allowed-hosts: [api.example.com, "127.0.0.1:8402"]
                    allowed-networks: [eip155:84532]
                    open-hosts: true
                    payees:
                      api.example.com: %s
                    assets:
                      - {symbol: EURX, network: "eip155:84532", address: %s, decimals: 18, name: Euro X, version: 1}
                """
                        .formatted(PAYEE, PAYEE));
        assertThat(settings.rpc()).isEqualTo("http://127.0.0.1:8545");
        Policy policy = settings.policy();
        assertThat(policy.perPayment()).isEqualTo(new BigDecimal("0.10"));
        assertThat(policy.firstPayment()).isEqualTo(new BigDecimal("0.05"));
        assertThat(policy.perHour()).isEqualTo(new BigDecimal("1"));
        assertThat(policy.perDay()).isEqualTo(new BigDecimal("2.000001"));
        assertThat(policy.perMinute()).isEqualTo(7);
        assertThat(policy.mainnet()).isFalse();
        assertThat(policy.hosts()).containsExactlyInAnyOrder("api.example.com", "127.0.0.1:8402");
        assertThat(policy.networks()).containsExactly(new Network(84532));
        assertThat(policy.openHosts()).isTrue();
        assertThat(LimitsText.object(settings).get("open-hosts")).startsWith("true: any other host");
        assertThat(policy.payees()).containsEntry("api.example.com", Address.parse(PAYEE));
        Asset token =
                settings.assets().find(new Network(84532), Address.parse(PAYEE)).orElseThrow();
        assertThat(token.decimals()).isEqualTo(18);
        assertThat(token.domainName()).isEqualTo("Euro X");
        assertThat(token.domainVersion()).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    per-paymnet: 1                        | unknown key 'per-paymnet'
                    per-payment: 1e3                      | '1e3' is not a sum of dollars
                    per-payment: -1                       | '-1' is not a sum of dollars
                    per-payment: [1]                      | one value, not a list
                    per-minute: many                      | many
                    mainnet-enabled: yes                  | mainnet-enabled is true or false
                    open-hosts: some                      | open-hosts is true or false
                    allowed-hosts: api.example.com        | 'allowed-hosts' is a list
                    allowed-hosts: ['https://a.example']  | exact name or address
                    allowed-networks: [base]              | not an EVM network
                    payees: {a.example: 0x12}             | 0x12
                    assets: [{symbol: A}]                 | is missing
                    """)
    void refuses_what_it_cannot_follow(String line, String said) {
        assertThatThrownBy(() -> read("waybill:\n  wallet:\n    " + line + "\n"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.exit()).isEqualTo(Exit.USAGE))
                .hasMessageContaining("wallet.yaml")
                .hasMessageContaining(said);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    - a list                  | mapping
                    wallet: {}                | unknown key 'wallet'
                    {unclosed:                | is not YAML
                    waybill: !!java.net.URL x | is not YAML
                    """)
    void refuses_a_file_of_another_shape(String text, String said) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(Failure.class).hasMessageContaining(said);
    }

    @Test
    void refuses_a_file_that_is_too_long() {
        assertThatThrownBy(() -> read("#".repeat(300_000)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("at most 262,144");
    }

    @Test
    void refuses_limits_that_others_can_write() throws IOException {
        Path file = Files.writeString(folder.resolve("wallet.yaml"), "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        assertThatThrownBy(() -> WalletSettings.read(file))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.exit()).isEqualTo(Exit.WALLET))
                .hasMessageContaining("can be written by others")
                .hasMessageContaining("chmod go-w");
    }

    private WalletSettings read(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("wallet.yaml"), yaml);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return WalletSettings.read(file);
    }
}
