package waybill.seller.micronaut;

import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import waybill.seller.ClaimStore;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.RemoteFacilitator;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Counter;
import waybill.seller.checkout.Prices;
import waybill.seller.checkout.SellerSettings;
import waybill.x402.Assets;

/**
 * The gate and the checkout, from {@code waybill.seller.*}. An application's own {@link Assets}, {@link Facilitator},
 * {@link ClaimStore}, {@link PayerFunds} or {@link Prices} take the place of ours.
 */
@Factory
final class SellerFactory {

    /** What the properties say, checked. */
    @Singleton
    SellerSettings settings(
            SellerConfiguration configuration, Optional<Assets> assets, BeanProvider<Facilitator> facilitator) {
        return configuration.properties().checked(assets.orElseGet(Assets::standard), facilitator.isPresent());
    }

    /** The gate, with its claims. */
    @Singleton
    @Bean(preDestroy = "close")
    Counter counter(
            SellerSettings settings,
            BeanProvider<Facilitator> facilitator,
            Optional<ClaimStore> claims,
            Optional<PayerFunds> funds) {
        Facilitator settling = facilitator.isPresent()
                ? facilitator.get()
                : RemoteFacilitator.at(
                        Optional.ofNullable(settings.facilitator()).orElseThrow());
        return Counter.open(
                settings, settling, claims.orElse(null), funds.orElse(null), Clock.systemUTC(), new SecureRandom());
    }

    /** What stands before the gate; it sells nothing when {@code waybill.seller.enabled} is false. */
    @Singleton
    Checkout checkout(SellerSettings settings, BeanProvider<Counter> counter, Optional<Prices> prices) {
        return new Checkout(settings.open() ? counter.get().gate() : null, settings, prices.orElse(Prices.NONE));
    }
}
