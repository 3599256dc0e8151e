package waybill.testing.contract;

import static waybill.routing.FailureKind.AUTHENTICATION;
import static waybill.routing.FailureKind.BAD_REQUEST;
import static waybill.routing.FailureKind.CONNECT;
import static waybill.routing.FailureKind.CONTENT_REFUSED;
import static waybill.routing.FailureKind.CONTEXT_EXCEEDED;
import static waybill.routing.FailureKind.MALFORMED;
import static waybill.routing.FailureKind.MODEL_MISSING;
import static waybill.routing.FailureKind.OVERLOADED;
import static waybill.routing.FailureKind.QUOTA_EXHAUSTED;
import static waybill.routing.FailureKind.RATE_LIMITED;
import static waybill.routing.FailureKind.SERVER_ERROR;
import static waybill.routing.FailureKind.TIMEOUT;
import static waybill.routing.FailureKind.UNSUPPORTED_PARAMETER;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.routing.FailureKind;
import waybill.testing.Answer;

/**
 * A way in which a provider fails, and what the router should make of it.
 *
 * @param name in a few words
 * @param phase how far the answer had come
 * @param answer what the provider does
 * @param kind what it is; null when it is no failure
 * @param end what ends a silence, if anything has to
 * @param coolsDown how long the candidate is left alone after one
 * @param tokens how many tokens of a stream were sent before
 */
