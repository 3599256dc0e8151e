package waybill.springboot;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import waybill.configuration.AttemptSettings;
import waybill.configuration.CandidateSettings;
import waybill.configuration.ObjectiveSettings;
import waybill.configuration.RuleSettings;
import waybill.configuration.Settings;
import waybill.configuration.WalletSettings;

/**
 * The properties under {@code waybill}.
 *
 * @param enabled whether routing models are made
 * @param candidates models to choose among, in the order that breaks ties
 * @param objective what a call is worth
 * @param rules who may serve
 * @param attempts time limits and second opinions
 * @param catalogue a file of own models and prices, laid over the shipped catalogue
 * @param wallet what pays candidates with pay: x402
 */
@ConfigurationProperties(Settings.ROOT)
record WaybillProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable List<CandidateSettings> candidates,
        @NestedConfigurationProperty @Nullable ObjectiveSettings objective,
        @NestedConfigurationProperty @Nullable RuleSettings rules,
        @NestedConfigurationProperty @Nullable AttemptSettings attempts,
        @Nullable Path catalogue,
        @NestedConfigurationProperty @Nullable WalletSettings wallet) {

    Settings settings() {
        return new Settings(candidates, objective, rules, attempts, catalogue, wallet);
    }
}
