package waybill.configuration;

import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The properties under {@code waybill.rules}; null where a property is not set.
 *
 * @param allowed names of the only candidates that may serve
 * @param costCeiling the most that all attempts of one call may cost, in dollars
 * @param perHour the most that all calls may spend within an hour, in dollars; forgotten when the process ends
 * @param perDay the same within 24 hours
 * @param knownPrice whether a candidate without a known price is refused
 * @param regions the only regions in which prompts may be processed
 * @param notStored whether prompts may go only where they are not stored
 * @param notTrainedOn whether prompts may go only where nobody trains on them
 */
public record RuleSettings(
        @Nullable Set<String> allowed,
        @Nullable BigDecimal costCeiling,
        @Nullable BigDecimal perHour,
        @Nullable BigDecimal perDay,
        @Nullable Boolean knownPrice,
        @Nullable Set<String> regions,
        @Nullable Boolean notStored,
        @Nullable Boolean notTrainedOn) {

    static final RuleSettings NONE = new RuleSettings(null, null, null, null, null, null, null, null);
}
