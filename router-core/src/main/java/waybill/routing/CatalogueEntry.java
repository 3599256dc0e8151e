package waybill.routing;

import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the catalogue says of one model.
 *
 * @param name vendor and model: {@code openai/gpt-4.1-mini}
 * @param aliases other names of the same model
 * @param released when the vendor released it; null when unknown
 * @param profile limits, abilities, price and measured accuracies; what nobody told is unknown, and not claimed
 * @param source who says so
 * @param asOf when the source said so; prices change
 */
public record CatalogueEntry(
        String name,
        List<String> aliases,
        @Nullable LocalDate released,
        Profile profile,
        String source,
        LocalDate asOf) {

    public CatalogueEntry {
        aliases = List.copyOf(aliases);
    }

    /** The vendor, or the host that serves an open model: the part of the name before its first slash. */
    public String vendor() {
        return name.substring(0, name.indexOf('/'));
    }
}
