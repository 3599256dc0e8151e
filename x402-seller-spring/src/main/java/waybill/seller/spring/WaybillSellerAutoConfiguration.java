package waybill.seller.spring;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import waybill.seller.ClaimStore;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.PaymentGate;
import waybill.seller.RemoteFacilitator;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Counter;
import waybill.seller.checkout.Prices;
import waybill.seller.checkout.SellerSettings;
import waybill.x402.Assets;

/**
 * The gate and the checkout, from {@code waybill.seller.*}. An application's own {@link Assets}, {@link Facilitator},
 * {@link ClaimStore}, {@link PayerFunds}, {@link Prices} or {@link Clock} take the place of ours.
 */
@AutoConfiguration
@EnableConfigurationProperties(SellerConfiguration.class)
public class WaybillSellerAutoConfiguration {

    /** Made by Spring. */
    public WaybillSellerAutoConfiguration() {}

    /** What the properties say, checked. */
    @Bean
    @ConditionalOnMissingBean
    public SellerSettings waybillSellerSettings(
            SellerConfiguration properties, ObjectProvider<Assets> assets, ObjectProvider<Facilitator> facilitator) {
        return properties
                .properties()
                .checked(
                        assets.getIfAvailable(Assets::standard),
                        facilitator.stream().findAny().isPresent());
    }

    /** The facilitator at {@code waybill.seller.facilitator-url}. */
    @Bean
    @ConditionalOnMissingBean(Facilitator.class)
    @ConditionalOnProperty("waybill.seller.facilitator-url")
    public RemoteFacilitator waybillFacilitator(SellerConfiguration properties) {
        return RemoteFacilitator.at(URI.create(String.valueOf(properties.facilitatorUrl())));
    }

    /** What stands before the gate; it sells nothing when {@code waybill.seller.enabled} is false. */
    @Bean
    @ConditionalOnMissingBean
    public Checkout waybillCheckout(
            SellerSettings settings, ObjectProvider<Counter> counter, ObjectProvider<Prices> prices) {
        PaymentGate gate = settings.open() ? counter.getObject().gate() : null;
        return new Checkout(gate, settings, prices.getIfAvailable(() -> Prices.NONE));
    }

    /** The gate, with its claims. */
    @Bean
    @ConditionalOnMissingBean
    @Lazy
    public Counter waybillCounter(
            SellerSettings settings,
            ObjectProvider<Facilitator> facilitator,
            ObjectProvider<ClaimStore> claims,
            ObjectProvider<PayerFunds> funds,
            ObjectProvider<Clock> clock) {
        return Counter.open(
                settings,
                facilitator.getObject(),
                claims.getIfAvailable(),
                funds.getIfUnique(),
                clock.getIfUnique(Clock::systemUTC),
                new SecureRandom());
    }
}