public record Fault(
        String name, Phase phase, Answer answer, @Nullable FailureKind kind, End end, Duration coolsDown, int tokens) {

    /** What the provider says when it begins to answer. */
    static final String BEGUN = "one two three four";

    /** The delay after which the only candidate is worth waiting for. */
    static final Duration SOON = Duration.ofSeconds(2);

    /** How far an answer has come when it fails. */
    public enum Phase {
        /** The provider is not reached. */
        CONNECTING("connecting"),
        /** Nothing has come yet. */
        WAITING("before the status"),
        /** The answer is an error. */
        STATUS("status"),
        /** The answer is whole and none. */
        BODY("body"),
        /** A stream has opened, and nothing is said yet. */
        OPENED("before the first token"),
        /** Some is said: two tokens of a stream, part of the body of a plain answer. */
        SAYING("after two tokens"),
        /** All is said, and the end is missing. */
        ENDING("before the end mark");

        private final String words;

        Phase(String words) {
            this.words = words;
        }

        /** The phase in words. */
        public String words() {
            return words;
        }
    }

    /** What ends a provider's silence. */
    public enum End {
        /** It says something, or hangs up. */
        ITSELF,
        /** The timeout of the candidate's own client. */
        CLIENT,
        /** The router's limit for an attempt. */
        ROUTER,
        /** A wait for the moment that it named. */
        WAIT
    }

    /** Whether part of the answer has been passed on when it fails in this way of calling. */
    boolean committed(Way way) {
        return way.streams() && (phase == Phase.SAYING || phase == Phase.ENDING);
    }

    /** Whether it can happen in this way of calling. */
    public boolean concerns(Way way) {
        boolean inPieces = phase == Phase.OPENED || phase == Phase.ENDING;
        return (way.letsGo() || end != End.ROUTER) && (way.streams() || !inPieces);
    }

    /** Every fault of the contract. */
    public static List<Fault> all() {
        Answer said = Answer.text(BEGUN);
        return List.of(
                fault("connection refused", Phase.CONNECTING, said, CONNECT, 5),
                fault("connection reset", Phase.WAITING, Answer.reset(), MALFORMED, 1),
                fault("connection closed", Phase.WAITING, Answer.closed(), MALFORMED, 1),
                silence("silence, the client's timeout", Phase.WAITING, Answer.hang(), End.CLIENT, 0),
                silence("silence, the router's limit", Phase.WAITING, Answer.hang(), End.ROUTER, 0),
                status("429", Answer.error(429, "slow down"), RATE_LIMITED, 10),
                status("429, Retry-After: 30", Answer.rateLimited(Duration.ofSeconds(30)), RATE_LIMITED, 30),
                status(
                        "429, retry-after-ms: 20000",
                        Answer.error(429, "slow down").header("retry-after-ms", "20000"),
                        RATE_LIMITED,
                        20),
                new Fault(
                        "429, Retry-After: 2", Phase.STATUS, Answer.rateLimited(SOON), RATE_LIMITED, End.WAIT, SOON, 0),
                status("429 without credit", Answer.quotaExhausted(), QUOTA_EXHAUSTED, 300),
                status("500", Answer.error(500, "boom"), SERVER_ERROR, 1),
                status("503", Answer.error(503, "busy"), OVERLOADED, 5),
                status("504", Answer.error(504, "upstream"), TIMEOUT, 2),
                status("529", Answer.overloaded(), OVERLOADED, 5),
                status("400", Answer.error(400, "temperature is out of range"), BAD_REQUEST, 0),
                status("401", Answer.unauthorized(), AUTHENTICATION, 300),
                status("402 without an offer", Answer.error(402, "insufficient credits"), QUOTA_EXHAUSTED, 300),
                status("404", Answer.error(404, "no such model"), MODEL_MISSING, 300),
                status("413", Answer.error(413, "too large"), CONTEXT_EXCEEDED, 0),
                status("422", Answer.error(422, "messages is wrong"), BAD_REQUEST, 0),
                status("context overflow", Answer.contextOverflow(8_000), CONTEXT_EXCEEDED, 0),
                status(
                        "unsupported parameter",
                        Answer.error(400, "invalid_request_error", "unsupported_parameter", "max_tokens"),
                        UNSUPPORTED_PARAMETER,
                        0),
                status("content filter", Answer.contentRefused(), CONTENT_REFUSED, 0),
                fault("empty choices", Phase.BODY, Answer.emptyChoices(), MALFORMED, 1),
                fault("invalid JSON", Phase.BODY, Answer.invalidJson(), MALFORMED, 1),
                fault("finish reason content_filter", Phase.BODY, Answer.contentFiltered(BEGUN), null, 0),
                fault("reset", Phase.OPENED, said.resetAfter(0), MALFORMED, 1),
                fault("cut", Phase.OPENED, said.cutAfter(0), MALFORMED, 1),
                fault("malformed event", Phase.OPENED, said.malformedAfter(0), MALFORMED, 1),
                silence("silence", Phase.OPENED, said.stallAfter(0), End.ROUTER, 0),
                fault("reset", Phase.SAYING, said.resetAfter(2), MALFORMED, 1).after(2),
                fault("cut", Phase.SAYING, said.cutAfter(2), MALFORMED, 1).after(2),
                fault("malformed", Phase.SAYING, said.malformedAfter(2), MALFORMED, 1)
                        .after(2),
                silence("silence", Phase.SAYING, said.stallAfter(2), End.ROUTER, 2),
                fault("cut", Phase.ENDING, said.cutAfter(4), MALFORMED, 1).after(4));
    }

    private static Fault status(String name, Answer answer, FailureKind kind, long coolsDown) {
        return fault(name, Phase.STATUS, answer, kind, coolsDown);
    }

    private static Fault fault(String name, Phase phase, Answer answer, @Nullable FailureKind kind, long coolsDown) {
        return new Fault(name, phase, answer, kind, End.ITSELF, Duration.ofSeconds(coolsDown), 0);
    }

    private static Fault silence(String name, Phase phase, Answer answer, End end, int tokens) {
        return new Fault(name, phase, answer, TIMEOUT, end, Duration.ofSeconds(2), tokens);
    }

    private Fault after(int count) {
        return new Fault(name, phase, answer, kind, end, coolsDown, count);
    }

    /** The name and the phase. */
    @Override
    public String toString() {
        return name + ", " + phase.words();
    }
}
