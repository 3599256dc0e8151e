package waybill.configuration;

import java.util.List;
import java.util.function.Supplier;
import waybill.routing.Snapshot;
import waybill.routing.Standing;

/**
 * A router that may be looked at.
 *
 * @param name how the endpoint calls it
 * @param snapshot its candidates as they stand now
 */
public record Watched(String name, Supplier<Snapshot> snapshot) {

    /** The candidates that are left alone after failures now. */
    public List<String> leftAlone() {
        return snapshot.get().standings().stream()
                .filter(standing -> standing.coolDown() != null)
                .map(Standing::name)
                .toList();
    }

    /** Whether one of its candidates is not left alone now. */
    public boolean mayServe() {
        return snapshot.get().standings().stream().anyMatch(standing -> standing.coolDown() == null);
    }
}
