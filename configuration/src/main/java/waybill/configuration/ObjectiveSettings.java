package waybill.configuration;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The properties under {@code waybill.objective}; null where a property is not set.
 *
 * @param preset {@code cheapest}, {@code balanced}, {@code best} or {@code fastest}; balanced unless set
 * @param value V in place of the preset's: what a good answer is worth, in dollars
 * @param second T in place of the preset's: what a second of waiting costs, in dollars
 * @param perThousandCalls what 1,000 calls should cost, in dollars; V is then solved on recent traffic
 */
public record ObjectiveSettings(
        @Nullable Preset preset,
        @Nullable Double value,
        @Nullable Double second,
        @Nullable BigDecimal perThousandCalls) {

    /** The documented objectives. */
    public enum Preset {
        /** The least money. */
        CHEAPEST,
        /** A good answer is worth five cents. */
        BALANCED,
        /** A good answer is worth ten dollars. */
        BEST,
        /** A second costs five cents. */
        FASTEST
    }

    static final ObjectiveSettings NONE = new ObjectiveSettings(null, null, null, null);
}
