package waybill.micronaut;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.util.Set;
import waybill.configuration.OpenWallet;
import waybill.configuration.RouterWatch;
import waybill.configuration.metrics.MicrometerWatch;
import waybill.metrics.RouterMetrics;
import waybill.wallet.metrics.WalletMeters;

/** The routers' and the wallet's meters, and the routers' observations, where there are beans of registries for them. */
@Factory
@Requires(classes = {MeterRegistry.class, RouterMetrics.class})
final class WaybillMetricsFactory {

    @Singleton
    @Requires(missingBeans = RouterWatch.class)
    RouterWatch waybillRouterWatch(BeanProvider<MeterRegistry> meters, BeanProvider<ObservationRegistry> observations) {
        return new MicrometerWatch(meters.orElse(null), observations.orElse(null), Set.of());
    }

    /** Hears of payments as a bean of its type, so it is made before the wallet. */
    @Singleton
    @Requires(beans = MeterRegistry.class, missingBeans = WalletMeters.class)
    WalletMeters waybillWalletMeters(MeterRegistry registry) {
        return new WalletMeters(registry);
    }

    /** The wallet's gauges, read from its start on. */
    @Context
    @Requires(beans = {WalletMeters.class, OpenWallet.class})
    WatchedWallet waybillWatchedWallet(WalletMeters meters, OpenWallet open) {
        return new WatchedWallet(meters.watch(open.wallet()));
    }

    /**
     * That the wallet is watched.
     *
     * @param meters by these
     */
    record WatchedWallet(WalletMeters meters) {}
}
