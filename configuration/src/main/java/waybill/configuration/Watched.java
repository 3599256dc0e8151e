package waybill.configuration;

import java.util.function.Supplier;
import waybill.routing.Snapshot;

/**
 * A router that may be looked at.
 *
 * @param name how the endpoint calls it
 * @param snapshot its candidates as they stand now
 */
public record Watched(String name, Supplier<Snapshot> snapshot) {}
