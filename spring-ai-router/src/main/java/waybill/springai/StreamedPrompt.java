package waybill.springai;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.FailureKind;
import waybill.routing.Host;
import waybill.routing.Lane;
import waybill.routing.Opening;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.RoutingException;
import waybill.routing.Signal;
import waybill.routing.Usage;

/**
 * One streamed call: subscribes to candidates, reports their chunks to the router, and passes on what the router lets
 * through. The receipt comes with the last chunk.
 */
final class StreamedPrompt implements Host.Streaming<ChatModel, Streamed> {

    private final Router<ChatModel> router;
    private final FailureClassifier classifier;
    private final Prompt prompt;
    private final FluxSink<ChatResponse> caller;
    private final ContextView context;
    private final StringBuilder passedOn = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();

    StreamedPrompt(
            Router<ChatModel> router,
            FailureClassifier classifier,
            Prompt prompt,
            FluxSink<ChatResponse> caller,
            ContextView context) {
        this.router = router;
        this.classifier = classifier;
        this.prompt = prompt;
        this.caller = caller;
        this.context = context;
    }

    @Override
    public void open(Candidate<ChatModel> candidate, Lane<Streamed> lane) {
        Chunks chunks = new Chunks(candidate, lane);
        // A cancelled stream publishes no more, so a given up attempt is over when its cancel and the thread that
        // subscribed have both come back: a candidate that works on that thread stays in flight until it is done.
        AtomicInteger away = new AtomicInteger(2);
        Runnable back = () -> {
            if (away.decrementAndGet() == 0) {
                lane.failed(new CancellationException("given up"));
            }
        };
        // Some clients block the thread that cancels while they close their connection; the caller is not to wait for
        // it.
        lane.onCancel(() -> Schedulers.boundedElastic().schedule(() -> {
            try {
                chunks.cancel();
            } finally {
                back.run();
            }
        }));
        Prompt target = TargetPrompt.of(prompt, candidate);
        try {
            Opening.of(lane, () -> candidate.model().stream(target).subscribe(chunks));
        } finally {
            back.run();
        }
    }

    @Override
    public Failure classify(Throwable thrown) {
        Failure failure = classifier.classify(thrown);
        return failure == null ? Failure.of(FailureKind.SERVER_ERROR, thrown) : failure;
    }

    @Override
    public @Nullable Usage usage(Streamed streamed) {
        return streamed.usage();
    }

    @Override
    public String partialText() {
        return passedOn.toString();
    }

    @Override
    public void answered(Streamed streamed, Receipt receipt) {
        Candidate<ChatModel> candidate = router.candidate(receipt.answeredBy().orElseThrow());
        ChatResponse last = streamed.last() == null ? nothingMore() : streamed.last();
        passedOn.append(Responses.text(last));
        calls.addAll(Responses.toolCalls(last));
        Signal noticed = AnswerCheck.of(
                TargetPrompt.of(prompt, candidate).getOptions(), streamed.finishReason(), calls, passedOn.toString());
        caller.next(Responses.routed(last, candidate, TargetPrompt.modelName(candidate), receipt, noticed, router));
        caller.complete();
    }

    /** A chunk that adds nothing, to carry the receipt of a stream whose last chunk was content. */
    private static ChatResponse nothingMore() {
        return new ChatResponse(List.of(new Generation(new AssistantMessage(""))));
    }

    @Override
    public void failed(RoutingException failure) {
        caller.error(failure);
    }

    /** What one candidate publishes. A chunk without content is held until the next one shows that it was not the last. */
    private final class Chunks extends BaseSubscriber<ChatResponse> {

        private final Candidate<ChatModel> candidate;
        private final Lane<Streamed> lane;
        private @Nullable ChatResponse held;
        private @Nullable Usage usage;
        private boolean any;
        private @Nullable String finishReason;

        Chunks(Candidate<ChatModel> candidate, Lane<Streamed> lane) {
            this.candidate = candidate;
            this.lane = lane;
        }

        @Override
        public Context currentContext() {
            return Context.of(context);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            requestUnbounded();
        }

        @Override
        protected void hookOnNext(ChatResponse chunk) {
            release();
            any = true;
            Usage counted = Responses.usage(chunk);
            usage = counted == null ? usage : counted;
            String reason = Responses.finishReason(chunk);
            finishReason = reason == null ? finishReason : reason;
            int content = Responses.content(chunk);
            if (content == 0) {
                held = chunk;
            } else {
                passOn(chunk, content);
            }
        }

        private void release() {
            ChatResponse chunk = held;
            held = null;
            if (chunk != null) {
                passOn(chunk, 0);
            }
        }

        private void passOn(ChatResponse chunk, int content) {
            lane.emit(content, () -> {
                passedOn.append(Responses.text(chunk));
                calls.addAll(Responses.toolCalls(chunk));
                Responses.stamp(chunk, candidate.name(), router);
                caller.next(chunk);
            });
        }

        @Override
        protected void hookOnComplete() {
            if (!any) {
                lane.failed(new MalformedAnswerException("the stream ended without an answer"));
            } else if (finishReason == null && usage == null) {
                lane.failed(new MalformedAnswerException("the stream ended without a finish reason"));
            } else {
                lane.answered(new Streamed(held, usage, finishReason));
            }
        }

        @Override
        protected void hookOnError(Throwable thrown) {
            lane.failed(thrown);
        }
    }
}
