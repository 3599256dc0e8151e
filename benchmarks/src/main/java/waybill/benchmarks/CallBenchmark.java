package waybill.benchmarks;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.router.LowestTokenUsageRoutingStrategy;
import dev.langchain4j.model.router.ModelRouter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.routing.Predictor;

/** A whole call over models that answer at once: what is left is the router's own time. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallBenchmark {

    private static final int CANDIDATES = 3;

    /** How many tokens a stream has; a blocking call has none of them. */
    @Param({"1", "1001"})
    public int tokens = 1;

    private final ChatRequest request =
            ChatRequest.builder().messages(UserMessage.from(Prompts.of(500))).build();
    private final ChatModel direct = new Pool.Instant();
    private final ChatModel waybill = RoutingChatModel.builder(Pool.waiting(CANDIDATES))
            .tune(router -> router.predictor(Predictor.learned()))
            .build();
    private final ChatModel incumbent = ModelRouter.builder()
            .addRoutes(new Pool.Instant(), new Pool.Instant(), new Pool.Instant())
            .routingStrategy(new LowestTokenUsageRoutingStrategy())
            .build();
    private StreamingChatModel directStream = new Pool.InstantStream(1);
    private StreamingChatModel waybillStream = stream(1);
    private StreamingChatModel incumbentStream = directStream;

    /** Makes streams of the length that is measured. */
    @Setup
    public void prepare() {
        directStream = new Pool.InstantStream(tokens);
        waybillStream = stream(tokens);
        // It takes one streaming route, with a default, and no more: with two it throws.
        incumbentStream = ModelRouter.builder()
                .addRoutes(new Pool.InstantStream(tokens))
                .defaultRoute((StreamingChatModel) new Pool.InstantStream(tokens))
                .routingStrategy(new LowestTokenUsageRoutingStrategy())
                .build();
    }

    private static StreamingChatModel stream(int tokens) {
        return RoutingStreamingChatModel.builder(Pool.streaming(CANDIDATES, tokens))
                .tune(router -> router.predictor(Predictor.learned()))
                .build();
    }

    /** A blocking call without a router. */
    @Benchmark
    public ChatResponse direct() {
        return direct.chat(request);
    }

    /** A blocking call through ours. */
    @Benchmark
    public ChatResponse waybill() {
        return waybill.chat(request);
    }

    /** A blocking call through LangChain4j's community router. */
    @Benchmark
    public ChatResponse incumbent() {
        return incumbent.chat(request);
    }

    /** A stream without a router. */
    @Benchmark
    public Heard directStream() {
        return heard(directStream);
    }

    /** A stream through ours. */
    @Benchmark
    public Heard waybillStream() {
        return heard(waybillStream);
    }

    /** A stream through LangChain4j's community router. */
    @Benchmark
    public Heard incumbentStream() {
        return heard(incumbentStream);
    }

    private Heard heard(StreamingChatModel model) {
        Heard heard = new Heard();
        model.chat(request, heard);
        if (heard.response == null || heard.tokens != tokens) {
            throw new IllegalStateException("heard " + heard.tokens + " tokens of " + tokens, heard.error);
        }
        return heard;
    }

    /** Counts what it hears. */
    public static final class Heard implements StreamingChatResponseHandler {
        private int tokens;
        private @Nullable ChatResponse response;
        private @Nullable Throwable error;

        @Override
        public void onPartialResponse(String text) {
            tokens++;
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            tokens++;
        }

        @Override
        public void onCompleteResponse(ChatResponse answer) {
            this.response = answer;
        }

        @Override
        public void onError(Throwable thrown) {
            this.error = thrown;
        }
    }
}
