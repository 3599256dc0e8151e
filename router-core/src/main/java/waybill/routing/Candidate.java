package waybill.routing;

import org.jspecify.annotations.Nullable;

/**
 * A model that could serve.
 *
 * @param name its name in plans, receipts and hints; unique within a router
 * @param model the host's model object
 * @param profile what is known of it
 * @param modelName the model name to send on the wire; null keeps the one that the model was built with
 * @param listedAs its name in the catalogue, which renews its price, limits and accuracies at each snapshot of a router
 *     that has one; null for a profile of its own, which nothing renews
 * @param <M> the host's model type
 */
public record Candidate<M>(
        String name, M model, Profile profile, @Nullable String modelName, @Nullable String listedAs) {

    public Candidate {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a candidate needs a name");
        }
    }

    /**
     * A candidate whose profile is that of the shipped catalogue, which tells how old its prices are.
     *
     * @throws IllegalArgumentException when the catalogue lists no such model; it names the nearest
     */
    public static <M> Candidate<M> named(String name, M model) {
        return named(name, model, Catalogue.shipped());
    }

    /** The same out of this catalogue. */
    public static <M> Candidate<M> named(String name, M model, Catalogue catalogue) {
        return new Candidate<>(name, model, catalogue.get(name).profile(), null, name);
    }

    /** A candidate that keeps the model name it was built with. */
    public static <M> Candidate<M> of(String name, M model, Profile profile) {
        return new Candidate<>(name, model, profile, null, null);
    }

    /** The same candidate, with what a newer catalogue says of it. */
    Candidate<M> renewed(Catalogue catalogue) {
        return listedAs == null
                ? this
                : catalogue
                        .find(listedAs)
                        .map(entry ->
                                new Candidate<>(name, model, profile.renewed(entry.profile()), modelName, listedAs))
                        .orElse(this);
    }

    /** The same candidate, sending this model name on the wire. */
    public Candidate<M> withModelName(String wireName) {
        return new Candidate<>(name, model, profile, wireName, listedAs);
    }

    /** The same candidate with another profile, which no catalogue renews. */
    public Candidate<M> withProfile(Profile newProfile) {
        return new Candidate<>(name, model, newProfile, modelName, null);
    }
}
