package waybill.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Optional;
import waybill.routing.Receipt;

/**
 * A response that carries its receipt. Message and metadata are the delegate's own, so provider-specific metadata is
 * still there; only the message's attributes name the candidate that wrote it.
 */
public final class RoutedChatResponse extends ChatResponse {

    private final Receipt receipt;

    RoutedChatResponse(ChatResponse.Builder response, Receipt receipt) {
        super(response);
        this.receipt = receipt;
    }

    /** What was planned, tried and spent. */
    public Receipt receipt() {
        return receipt;
    }

    /** The receipt of a response; empty when no router of ours answered it, or when it was rebuilt on the way. */
    public static Optional<Receipt> receiptOf(ChatResponse response) {
        return response instanceof RoutedChatResponse routed ? Optional.of(routed.receipt) : Optional.empty();
    }
}
