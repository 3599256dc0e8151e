package waybill.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers everything that a streaming handler is told. */
class Heard implements StreamingChatResponseHandler {

    private final List<String> tokens = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch end = new CountDownLatch(1);
    private final CountDownLatch firstToken = new CountDownLatch(1);
    private final AtomicInteger endings = new AtomicInteger();
    private final AtomicInteger toolParts = new AtomicInteger();
    private volatile StreamingHandle handle;
    private volatile ChatResponse response;
    private volatile Throwable error;

    @Override
    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
        handle = context.streamingHandle();
        tokens.add(partial.text());
        firstToken.countDown();
    }

    @Override
    public void onPartialToolCall(PartialToolCall partial) {
        toolParts.incrementAndGet();
    }

    @Override
    public void onCompleteResponse(ChatResponse complete) {
        response = complete;
        endings.incrementAndGet();
        end.countDown();
    }

    @Override
    public void onError(Throwable thrown) {
        error = thrown;
        endings.incrementAndGet();
        end.countDown();
    }

    void awaitEnd() throws InterruptedException {
        if (!end.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the stream did not end; heard " + tokens);
        }
    }

    /** Whether the stream has ended, or does within so much. */
    boolean endsWithin(Duration atMost) throws InterruptedException {
        return end.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    void awaitFirstToken() throws InterruptedException {
        if (!firstToken.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("no token came");
        }
    }

    List<String> tokens() {
        return List.copyOf(tokens);
    }

    String text() {
        return String.join("", tokens());
    }

    int toolParts() {
        return toolParts.get();
    }

    int endings() {
        return endings.get();
    }

    StreamingHandle handle() {
        return handle;
    }

    ChatResponse response() {
        return response;
    }

    Throwable error() {
        return error;
    }
}
