package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.settled;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.wallet.metrics.WalletMeters;

class WalletMetersTest {
    private static final String NETWORK = ScriptedSeller.NETWORK.toString();

    @TempDir
    Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private double payments(String outcome, String network) {
        var counter = registry.find("x402.payments")
                .tags("outcome", outcome, "network", network)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    private double spent() {
        return registry.get("x402.spend.usd")
                .tag("network", NETWORK)
                .functionCounter()
                .count();
    }

    @Test
    void counts_outcomes_spend_and_what_is_left() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, "0.01"))) {
            WalletMeters meters = new WalletMeters(registry);
            try (Fixture fixture = Fixture.open(folder, Fixture.policy(seller), b -> b.listener(meters))) {
                meters.watch(fixture.wallet);
                double before = left("per-day");
                seller.script(request -> request.paid() ? settled(request, "x") : bill(request, "0.01"));
                fixture.get(seller.uri("/a"));
                fixture.get(seller.uri("/b"));
                seller.script(request -> request.paid() ? Response.cut() : bill(request, "0.04"));
                assertThatThrownBy(() -> fixture.get(seller.uri("/c"))).isInstanceOf(PaymentException.class);
                seller.script(request -> bill(request, "3"));
                assertThatThrownBy(() -> fixture.get(seller.uri("/d"))).isInstanceOf(PaymentException.class);

                assertThat(payments("settled", NETWORK)).isEqualTo(2);
                assertThat(payments("unknown", NETWORK)).isEqualTo(1);
                assertThat(payments("denied", NETWORK)).isEqualTo(1);
                assertThat(spent()).isCloseTo(0.02, within(1e-9));
                assertThat(before - left("per-day"))
                        .as("held amounts count as used")
                        .isCloseTo(0.06, within(1e-9));
            }
        }
    }

    private double left(String limit) {
        return registry.get("x402.budget.remaining").tag("limit", limit).gauge().value();
    }

    @Test
    void a_payment_is_counted_once_however_often_it_is_told() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request ->
                        request.paid() ? settled(request, "cut off").promising(1_000) : bill(request, "0.01"));
                Fixture fixture =
                        Fixture.open(folder, Fixture.policy(seller), b -> b.listener(new WalletMeters(registry)))) {
            for (int i = 0; i < 2; i++) { // the second call sends the same payment again
                assertThatThrownBy(() -> fixture.get(seller.uri("/a")))
                        .isInstanceOfSatisfying(PaymentException.class, e -> assertThat(e.code())
                                .isEqualTo(PaymentCode.ANSWER_LOST));
            }
            assertThat(payments("settled", NETWORK)).isEqualTo(1);
        }
    }

    @Test
    void what_was_spent_before_a_restart_is_still_shown() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x")) {
            try (Fixture fixture = Fixture.open(folder, seller)) {
                fixture.get(seller.uri("/a"));
            }
            try (Fixture fixture = Fixture.open(folder, seller)) {
                new WalletMeters(registry).watch(fixture.wallet);
                assertThat(spent()).isCloseTo(0.01, within(1e-9));
            }
        }
    }

    @Test
    void tags_have_few_values_whatever_sellers_are_called() throws Exception {
        WalletMeters meters = new WalletMeters(registry);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, "3"));
                Fixture fixture = Fixture.open(folder, Fixture.policy(seller), b -> b.listener(meters))) {
            for (int i = 0; i < 50; i++) {
                int number = i;
                assertThatThrownBy(() -> fixture.get(seller.uri("/" + number))).isInstanceOf(PaymentException.class);
            }
            List<Meter> found = List.copyOf(registry.find("x402.payments").meters());
            assertThat(found).hasSize(1);
            assertThat(found.get(0).getId().getTags()).hasSize(2);
        }
    }
}
