package waybill.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.output.TokenUsage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Sinks;
import waybill.gateway.AnswerWriter.Heading;
import waybill.seller.Answer;

/**
 * One streamed answer: takes the model's events, gives server-sent events. Nothing leaves before somebody subscribes, so
 * that the caller can look at the first content, take the money, and then let go. Keeps a bounded copy of all it sent.
 * The model's callbacks may come from any thread, one after the other; what they bring after the end is dropped.
 */
final class AnswerStream implements StreamingChatResponseHandler {

    static final String EVENT_STREAM = "text/event-stream";

    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

    private final Heading heading;
    private final String model;
    private final Function<ChatResponse, String> answeredBy;
    private final boolean includeUsage;
    private final int keepAtMost;

    private final Sinks.Many<Piece> sink = Sinks.many().unicast().onBackpressureBuffer();
    private final @Nullable Semaphore room; // for pieces that nobody has read yet; null leaves it without bound
    private final boolean closes;
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CompletableFuture<Ending> ended = new CompletableFuture<>();

    private final Object lock = new Object(); // guards all below
    private final Set<Integer> openedCalls = new HashSet<>();
    private @Nullable ByteArrayOutputStream copy = new ByteArrayOutputStream();
    private @Nullable StreamingHandle handle;
    private boolean begun;
    private boolean said;
    private boolean over;
    private boolean cancelled;

    /** A server-sent event of the answer, with what the model wrote in it. Immutable; nobody changes its bytes. */
    static final class Piece {
        private final byte[] event;
        private final String counted;
        private final boolean thought;

        private Piece(byte[] event, String counted, boolean thought) {
            this.event = event;
            this.counted = counted;
            this.thought = thought;
        }

        /** The event's bytes. */
        byte[] event() {
            return event;
        }

        /** What the model wrote; empty in an event that only frames. */
        String counted() {
            return counted;
        }

        /** Whether that is reasoning. */
        boolean thought() {
            return thought;
        }
    }

    /** How a stream ended. */
    sealed interface Ending {

        /** Whole. The copy is all that was sent; null when it grew too large to keep. The usage is the model's, or null. */
        record Whole(@Nullable Answer copy, @Nullable TokenUsage usage) implements Ending {}

        /** Broken, before or after its first content. */
        record Broken(Throwable cause) implements Ending {}

        /** Cancelled by {@link AnswerStream#cancel()}. */
        record Cancelled() implements Ending {}
    }

    /**
     * A stream that nobody reads yet.
     *
     * @param model the model's id in every chunk but the last, which names the one that answered
     * @param keepAtMost the longest copy in bytes
     */
    AnswerStream(
            Heading heading,
            String model,
            Function<ChatResponse, String> answeredBy,
            boolean includeUsage,
            int keepAtMost) {
        this(heading, model, answeredBy, includeUsage, keepAtMost, null, true);
    }

    private AnswerStream(
            Heading heading,
            String model,
            Function<ChatResponse, String> answeredBy,
            boolean includeUsage,
            int keepAtMost,
            @Nullable Semaphore room,
            boolean closes) {
        this.room = room;
        this.closes = closes;
        this.heading = heading;
        this.model = model;
        this.answeredBy = answeredBy;
        this.includeUsage = includeUsage;
        this.keepAtMost = keepAtMost;
    }

    /**
     * A stream whose end somebody else writes, and whose model is held back when its reader is slow.
     *
     * @param ahead how many pieces the model may be ahead of the reader
     */
    static AnswerStream open(
            Heading heading, String model, Function<ChatResponse, String> answeredBy, boolean includeUsage, int ahead) {
        return new AnswerStream(heading, model, answeredBy, includeUsage, 0, new Semaphore(ahead), false);
    }

    /** Waits for the first content, or for the failure in its place, which it throws. */
    void awaitContent() throws InterruptedException {
        try {
            opened.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
        }
    }

    /** The events, for one reader. A reader that leaves does not end the stream: {@link #cancel()} does. */
    Publisher<byte[]> events() {
        return sink.asFlux().map(Piece::event);
    }

    /** The same, with what is in them. */
    Publisher<Piece> pieces() {
        return sink.asFlux().doOnNext(piece -> makeRoom(1));
    }

    /** Completes when the stream has ended, before its reader can know. */
    CompletableFuture<Ending> ended() {
        return ended;
    }

    /** Stops the model, at its next event if it has not begun; its reader sees the end of what was sent so far. */
    void cancel() {
        synchronized (lock) {
            if (over) {
                return;
            }
            over = true;
            cancelled = true;
            copy = null;
            if (handle != null) {
                handle.cancel();
            }
        }
        ended.complete(new Ending.Cancelled());
        makeRoom(Integer.MAX_VALUE / 2);
        sink.tryEmitComplete();
        opened.completeExceptionally(new IllegalStateException("The stream was cancelled."));
    }

