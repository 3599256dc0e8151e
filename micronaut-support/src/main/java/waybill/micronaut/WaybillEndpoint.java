package waybill.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.management.endpoint.annotation.Endpoint;
import io.micronaut.management.endpoint.annotation.Read;
import java.util.Map;
import waybill.configuration.Status;

/** {@code /waybill}, where the management module is: what {@link Status} tells. Sensitive unless configured otherwise. */
@Endpoint(id = "waybill", defaultEnabled = true, defaultSensitive = true)
@Requires(beans = Status.class)
public final class WaybillEndpoint {

    private final Status status;

    /** Shows {@code status}. */
    public WaybillEndpoint(Status status) {
        this.status = status;
    }

    /** Everything as plain values. */
    @Read
    public Map<String, Object> status() {
        return status.now();
    }
}
