package waybill.langchain4j;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's view of one streamed call: events wait in a queue until they are asked for. The queue has no bound,
 * because a handler-driven model cannot be slowed down; an answer is as long as its token limit.
 */
final class EventSubscription implements Subscription, StreamingChatResponseHandler {

    private final Subscriber<? super ChatModelStreamingEvent> subscriber;
    private final Queue<ChatModelStreamingEvent> events = new ConcurrentLinkedQueue<>();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger working = new AtomicInteger();
    private volatile @Nullable Thread starting;
    private volatile boolean cancelled;
    private volatile boolean ended;
    private volatile @Nullable Throwable error;
    private volatile @Nullable RoutedHandle call;

    private EventSubscription(Subscriber<? super ChatModelStreamingEvent> subscriber) {
        this.subscriber = subscriber;
    }

    static void subscribe(
            Subscriber<? super ChatModelStreamingEvent> subscriber,
            Function<StreamingChatResponseHandler, RoutedHandle> start) {
        EventSubscription subscription = new EventSubscription(subscriber);
        subscriber.onSubscribe(subscription);
        if (subscription.cancelled) {
            return;
        }
        subscription.starting = Thread.currentThread();
        RoutedHandle handle = start.apply(subscription);
        subscription.starting = null;
        subscription.call = handle;
        if (subscription.cancelled) {
            handle.cancel();
        }
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            error = new IllegalArgumentException("request(" + n + "): the demand must be positive");
            ended = true;
            events.clear();
            stop();
        } else {
            requested.accumulateAndGet(n, (now, more) -> now + more < 0 ? Long.MAX_VALUE : now + more);
        }
        work();
    }

    @Override
    public void cancel() {
        cancelled = true;
        stop();
    }

    private void stop() {
        RoutedHandle handle = call;
        if (handle != null) {
            handle.cancel();
        }
    }

    private void add(ChatModelStreamingEvent event) {
        events.add(event);
        work();
    }

    private void end(@Nullable Throwable thrown) {
        if (!ended) {
            error = thrown;
            ended = true;
        }
        work();
    }

    /**
     * Whoever comes first works the queue; the others leave a note and go. A model that answers before the subscribing
     * thread is back is heard on another thread, because LangChain4j promises subscribers that.
     */
    private void work() {
        if (working.getAndIncrement() != 0) {
            return;
        }
        if (Thread.currentThread() == starting) {
            Offload.executor().execute(this::workOff);
        } else {
            workOff();
        }
    }

    private void workOff() {
        int notes = 1;
        do {
            passOn();
            notes = working.addAndGet(-notes);
        } while (notes != 0);
    }

    private void passOn() {
        while (!cancelled) {
            boolean last = ended;
            if (events.isEmpty()) {
                if (last) {
                    cancelled = true;
                    complete();
                }
                return;
            }
            if (requested.get() == 0) {
                return;
            }
            ChatModelStreamingEvent event = events.poll();
            if (event != null) {
                if (requested.get() != Long.MAX_VALUE) {
                    requested.decrementAndGet();
                }
                give(event);
            }
        }
    }

    /** A subscriber that throws has left: the call is cancelled and it hears nothing more. */
    private void give(ChatModelStreamingEvent event) {
        try {
            subscriber.onNext(event);
        } catch (RuntimeException gone) {
            events.clear();
            cancel();
        }
    }

    private void complete() {
        Throwable thrown = error;
        if (thrown != null) {
            subscriber.onError(thrown);
        } else {
            subscriber.onComplete();
        }
    }

    @Override
    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
        add(partial);
    }

    @Override
    public void onPartialThinking(PartialThinking partial, PartialThinkingContext context) {
        add(partial);
    }

    @Override
    public void onPartialToolCall(PartialToolCall partial, PartialToolCallContext context) {
        add(partial);
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall complete) {
        add(complete);
    }

    @Override
    public void onUnmappedRawEvent(Object raw) {
        if (raw instanceof ChatModelStreamingEvent event) {
            add(event);
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        add(new CompleteResponse(response));
        end(null);
    }

    @Override
    public void onError(Throwable thrown) {
        end(thrown);
    }
}
