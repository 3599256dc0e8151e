package waybill.springboot;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import waybill.configuration.OpenWallet;
import waybill.configuration.RecentDecisions;
import waybill.configuration.Roster;
import waybill.configuration.RouterWatch;
import waybill.configuration.WalletSettings;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;

/**
 * The wallet, where the properties or a bean {@link PaymentSigner} give it a way to sign, and the candidates, which it pays.
 * A bean signs before any key of the properties, and a bean {@link PaymentApprover} is asked before whoever they name; a
 * {@link Wallet} of the application's own takes this one's place.
 */
@AutoConfiguration
@EnableConfigurationProperties(WaybillProperties.class)
public final class WaybillWalletAutoConfiguration {

    /** Made by Spring. */
    WaybillWalletAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "waybill.enabled", matchIfMissing = true)
    Roster waybillRoster(WaybillProperties properties, Environment environment, ObjectProvider<Wallet> wallet) {
        KnownProperties.require(environment);
        return Roster.from(properties.settings(), environment::getProperty, wallet.getIfAvailable());
    }

    @Bean
    @ConditionalOnMissingBean
    RecentDecisions waybillRecentDecisions() {
        return new RecentDecisions();
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "waybill.enabled", matchIfMissing = true)
    RouterOptions waybillRouterOptions(
            Roster roster,
            RecentDecisions recent,
            ObjectProvider<Rule> rules,
            ObjectProvider<RoutingListener> listeners,
            ObjectProvider<RouterWatch> watch) {
        return new RouterOptions(roster, recent, rules, listeners, watch);
    }

    /** The wallet of the properties. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(name = "waybill.wallet.enabled", matchIfMissing = true)
    @Conditional(CanSign.class)
    @ConditionalOnMissingBean(Wallet.class)
    static final class OwnWallet {

        @Bean(destroyMethod = "close")
        OpenWallet waybillOpenWallet(
                WaybillProperties properties,
                Environment environment,
                ObjectProvider<PaymentSigner> signer,
                ObjectProvider<PaymentApprover> approver,
                ObjectProvider<WalletListener> listeners) {
            KnownProperties.require(environment);
            return OpenWallet.from(
                    properties.settings(), signer.getIfAvailable(), approver.getIfAvailable(), payment -> listeners
                            .orderedStream()
                            .forEach(listener -> listener.onChange(payment)));
        }

        @Bean(destroyMethod = "") // closed with its ledger
        Wallet waybillWallet(OpenWallet open) {
            return open.wallet();
        }
    }

    /** Whether there is a way to sign. */
    static final class CanSign extends AnyNestedCondition {

        CanSign() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnBean(PaymentSigner.class)
        static final class ByBean {}

        @Conditional(WalletSwitchedOn.class)
        static final class ByProperties {}
    }

    /** Whether the properties ask for a wallet. */
    static final class WalletSwitchedOn extends SpringBootCondition {

        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            boolean on = Binder.get(context.getEnvironment())
                    .bind("waybill.wallet", WalletSettings.class)
                    .map(settings -> settings.isEnabled() ? settings : null)
                    .isBound();
            ConditionMessage.Builder message = ConditionMessage.forCondition("Waybill wallet");
            return on
                    ? ConditionOutcome.match(message.because("a way to sign is given"))
                    : ConditionOutcome.noMatch(message.because("waybill.wallet gives no way to sign"));
        }
    }
}
