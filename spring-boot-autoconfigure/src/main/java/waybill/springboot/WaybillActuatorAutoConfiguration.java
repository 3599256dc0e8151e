package waybill.springboot;

import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import waybill.configuration.RecentDecisions;
import waybill.configuration.Roster;
import waybill.configuration.Status;
import waybill.configuration.Watched;
import waybill.wallet.Wallet;
import waybill.wallet.actuator.WalletEndpoint;
import waybill.wallet.actuator.WalletHealth;

/** What operations see: the endpoints {@code waybill} and {@code x402}, and the health of candidates and wallet. */
@AutoConfiguration(
        after = {
            WaybillWalletAutoConfiguration.class,
            WaybillLangChain4jAutoConfiguration.class,
            WaybillSpringAiAutoConfiguration.class
        })
public final class WaybillActuatorAutoConfiguration {

    /** Made by Spring. */
    WaybillActuatorAutoConfiguration() {}

    /** The endpoints. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
    static final class Endpoints {

        @Bean
        @ConditionalOnMissingBean
        @ConditionalOnBean(Watched.class)
        @ConditionalOnAvailableEndpoint(endpoint = WaybillEndpoint.class)
        WaybillEndpoint waybillEndpoint(
                Roster roster, List<Watched> routers, RecentDecisions recent, ObjectProvider<Wallet> wallet) {
            return new WaybillEndpoint(new Status(roster, routers, recent, wallet.getIfAvailable()));
        }

        @Bean
        @ConditionalOnMissingBean
        @ConditionalOnBean(Wallet.class)
        @ConditionalOnAvailableEndpoint(endpoint = WalletEndpoint.class)
        WalletEndpoint x402Endpoint(Wallet wallet) {
            return new WalletEndpoint(wallet);
        }
    }

    /** Their health. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    static final class Healths {

        @Bean
        @ConditionalOnMissingBean(name = "waybillHealthIndicator")
        @ConditionalOnBean(Watched.class)
        HealthIndicator waybillHealthIndicator(List<Watched> routers) {
            return new CandidatesHealth(routers);
        }

        @Bean
        @ConditionalOnMissingBean(name = "x402HealthIndicator")
        @ConditionalOnBean(Wallet.class)
        HealthIndicator x402HealthIndicator(Wallet wallet) {
            return new WalletHealth(wallet);
        }
    }
}
