package waybill.routing;

import org.jspecify.annotations.Nullable;

/**
 * A model that could serve.
 *
 * @param name its name in plans, receipts and hints; unique within a router
 * @param model the host's model object
 * @param profile what is known of it
 * @param modelName the model name to send on the wire; null keeps the one that the model was built with
 * @param <M> the host's model type
 */
public record Candidate<M>(String name, M model, Profile profile, @Nullable String modelName) {

    public Candidate {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a candidate needs a name");
        }
    }

    /** A candidate that keeps the model name it was built with. */
    public static <M> Candidate<M> of(String name, M model, Profile profile) {
        return new Candidate<>(name, model, profile, null);
    }

    /** The same candidate, sending this model name on the wire. */
    public Candidate<M> withModelName(String wireName) {
        return new Candidate<>(name, model, profile, wireName);
    }

    /** The same candidate with another profile. */
    public Candidate<M> withProfile(Profile newProfile) {
        return new Candidate<>(name, model, newProfile, modelName);
    }
}
