package waybill.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatRequestOptions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.FailureKind;
import waybill.routing.Hints;
import waybill.routing.Router;

/** What both routing models need of a call's options and of their candidates' claims. */
final class PerCall {

    private PerCall() {}

    static ChatRequestOptions options(Hints hints) {
        return ChatRequestOptions.builder()
                .addListenerAttribute(Hints.class, hints)
                .build();
    }

    static Hints hints(ChatRequestOptions options) {
        return options.listenerAttributes().get(Hints.class) instanceof Hints hints ? hints : Hints.NONE;
    }

    /** A request that names a candidate as its model asks for that one alone, unless its hints say who may serve. */
    static Hints naming(@Nullable String model, Hints hints, Router<?> router) {
        if (model == null || !hints.allowed().isEmpty()) {
            return hints;
        }
        boolean known = router.candidates().stream().anyMatch(c -> c.name().equals(model));
        return known ? hints.withAllowed(model) : hints;
    }

    static Set<Capability> commonTo(List<? extends Candidate<?>> candidates) {
        boolean all = candidates.stream().allMatch(c -> c.profile().jsonSchema());
        return all ? Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA) : Set.of();
    }

    static Failure classify(FailureClassifier classifier, Throwable thrown) {
        Failure failure = classifier.classify(thrown);
        return failure == null ? Failure.of(FailureKind.SERVER_ERROR, thrown) : failure;
    }
}
