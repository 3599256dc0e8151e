package waybill.micronaut;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.condition.Condition;
import io.micronaut.context.condition.ConditionContext;
import io.micronaut.core.naming.conventions.StringConvention;
import waybill.configuration.InvalidConfigurationException;
import waybill.configuration.Settings;

/** Whether the properties ask for a wallet. */
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
            return Settings.from(application.getEnvironment().getProperties(Settings.ROOT, StringConvention.RAW))
                    .wallet()
                    .isEnabled();
        } catch (InvalidConfigurationException e) {
            return false; // told where the settings are needed
        }
    }
}
