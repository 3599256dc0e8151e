package waybill.springboot;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import waybill.configuration.OpenWallet;
import waybill.configuration.RouterWatch;
import waybill.configuration.metrics.MicrometerWatch;
import waybill.metrics.RouterMetrics;
import waybill.wallet.Wallet;
import waybill.wallet.metrics.WalletMeters;

/** The routers' and the wallet's meters, and the routers' observations, where there are registries for them. */
@AutoConfiguration(
        before = WaybillWalletAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass({MeterRegistry.class, RouterMetrics.class})
public final class WaybillMetricsAutoConfiguration {

    /** Made by Spring. */
    WaybillMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    RouterWatch waybillRouterWatch(
            ObjectProvider<MeterRegistry> meters, ObjectProvider<ObservationRegistry> observations) {
        return new MicrometerWatch(
                meters.getIfUnique(), observations.getIfUnique(), Set.of(WaybillSpringAiAutoConfiguration.ROUTER));
    }

    /** The wallet's. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(MeterRegistry.class)
    static final class OfTheWallet {

        @Bean
        @ConditionalOnMissingBean
        WalletMeters waybillWalletMeters(MeterRegistry registry) {
            return new WalletMeters(registry);
        }

        @Bean
        SmartInitializingSingleton waybillMetersWatchTheWallet(WalletMeters meters, ObjectProvider<OpenWallet> open) {
            return () -> open.ifAvailable(found -> {
                Wallet wallet = found.wallet();
                meters.watch(wallet);
            });
        }
    }
}
