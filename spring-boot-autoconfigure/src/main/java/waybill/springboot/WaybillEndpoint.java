package waybill.springboot;

import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import waybill.configuration.Status;

/** {@code /actuator/waybill}: what {@link Status} tells. Thread-safe. */
@Endpoint(id = "waybill")
public final class WaybillEndpoint {

    private final Status status;

    /** Shows {@code status}. */
    public WaybillEndpoint(Status status) {
        this.status = status;
    }

    /** Everything as plain values. */
    @ReadOperation
    public Map<String, Object> status() {
        return status.now();
    }
}
