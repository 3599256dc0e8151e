package waybill.springai;

import java.lang.reflect.Method;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says that an answer cost: OpenRouter's {@code usage.cost}, which OpenAI's SDK keeps among the properties that
 * it does not know. Read by name, so that the SDK need not be there.
 */
final class ToldCost {

    private ToldCost() {}

    /** The dollars as they are written; null where nothing is told. */
    static @Nullable String in(@Nullable Object nativeUsage) {
        if (nativeUsage == null) {
            return null;
        }
        try {
            Method unknown = nativeUsage.getClass().getMethod("_additionalProperties");
            Object cost = unknown.invoke(nativeUsage) instanceof Map<?, ?> more ? more.get("cost") : null;
            return cost == null ? null : cost.toString();
        } catch (ReflectiveOperationException | RuntimeException absent) {
            return null;
        }
    }
}
