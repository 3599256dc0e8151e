package waybill.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import org.jspecify.annotations.Nullable;
import waybill.routing.Candidate;

/** Rewrites a request for one candidate: its own model name, everything else as the caller sent it. */
final class TargetRequest {

    private TargetRequest() {}

    /** The name that goes out on the wire: the candidate's, else the one its model was built with, else its own name. */
    static String modelName(Candidate<?> candidate, @Nullable ChatRequestParameters defaults) {
        if (candidate.modelName() != null) {
            return candidate.modelName();
        }
        return defaults == null || defaults.modelName() == null ? candidate.name() : defaults.modelName();
    }

    /** Overriding with plain parameters keeps the caller's provider-specific class and everything in it. */
    static ChatRequest of(ChatRequest request, String modelName) {
        ChatRequestParameters name =
                ChatRequestParameters.builder().modelName(modelName).build();
        return request.toBuilder()
                .parameters(request.parameters().overrideWith(name))
                .build();
    }
}
