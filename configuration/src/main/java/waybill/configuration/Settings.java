package waybill.configuration;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The properties under {@code waybill}.
 *
 * @param candidates models to choose among, in the order that breaks ties
 * @param objective what a call is worth
 * @param rules who may serve
 * @param attempts time limits and second opinions
 * @param catalogue a file of own models and prices, laid over the shipped catalogue; may change while the program runs
 * @param wallet what pays candidates with {@code pay: x402}
 */
public record Settings(
        List<CandidateSettings> candidates,
        ObjectiveSettings objective,
        RuleSettings rules,
        AttemptSettings attempts,
        @Nullable Path catalogue,
        WalletSettings wallet) {

    /** Where all properties are. */
    public static final String ROOT = "waybill";

    /** Fills in what was not given at all. */
    public Settings(
            @Nullable List<CandidateSettings> candidates,
            @Nullable ObjectiveSettings objective,
            @Nullable RuleSettings rules,
            @Nullable AttemptSettings attempts,
            @Nullable Path catalogue,
            @Nullable WalletSettings wallet) {
        this.candidates = candidates == null ? List.of() : List.copyOf(candidates);
        this.objective = objective == null ? ObjectiveSettings.NONE : objective;
        this.rules = rules == null ? RuleSettings.NONE : rules;
        this.attempts = attempts == null ? AttemptSettings.NONE : attempts;
        this.catalogue = catalogue;
        this.wallet = wallet == null ? WalletSettings.NONE : wallet;
    }

    /**
     * Reads properties, given as nested maps or by dotted names, with or without the root {@code waybill}.
     *
     * @throws InvalidConfigurationException naming every property that is unknown or cannot be read
     */
    public static Settings from(Map<String, ? extends @Nullable Object> properties) {
        return new PropertyReader().read(properties, ROOT, Settings.class);
    }
}
