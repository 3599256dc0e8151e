package waybill.demo;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Set;
import java.util.function.Supplier;
import waybill.langchain4j.RoutingChatModel;
import waybill.routing.Hints;
import waybill.routing.Objective;

/** The routing model, told with each call what a good answer to the part being written is worth. */
final class PartModel implements ChatModel {
    private final RoutingChatModel router;
    private final Supplier<Part> part;
    private final boolean schema;

    /**
     * @param schema whether some candidate follows a JSON schema; a request with one is routed to those who do
     */
    PartModel(RoutingChatModel router, Supplier<Part> part, boolean schema) {
        this.router = router;
        this.part = part;
        this.schema = schema;
    }

    @Override
    public ChatResponse chat(ChatRequest request) {
        Objective objective = Objective.balanced().withValue(part.get().value());
        return router.chat(request, Hints.NONE.withObjective(objective));
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return schema ? Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA) : Set.of();
    }
}
