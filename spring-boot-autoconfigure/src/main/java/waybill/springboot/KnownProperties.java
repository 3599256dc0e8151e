package waybill.springboot;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.core.env.Environment;
import waybill.configuration.AttemptSettings;
import waybill.configuration.CandidateSettings;
import waybill.configuration.InvalidConfigurationException;
import waybill.configuration.ObjectiveSettings;
import waybill.configuration.RuleSettings;
import waybill.configuration.Settings;
import waybill.configuration.WalletSettings;

/**
 * Refuses properties that nobody reads: Spring Boot passes over them, and a limit that is misspelt would be no limit. Of
 * environment variables, which are not only ours, none is refused.
 */
final class KnownProperties {

    private static final Map<String, Bindable<?>> GROUPS = Map.of(
            "candidates", Bindable.listOf(CandidateSettings.class),
            "objective", Bindable.of(ObjectiveSettings.class),
            "rules", Bindable.of(RuleSettings.class),
            "attempts", Bindable.of(AttemptSettings.class),
            "wallet", Bindable.of(WalletSettings.class));

    private KnownProperties() {}

    /**
     * Nothing, when every property of router and wallet is known.
     *
     * @throws InvalidConfigurationException naming those that are not
     */
    static void require(Environment environment) {
        TreeSet<String> unknown = new TreeSet<>();
        Binder binder = Binder.get(environment);
        GROUPS.forEach((group, type) -> {
            try {
                binder.bind(
                        Settings.ROOT + "." + group,
                        type,
                        new NoUnboundElementsBindHandler(BindHandler.DEFAULT, new UnboundElementsSourceFilter()));
            } catch (BindException e) {
                if (e.getCause() instanceof UnboundConfigurationPropertiesException unbound) {
                    unbound.getUnboundProperties()
                            .forEach(property -> unknown.add(property.getName().toString()));
                } else {
                    throw e;
                }
            }
        });
        if (!unknown.isEmpty()) {
            List<String> problems = unknown.stream()
                    .map(name -> name + " is not a known property")
                    .toList();
            throw new InvalidConfigurationException(problems);
        }
    }
}
