package waybill.configuration;

import java.net.http.HttpClient;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.routing.Candidate;
import waybill.routing.Endpoint;
import waybill.routing.Profile;

/** A candidate as the properties declare it, all but the model itself, which a framework's binding makes of its endpoint. */
public final class DeclaredCandidate {

    private final String name;
    private final Endpoint endpoint;
    private final Profile profile;
    private final @Nullable String listedAs;
    private final boolean paid;
    private final Supplier<HttpClient.Builder> clients;

    DeclaredCandidate(
            String name,
            Endpoint endpoint,
            Profile profile,
            @Nullable String listedAs,
            boolean paid,
            Supplier<HttpClient.Builder> clients) {
        this.name = name;
        this.endpoint = endpoint;
        this.profile = profile;
        this.listedAs = listedAs;
        this.paid = paid;
        this.clients = clients;
    }

    /** Its name in plans and receipts. */
    public String name() {
        return name;
    }

    /** Where and how it is asked. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** What is known of it. */
    public Profile profile() {
        return profile;
    }

    /** Whether the wallet pays for its calls. */
    public boolean paid() {
        return paid;
    }

    /** Builders of its HTTP clients; of ones that pay, where the wallet does. */
    public Supplier<HttpClient.Builder> clients() {
        return clients;
    }

    /** The candidate, once there is a model. */
    public <M> Candidate<M> with(M model) {
        return new Candidate<>(name, model, profile, null, listedAs);
    }

    @Override
    public String toString() {
        return name + " (" + endpoint + (paid ? ", paid by x402)" : ")");
    }
}
