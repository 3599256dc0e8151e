package waybill.springai;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

/** Says what is wrong with an answer, so that a cascade knows when to escalate. Safe for use by many threads. */
@FunctionalInterface
public interface CascadeCheck {

    /** Complains of nothing. */
    CascadeCheck NONE = (prompt, response) -> null;

    /**
     * The complaint in a few words, or null when the answer will do. Called once for each answer; what it throws counts
     * as a complaint.
     */
    @Nullable
    String complaint(Prompt prompt, ChatResponse response);

    /**
     * Complains of an answer that was cut off or refused, and, where the prompt's options hold an output schema, of one
     * that is not JSON or does not follow it. An answer that calls tools will do.
     */
    static CascadeCheck followsFormat() {
        return FormatCheck::complaint;
    }

    /** This check, and the other on what passes it. */
    default CascadeCheck and(CascadeCheck other) {
        return (prompt, response) -> {
            String complaint = complaint(prompt, response);
            return complaint != null ? complaint : other.complaint(prompt, response);
        };
    }
}
