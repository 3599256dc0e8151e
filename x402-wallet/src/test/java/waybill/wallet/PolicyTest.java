package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Fixture.usd;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.PAYEE;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.x402.Network;

class PolicyTest {
    private static final Policy POLICY = Policy.defaults()
            .allowHost("api.example.com")
            .allowHost("127.0.0.1:8402")
            .allowHost("shop.example.com:8443");

    private static String verdict(Decision decision) {
        if (decision instanceof Decision.Denied denied) {
            return denied.code().toString();
        }
        return decision instanceof Decision.NeedsApproval ? "ask" : "yes";
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.example.com/x, yes",
        "https://API.Example.COM/x, yes",
        "https://api.example.com:443/x, yes",
        "http://127.0.0.1:8402/, yes",
        "https://127.0.0.1:8402/, yes",
        "https://shop.example.com:8443/, yes",
        "https://shop.example.com/, host_not_allowed",
        "https://api.example.com:444/, host_not_allowed",
        "https://api.example.com./, host_not_allowed",
        "https://api.example.com.evil.example/, host_not_allowed",
        "https://xapi.example.com/, host_not_allowed",
        "https://user@api.example.com/, host_not_allowed",
        "https://api.example.com@evil.example/, host_not_allowed",
        "https://%61pi.example.com/, host_not_allowed",
        "https://127.0.0.2:8402/, host_not_allowed",
        "http://127.0.0.1:8403/, host_not_allowed",
        "http://2130706433:8402/, insecure_transport",
        "http://0x7f.1:8402/, host_not_allowed",
        "http://127.1:8402/, host_not_allowed",
        "http://127.0.0.1.evil.example:8402/, insecure_transport",
        "http://api.example.com/, insecure_transport",
        "ftp://api.example.com/, host_not_allowed",
        "file:///etc/passwd, host_not_allowed",
    })
    void a_place_is_paid_only_when_it_is_named_exactly(String url, String expected) {
        assertThat(verdict(POLICY.judge(URI.create(url)))).isEqualTo(expected);
    }

    @Test
    void a_host_in_other_letters_is_another_host() {
        // U+0430 is the Cyrillic letter that looks like a Latin a
        assertThat(verdict(POLICY.judge(URI.create("https://\u0430pi.example.com/"))))
                .isEqualTo("host_not_allowed");
        assertThat(verdict(POLICY.judge(URI.create("https://xn--pi-7kc.example.com/"))))
                .isEqualTo("host_not_allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"*.example.com", "https://api.example.com", "api.example.com/x", "a b", "", "user@host", "h:1:2"
            })
    void only_exact_hosts_can_be_allowed(String host) {
        assertThatThrownBy(() -> Policy.defaults().allowHost(host))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("exact");
    }

    @Test
    void nobody_is_paid_by_default() {
        for (String url : List.of("https://api.example.com/", "http://127.0.0.1/", "http://localhost:8402/")) {
            Decision decision = Policy.defaults().judge(URI.create(url));
            assertThat(verdict(decision)).isEqualTo("host_not_allowed");
            assertThat(decision.toString()).contains("waybill.wallet.allowed-hosts");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "84532, false, yes",
        "8453, false, network_not_allowed",
        "8453, true, yes",
        "999999, false, network_not_allowed"
    })
    void test_networks_only_until_mainnet_is_switched_on(long chain, boolean mainnet, String expected) {
        assertThat(verdict(Policy.defaults().mainnet(mainnet).judge(new Network(chain))))
                .isEqualTo(expected);
    }

    @Test
    void once_a_network_is_named_only_named_ones_may_be_used() {
        Policy policy = Policy.defaults().allowNetwork(new Network(31337));
        assertThat(verdict(policy.judge(new Network(31337)))).isEqualTo("yes");
        assertThat(verdict(policy.judge(new Network(84532)))).isEqualTo("network_not_allowed");
        // naming a real network does not switch real money on
        assertThat(verdict(policy.allowNetwork(new Network(8453)).judge(new Network(8453))))
                .isEqualTo("network_not_allowed");
    }

    @ParameterizedTest
    @CsvSource({
        "0.000001, false, yes",
        "0.10, true, yes",
        "0.100001, true, ask",
        "0.100001, false, yes",
        "1, false, yes",
        "1, true, ask",
        "1.000001, false, per_payment_cap",
        "1.000001, true, per_payment_cap",
    })
    void a_sum_is_allowed_asked_about_or_refused(String amount, boolean personCanBeAsked, String expected) {
        assertThat(verdict(Policy.defaults().judge(usdc(amount), personCanBeAsked)))
                .isEqualTo(expected);
    }

    @Test
    void the_defaults_are_those_that_are_promised() {
        Policy policy = Policy.defaults();
        assertThat(policy.perPayment()).isEqualByComparingTo("1");
        assertThat(policy.perDay()).isEqualByComparingTo("5");
        assertThat(policy.approvalAbove()).isEqualByComparingTo("0.10");
        assertThat(policy.mainnet()).isFalse();
        assertThat(policy.hosts()).isEmpty();
        assertThat(policy.firstPayment()).isLessThan(policy.perPayment());
    }

    @Test
    void settings_change_a_copy_and_are_checked() {
        Policy policy = Policy.defaults().perDay(usd("20"));
        assertThat(policy.perHour()).isEqualByComparingTo("20");
        assertThat(policy.perHour(usd("2")).perDay(usd("30")).perHour()).isEqualByComparingTo("2");
        assertThat(Policy.defaults().perDay()).isEqualByComparingTo("5");
        assertThatThrownBy(() -> policy.perPayment(usd("-1"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> policy.approvalAbove(usd("1"), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(policy.allowPayee("api.example.com", PAYEE).hosts()).containsExactly("api.example.com");
    }

    @ParameterizedTest
    @CsvSource({"0.01, $0.01", "1, $1.00", "12.5, $12.50", "0.000001, $0.000001", "1000, $1000.00"})
    void dollars_are_shown_in_full(String dollars, String shown) {
        assertThat(Dollars.show(usd(dollars))).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1/, true",
        "http://127.255.255.254/, true",
        "http://localhost:1/, true",
        "http://[::1]:1/, true",
        "http://128.0.0.1/, false",
        "http://localhost.example/, false",
        "http://[::2]/, false",
    })
    void loopback_is_this_machine_by_its_own_names(String url, boolean expected) {
        assertThat(Origin.of(URI.create(url)).isLoopback()).isEqualTo(expected);
    }
}
