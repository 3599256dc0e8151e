package waybill.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One scripted answer: what is said, how fast, and how it goes wrong. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Answer.text("The pool holds 100 ETH.").usage(120, 8).latency(Duration.ofMillis(300)).tokensPerSecond(50)
 * Answer.toolCall("pool_state", "{\"pair\":\"ETH-USDC\"}")
 * Answer.rateLimited(Duration.ofSeconds(7))
 * Answer.text("never ends").stallAfter(2)
 * }</pre>
 *
 * A token is a word with the white space before it. Plain and streamed requests get the same answer in their own form.
 *
 * @param status the HTTP status
 * @param headers headers beside those the server sets itself
 * @param body a completion, or raw text
 * @param latency the time before the first byte
 * @param tokensPerSecond the pace of a streamed completion; 0 is as fast as the socket takes it
 * @param ending how the answer ends
 * @param moment what has to be complete before it ends badly
 */
public record Answer(
        int status,
        Map<String, String> headers,
        Body body,
        Duration latency,
        double tokensPerSecond,
        Ending ending,
        CompletableFuture<?> moment)
        implements Script {

    private static final CompletableFuture<?> AT_ONCE = CompletableFuture.completedFuture(true);

    /** The content of an answer. */
    public sealed interface Body {

        /**
         * A model's completion.
         *
         * @param text what the model says, empty when it only calls tools
         * @param toolCalls the functions it asks for
         * @param finishReason the reason it stopped, such as {@code stop}, {@code length} or {@code tool_calls}
         * @param usage the counts it reports; absent to have the server count words
         */
        record Completion(String text, List<ToolCall> toolCalls, String finishReason, @Nullable Usage usage)
                implements Body {

            /** Copies the list. */
            public Completion {
                toolCalls = List.copyOf(toolCalls);
            }
        }

        /** Text sent as it is, an error for instance. */
        record Raw(String contentType, String text) implements Body {}
    }

    /** How an answer ends, and after how many tokens when it does not end well. */
    public record Ending(How how, int tokens) {

        /** The ways an answer can end. */
        public enum How {
            /** As it should. */
            COMPLETE,
            /** Silence with the connection open, until the client leaves. */
            STALL,
            /** The connection is closed in order, with the answer incomplete. */
            CUT,
            /** The connection is reset. */
            RESET,
            /** A stream goes on with an event that is not JSON; a plain answer is cut in the middle of its JSON. */
            MALFORMED
        }

        private static final int BEFORE_STATUS_LINE = -1;
        private static final Ending COMPLETE = new Ending(How.COMPLETE, 0);

        boolean beforeStatusLine() {
            return tokens == BEFORE_STATUS_LINE;
        }
    }

    /** Copies the headers and checks the ranges. */
    public Answer {
        headers = Map.copyOf(headers);
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("An answer's status is 200 to 599, not " + status + ".");
        }
        if (latency.isNegative() || tokensPerSecond < 0) {
            throw new IllegalArgumentException("Latency and pace cannot be negative.");
        }
    }

    /** A completion that says this text. */
    public static Answer text(String text) {
        return completion(text, List.of(), "stop");
    }

    /** A completion that asks for one function; the arguments are JSON text. */
    public static Answer toolCall(String name, String arguments) {
        return toolCalls(List.of(new ToolCall("call_1", name, arguments)));
    }

    /** A completion that asks for these functions, in this order. */
    public static Answer toolCalls(List<ToolCall> calls) {
        return completion("", calls, "tool_calls");
    }

    /** An error in the shape that providers of this API use, with the status as its code. */
    public static Answer error(int status, String message) {
        return error(status, "scripted_error", Integer.toString(status), message);
    }

    /** An error in the shape that providers of this API use. */
    public static Answer error(int status, String type, String code, String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("message", message);
        error.put("type", type);
        error.put("param", null);
        error.put("code", code);
        return raw(status, "application/json", Json.write(Map.of("error", error)));
    }

    /** Text sent as it is under this status. */
    public static Answer raw(int status, String contentType, String text) {
        return new Answer(
                status, Map.of(), new Body.Raw(contentType, text), Duration.ZERO, 0, Ending.COMPLETE, AT_ONCE);
    }

    /** 429 with a {@code Retry-After} in whole seconds. */
    public static Answer rateLimited(Duration retryAfter) {
        return error(429, "rate_limit_error", "rate_limit_exceeded", "Rate limit reached.")
                .header("Retry-After", Long.toString(retryAfter.toSeconds()));
    }

    /** 429 of an account without credit: waiting does not help. */
    public static Answer quotaExhausted() {
        return error(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota.");
    }

    /** 529, the status some providers use when they are overloaded. */
    public static Answer overloaded() {
        return error(529, "overloaded_error", "overloaded", "Overloaded.");
    }

    /** 401 for a key that is wrong. */
    public static Answer unauthorized() {
        return error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.");
    }

    /** 400 for a prompt longer than the model's context of this many tokens. */
    public static Answer contextOverflow(int contextTokens) {
        return error(
                400,
                "invalid_request_error",
                "context_length_exceeded",
                "This model's maximum context length is " + contextTokens + " tokens. Please reduce the length.");
    }

    /** 400 for a prompt that the provider's content filter refuses. */
    public static Answer contentRefused() {
        return error(
                400,
                "invalid_request_error",
                "content_filter",
                "The response was filtered due to the prompt triggering the content management policy.");
    }

    /** A completion that ended by the content filter, with status 200. */
    public static Answer contentFiltered(String textSoFar) {
        return completion(textSoFar, List.of(), "content_filter");
    }

    /** A 200 whose list of choices is empty. */
    public static Answer emptyChoices() {
        return raw(
                200,
                "application/json",
                "{\"id\":\"chatcmpl-empty\",\"object\":\"chat.completion\",\"created\":0,\"model\":\"empty\",\"choices\":[]}");
    }

    /** A 200 that claims to be JSON and is not. */
    public static Answer invalidJson() {
        return raw(200, "application/json", "{\"id\":\"chatcmpl-broken\",\"choices\":[{");
    }

    /** Silence before the status line, until the client leaves. */
    public static Answer hang() {
        return text("").ending(Ending.How.STALL, Ending.BEFORE_STATUS_LINE);
    }

    /** A reset in place of an answer. */
    public static Answer reset() {
        return text("").ending(Ending.How.RESET, Ending.BEFORE_STATUS_LINE);
    }

    /** The connection closed in order, in place of an answer. */
    public static Answer closed() {
        return text("").ending(Ending.How.CUT, Ending.BEFORE_STATUS_LINE);
    }

    /** With this header beside the others. */
    public Answer header(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Answer(status, all, body, latency, tokensPerSecond, ending, moment);
    }

    /** With these token counts. */
    public Answer usage(int promptTokens, int completionTokens) {
        return usage(Usage.of(promptTokens, completionTokens));
    }

    /** With these token counts. */
    public Answer usage(Usage usage) {
        Body.Completion said = completion();
        return body(new Body.Completion(said.text(), said.toolCalls(), said.finishReason(), usage));
    }

    /** With this finish reason. */
    public Answer finishReason(String reason) {
        Body.Completion said = completion();
        return body(new Body.Completion(said.text(), said.toolCalls(), reason, said.usage()));
    }

    /** Asking for this function too. */
    public Answer andToolCall(String name, String arguments) {
        Body.Completion said = completion();
        List<ToolCall> calls = new ArrayList<>(said.toolCalls());
        calls.add(new ToolCall("call_" + (calls.size() + 1), name, arguments));
        return body(new Body.Completion(said.text(), calls, "tool_calls", said.usage()));
    }

    /** With this time before the first byte. */
    public Answer latency(Duration time) {
        return new Answer(status, headers, body, time, tokensPerSecond, ending, moment);
    }

    /** With this pace of a streamed completion; 0 is as fast as the socket takes it. */
    public Answer tokensPerSecond(double pace) {
        return new Answer(status, headers, body, latency, pace, ending, moment);
    }

    /** Falling silent after so many tokens, with the connection open until the client leaves. */
    public Answer stallAfter(int tokens) {
        return ending(Ending.How.STALL, tokens);
    }

    /** Closing the connection in order after so many tokens. */
    public Answer cutAfter(int tokens) {
        return ending(Ending.How.CUT, tokens);
    }

    /** Resetting the connection after so many tokens. */
    public Answer resetAfter(int tokens) {
        return ending(Ending.How.RESET, tokens);
    }

    /** Sending something that is not JSON after so many tokens, then closing. */
    public Answer malformedAfter(int tokens) {
        return ending(Ending.How.MALFORMED, tokens);
    }

    /**
     * Ending badly only when this is complete: a client that resets are sent to, for one, may otherwise never read what
     * came before.
     */
    public Answer endingOnce(CompletableFuture<?> complete) {
        return new Answer(status, headers, body, latency, tokensPerSecond, ending, complete);
    }

    /** This answer, whatever is asked. */
    @Override
    public Answer answer(ModelRequest request) {
        return this;
    }

    private static Answer completion(String text, List<ToolCall> calls, String finishReason) {
        return new Answer(
                200,
                Map.of(),
                new Body.Completion(text, calls, finishReason, null),
                Duration.ZERO,
                0,
                Ending.COMPLETE,
                AT_ONCE);
    }

    private Body.Completion completion() {
        if (body instanceof Body.Completion completion) {
            return completion;
        }
        throw new IllegalStateException("Only a completion has usage, tool calls and a finish reason; this answer is "
                + "raw text under status " + status + ".");
    }

    private Answer body(Body changed) {
        return new Answer(status, headers, changed, latency, tokensPerSecond, ending, moment);
    }

    private Answer ending(Ending.How how, int tokens) {
        return new Answer(status, headers, body, latency, tokensPerSecond, new Ending(how, tokens), moment);
    }
}
