package waybill.routing;

import java.util.List;

/** A stream broke after part of the answer had been passed on, so that no other candidate could take over. */
public final class BrokenStreamException extends RoutingException {

    private static final long serialVersionUID = 1L;

    private final String partialText;

    /** An exception with what had been passed on. */
    public BrokenStreamException(String message, Receipt receipt, List<Throwable> failures, String partialText) {
        super(message, receipt, failures);
        this.partialText = partialText;
    }

    /** The text that had been passed on before the break; empty when only reasoning or tool calls had been. */
    public String partialText() {
        return partialText;
    }
}