    @Override
    public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
        if (goesOn(context.streamingHandle())) {
            text(part.text());
        }
    }

    @Override
    public void onPartialResponse(String part) {
        text(part);
    }

    @Override
    public void onPartialThinking(PartialThinking part, PartialThinkingContext context) {
        if (goesOn(context.streamingHandle())) {
            onPartialThinking(part);
        }
    }

    @Override
    public void onPartialThinking(PartialThinking part) {
        delta(AnswerWriter.thinkingDelta(part.text()), part.text(), true);
    }

    @Override
    public void onPartialToolCall(PartialToolCall part, PartialToolCallContext context) {
        if (goesOn(context.streamingHandle())) {
            onPartialToolCall(part);
        }
    }

    @Override
    public void onPartialToolCall(PartialToolCall part) {
        toolCall(part.index(), part.id(), part.name(), part.partialArguments());
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall call) {
        synchronized (lock) {
            if (openedCalls.contains(call.index())) {
                return;
            }
        }
        toolCall(
                call.index(),
                call.toolExecutionRequest().id(),
                call.toolExecutionRequest().name(),
                call.toolExecutionRequest().arguments());
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        AiMessage message = response.aiMessage();
        boolean empty = message == null || (message.text() == null && !message.hasToolExecutionRequests());
        synchronized (lock) {
            if (over) {
                return;
            }
            if (!said && empty && response.finishReason() == null) {
                onError(new ApiException(ApiError.of(
                        502, ApiError.UPSTREAM, "upstream_malformed", "The provider's stream held no answer.")));
                return;
            }
            if (!said && message != null && message.text() != null) {
                text(message.text());
            }
            begin();
            String name = answeredBy.apply(response);
            emit(framing(AnswerWriter.event(
                    AnswerWriter.chunk(heading, name, AnswerWriter.noDelta(), AnswerWriter.finishReason(response)))));
            if (includeUsage) {
                emit(framing(AnswerWriter.event(AnswerWriter.usageChunk(heading, name, response.tokenUsage()))));
            }
            keep(DONE);
            over = true;
            ended.complete(new Ending.Whole(
                    copy == null ? null : Answer.of(200, EVENT_STREAM, copy.toByteArray()), response.tokenUsage()));
            if (closes) {
                sink.tryEmitNext(framing(DONE));
            }
            sink.tryEmitComplete();
        }
        opened.complete(null);
    }

    @Override
    public void onError(Throwable error) {
        synchronized (lock) {
            if (over) {
                return;
            }
            over = true;
            copy = null;
            if (handle != null) {
                handle.cancel(); // a provider may go on talking after an event that could not be read
            }
            ended.complete(new Ending.Broken(error));
            if (begun) {
                sink.tryEmitNext(framing(AnswerWriter.event(AnswerWriter.error(Failures.tell(error)))));
            }
            sink.tryEmitComplete();
        }
        opened.completeExceptionally(
                error instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(error));
    }

    private boolean goesOn(StreamingHandle current) {
        synchronized (lock) {
            handle = current;
            if (cancelled) {
                current.cancel();
            }
            return !over;
        }
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            delta(AnswerWriter.textDelta(text), text, false);
        }
    }

    private void toolCall(int index, String id, String name, String arguments) {
        boolean first;
        synchronized (lock) {
            first = openedCalls.add(index);
        }
        delta(
                first
                        ? AnswerWriter.toolDelta(index, id, name, arguments)
                        : AnswerWriter.argumentsDelta(index, arguments),
                first ? name + arguments : arguments,
                false);
    }

    private void delta(ObjectNode delta, String counted, boolean thought) {
        awaitRoom();
        synchronized (lock) {
            if (over) {
                return;
            }
            begin();
            said = true;
            emit(new Piece(AnswerWriter.event(AnswerWriter.chunk(heading, model, delta, null)), counted, thought));
        }
        opened.complete(null);
    }

    private void begin() {
        if (!begun) {
            begun = true;
            emit(framing(AnswerWriter.event(AnswerWriter.chunk(heading, model, AnswerWriter.roleDelta(), null))));
        }
    }

    private static Piece framing(byte[] event) {
        return new Piece(event, "", false);
    }

    private void emit(Piece piece) {
        keep(piece.event());
        sink.tryEmitNext(piece);
    }

    /** Holds the model's thread back while its reader is too far behind; a cancel frees it. */
    private void awaitRoom() {
        if (room != null) {
            room.acquireUninterruptibly();
        }
    }

    private void makeRoom(int pieces) {
        if (room != null) {
            room.release(pieces);
        }
    }

    private void keep(byte[] event) {
        if (copy == null) {
            return;
        }
        if (copy.size() + event.length > keepAtMost) {
            copy = null;
        } else {
            copy.writeBytes(event);
        }
    }
}
