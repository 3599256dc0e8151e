package waybill.springboot;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import waybill.configuration.AttemptSettings;
import waybill.configuration.CandidateSettings;
import waybill.configuration.InvalidConfigurationException;
import waybill.configuration.ObjectiveSettings;
import waybill.configuration.RuleSettings;
import waybill.configuration.Settings;
import waybill.configuration.WalletSettings;

/**
 * Refuses properties that nobody reads, and hosts that would be read as another: Spring Boot passes over both, and a limit
 * that is misspelt would be no limit. Of environment variables, which are not only ours, none is refused as unknown.
 */
final class KnownProperties {

    private static final Map<String, Bindable<?>> GROUPS = Map.of(
            "candidates", Bindable.listOf(CandidateSettings.class),
            "objective", Bindable.of(ObjectiveSettings.class),
            "rules", Bindable.of(RuleSettings.class),
            "attempts", Bindable.of(AttemptSettings.class),
            "wallet", Bindable.of(WalletSettings.class));

    private static final ConfigurationPropertyName PAYEES =
            ConfigurationPropertyName.of(Settings.ROOT + ".wallet.payees");

    /** What Spring Boot's binder takes as it stands: outside brackets it drops every other character of a map's key. */
    private static final Pattern READ_WHOLE = Pattern.compile("[A-Za-z0-9_.-]+(\\[.+])?");

    private KnownProperties() {}

    /**
     * Nothing, when every property of router and wallet is known and read whole.
     *
     * @throws InvalidConfigurationException naming those that are not
     */
    static void require(Environment environment) {
        List<String> problems = new ArrayList<>();
        clipped(environment)
                .forEach(name ->
                        problems.add(name + " loses characters outside brackets, and would name another host; write"
                                + " the host in brackets, such as " + PAYEES + ".[api.example.com:8443], in YAML"
                                + " \"[api.example.com:8443]\" below payees"));
        unknown(environment).forEach(name -> problems.add(name + " is not a known property"));
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
    }

    private static Set<String> clipped(Environment environment) {
        TreeSet<String> clipped = new TreeSet<>();
        ConfigurationPropertySources.get(environment).forEach(source -> {
            if (source.getUnderlyingSource() instanceof EnumerablePropertySource<?> named) {
                for (String name : named.getPropertyNames()) {
                    if (isPayee(name) && !READ_WHOLE.matcher(name).matches()) {
                        clipped.add(name);
                    }
                }
            }
        });
        return clipped;
    }

    /** As a property or as an environment variable. */
    private static boolean isPayee(String name) {
        return PAYEES.isAncestorOf(ConfigurationPropertyName.adapt(name, '.'))
                || PAYEES.isAncestorOf(ConfigurationPropertyName.adapt(name, '_'));
    }

    private static Set<String> unknown(Environment environment) {
        TreeSet<String> unknown = new TreeSet<>();
        Binder binder = Binder.get(environment);
        GROUPS.forEach((group, type) -> {
            try {
                binder.bind(
                        Settings.ROOT + "." + group,
                        type,
                        new NoUnboundElementsBindHandler(
                                BindHandler.DEFAULT, KnownProperties::isNoEnvironmentVariable));
            } catch (BindException e) {
                if (e.getCause() instanceof UnboundConfigurationPropertiesException unbound) {
                    unbound.getUnboundProperties()
                            .forEach(property -> unknown.add(property.getName().toString()));
                } else {
                    throw e;
                }
            }
        });
        return unknown;
    }

    /** Unlike Spring Boot's own filter it does not pass over system properties: a limit may be given as one. */
    private static boolean isNoEnvironmentVariable(ConfigurationPropertySource source) {
        return !(source.getUnderlyingSource() instanceof PropertySource<?> named
                && StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME.equals(named.getName()));
    }
}
