package waybill.springboot;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import waybill.configuration.OpenWallet;
import waybill.metrics.RouterMetrics;
import waybill.wallet.Wallet;
import waybill.wallet.metrics.WalletMeters;

/** The routers' and the wallet's meters, where there is a registry for them. */
@AutoConfiguration(
        before = WaybillWalletAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass({MeterRegistry.class, RouterMetrics.class})
@ConditionalOnBean(MeterRegistry.class)
public final class WaybillMetricsAutoConfiguration {

    /** Made by Spring. */
    WaybillMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    Metering waybillMetering(MeterRegistry registry) {
        return new MicrometerMetering(registry);
    }

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
