package waybill.seller.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.seller.ClaimStore;
import waybill.seller.ClaimStoreException;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.seller.GateSettings;
import waybill.seller.RemoteFacilitator;
import waybill.seller.SqliteClaimStore;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;

class CounterTest {
    private static final Network NETWORK = new Network(84532);

    @TempDir
    Path folder;

    /** One in this process, which knows what it has sent itself. */
    private static final class Remembering implements Facilitator {
        @Override
        public VerifyResponse verify(PaymentPayload payment, Offer required) {
            throw new FacilitatorException("nobody pays here");
        }

        @Override
        public SettlementResponse settle(PaymentPayload payment, Offer required) {
            throw new FacilitatorException("nobody pays here");
        }

        @Override
        public boolean remembers() {
            return true;
        }

        @Override
        public Supported supported() {
            throw new FacilitatorException("nobody pays here");
        }
    }

    /** What a claim store does before the one underneath is asked. */
    private interface Before {
        /** Its word, or null to ask the one underneath. */
        @Nullable
        Object said(String method);
    }

    private ClaimStore claims(Before before) {
        SqliteClaimStore underneath = SqliteClaimStore.open(folder.resolve("given.db"));
        return (ClaimStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ClaimStore.class}, (proxy, method, arguments) -> {
                    Object said = before.said(method.getName());
                    if (said != null) {
                        return said;
                    }
                    try {
                        return method.invoke(underneath, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private ClaimStore shared() {
        return claims(method -> method.equals("shared") ? true : null);
    }

    private SellerSettings settings(List<Amount> mostOpen) {
        return new SellerSettings(
                true,
                Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
                List.of(NETWORK),
                Assets.standard(),
                null,
                folder.resolve("data"),
                null,
                1024,
                1024,
                GateSettings.defaults(),
                mostOpen);
    }

    private Counter open(Facilitator facilitator, @Nullable ClaimStore claims, List<Amount> mostOpen) {
        return Counter.open(settings(mostOpen), facilitator, claims, null, Clock.systemUTC(), new SecureRandom());
    }

    @Test
    void claims_that_instances_share_are_refused_beside_a_facilitator_of_ones_own() {
        try (ClaimStore claims = shared()) {
            assertThatThrownBy(() -> open(new Remembering(), claims, List.of()))
                    .isInstanceOfSatisfying(InvalidSellerException.class, e -> assertThat(e.problems())
                            .singleElement()
                            .asString()
                            .startsWith("waybill.seller.facilitator-url")
                            .contains(claims.getClass().getName(), Remembering.class.getName()));
        }
    }

    @Test
    void everything_that_is_wrong_is_told_at_once() {
        Amount most = Amount.parse("1", Assets.standard().find(NETWORK, "USDC").orElseThrow());
        try (ClaimStore claims = shared()) {
            assertThatThrownBy(() -> open(new Remembering(), claims, List.of(most)))
                    .isInstanceOfSatisfying(InvalidSellerException.class, e -> assertThat(e.problems())
                            .hasSize(2));
        }
    }

    @Test
    void claims_that_instances_share_go_with_a_facilitator_at_a_url_and_ones_own_claims_with_any() {
        try (ClaimStore claims = shared();
                Counter far = open(RemoteFacilitator.at(URI.create("http://127.0.0.1:1")), claims, List.of());
                Counter near = open(new Remembering(), null, List.of())) {
            assertThat(far.gate()).isNotNull();
            assertThat(near.gate()).isNotNull();
        }
    }

    @Test
    void open_settlements_are_asked_about_again_whatever_came_of_the_last_time() throws Exception {
        AtomicInteger times = new AtomicInteger();
        CountDownLatch fourth = new CountDownLatch(4);
        ClaimStore claims = claims(method -> {
            if (!method.equals("recover")) {
                return null;
            }
            fourth.countDown();
            switch (times.incrementAndGet()) {
                case 1 -> throw new OutOfMemoryError("an answer that is too large");
                case 2 -> throw new NoClassDefFoundError("a class that is not there");
                case 3 -> throw new ClaimStoreException("the disk is full");
                default -> {
                    return null;
                }
            }
        });
        try (claims;
                Counter counter = Counter.open(
                        settings(List.of()),
                        new Remembering(),
                        claims,
                        null,
                        Clock.systemUTC(),
                        new SecureRandom(),
                        Duration.ofMillis(1))) {
            assertThat(fourth.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(counter.gate().reconcile()).isZero();
        }
    }
}
