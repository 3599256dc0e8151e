package waybill.testing.contract;

import java.time.Duration;
import waybill.routing.Profile;

/**
 * A provider that a routed model gets as a candidate.
 *
 * @param name the candidate's name, and the model asked for on the wire
 * @param baseUrl where it serves the OpenAI-compatible API, with {@code /v1}
 * @param profile its description
 * @param timeout how long the client waits for an answer; it is to have no retries of its own
 */
public record Provider(String name, String baseUrl, Profile profile, Duration timeout) {}
