package waybill.gateway;

import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.gateway.GatewaySettings.RemotePlace;
import waybill.seller.FacilitatorException;
import waybill.seller.RemoteFacilitator;
import waybill.x402.Offer;
import waybill.x402.Supported;

/** The facilitators at URLs that a gateway settles through. */
final class Facilitators {

    private static final Logger LOG = LoggerFactory.getLogger(Facilitators.class);

    private Facilitators() {}

    /**
     * Those of the settings, with their tokens. One that cannot be reached now may be later; one that settles nothing of
     * what is sold never will.
     *
     * @throws InvalidSettingsException when a token is not there, or all of them say that they do not settle what is sold
     */
    static RemoteFacilitator at(GatewaySettings.Selling selling, Map<String, String> environment, Clock clock) {
        List<RemoteFacilitator.Endpoint> endpoints = new ArrayList<>();
        for (RemotePlace place : selling.facilitators()) {
            endpoints.add(new RemoteFacilitator.Endpoint(place.url(), credentials(place, environment)));
        }
        RemoteFacilitator remote = new RemoteFacilitator(endpoints, RemoteFacilitator.Timeouts.defaults(), clock);
        String network = selling.asset().network().toString();
        try {
            Supported supported = remote.supported();
            boolean settles = supported.kinds().stream()
                    .anyMatch(kind -> kind.network().equals(network)
                            && (kind.scheme().equals(Offer.EXACT)
                                    || kind.scheme().equals(Offer.UPTO)));
            if (!settles) {
                throw Till.invalid("facilitator-url names "
                        + selling.facilitators().get(0) + ", and nobody there settles payments on " + network);
            }
        } catch (FacilitatorException e) {
            LOG.warn(
                    "No facilitator says what it settles; until one does, payments are refused with 503: {}",
                    e.getMessage());
        }
        return remote;
    }

    private static RemoteFacilitator.Credentials credentials(RemotePlace place, Map<String, String> environment) {
        Map<RemoteFacilitator.Path, Map<String, String>> headers = new EnumMap<>(RemoteFacilitator.Path.class);
        place.tokens().forEach((path, variable) -> {
            String token = environment.get(variable);
            if (token == null || token.isBlank()) {
                throw Till.invalid("facilitator-token-env, for " + path.text() + " of " + place + ", names " + variable
                        + ", which is not set in the environment");
            }
            headers.put(path, Map.of("Authorization", "Bearer " + token.strip()));
        });
        return path -> headers.getOrDefault(path, Map.of());
    }
}
