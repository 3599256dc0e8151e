package waybill.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with an answer, so that a cascade knows when to escalate. Safe for use by many threads. */
@FunctionalInterface
public interface CascadeCheck {

    /** Complains of nothing. */
    CascadeCheck NONE = (request, response) -> null;

    /**
     * The complaint in a few words, or null when the answer will do. Called once for each answer; what it throws counts
     * as a complaint.
     */
    @Nullable
    String complaint(ChatRequest request, ChatResponse response);

    /**
     * Complains of an answer that was cut off or refused, and, where the request asks for JSON, of one that is not JSON
     * or does not follow the schema. An answer that calls tools will do.
     */
    static CascadeCheck followsFormat() {
        return FormatCheck::complaint;
    }

    /** This check, and the other on what passes it. */
    default CascadeCheck and(CascadeCheck other) {
        return (request, response) -> {
            String complaint = complaint(request, response);
            return complaint != null ? complaint : other.complaint(request, response);
        };
    }
}
