package waybill.micronaut;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.condition.Condition;
import io.micronaut.context.condition.ConditionContext;
import io.micronaut.core.naming.conventions.StringConvention;
import waybill.configuration.InvalidConfigurationException;
import waybill.configuration.Settings;
import waybill.configuration.WalletSettings;
import waybill.wallet.PaymentSigner;

/** Whether the properties or a bean give a way to sign, and the properties do not switch the wallet off. */
final class WalletSwitchedOn implements Condition {

    /** Made by Micronaut. */
    WalletSwitchedOn() {}

    @Override
    @SuppressWarnings("rawtypes") // as Micronaut declares it
    public boolean matches(ConditionContext context) {
        if (!(context.getBeanContext() instanceof ApplicationContext application)) {
            return false;
        }
        try {
            WalletSettings wallet = Settings.from(
                            application.getEnvironment().getProperties(Settings.ROOT, StringConvention.RAW))
                    .wallet();
            return wallet.isEnabled() || (wallet.enabled() == null && application.containsBean(PaymentSigner.class));
        } catch (InvalidConfigurationException e) {
            return false; // told where the settings are needed
        }
    }
}
