package waybill.springboot;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import waybill.configuration.OpenWallet;
import waybill.wallet.Wallet;
import waybill.wallet.metrics.WalletMeters;

/** The wallet's meters, where there is a registry for them. */
@AutoConfiguration(
        before = WaybillWalletAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public final class WaybillMetricsAutoConfiguration {

    /** Made by Spring. */
    WaybillMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    WalletMeters waybillWalletMeters(MeterRegistry registry) {
        return new WalletMeters(registry);
    }

    @Bean
    SmartInitializingSingleton waybillMetersWatchTheWallet(
            WalletMeters meters, org.springframework.beans.factory.ObjectProvider<OpenWallet> open) {
        return () -> open.ifAvailable(found -> {
            Wallet wallet = found.wallet();
            meters.watch(wallet);
        });
    }
}
