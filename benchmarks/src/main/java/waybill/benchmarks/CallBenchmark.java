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
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallBenchmark {

    private static final ChatRequest REQUEST =
            ChatRequest.builder().messages(UserMessage.from(Prompts.of(500))).build();

    /** Models that answer in one piece. */
    @State(Scope.Benchmark)
    public static class Waiting {

        /** How many candidates there are. */
        @Param({"3", "20"})
        public int candidates = 3;

        private final ChatModel direct = new Pool.Instant();
        private ChatModel waybill = direct;
        private ChatModel incumbent = direct;

        /** Makes the routers. */
        @Setup
        public void prepare() {
            waybill = RoutingChatModel.builder(Pool.waiting(candidates))
                    .tune(router -> router.predictor(Predictor.learned()))
                    .build();
            ModelRouter.Builder routes = ModelRouter.builder().routingStrategy(new LowestTokenUsageRoutingStrategy());
            for (int i = 0; i < candidates; i++) {
                routes.addRoutes(new Pool.Instant());
            }
            incumbent = routes.build();
        }
    }

    /** Models that stream. */
    @State(Scope.Benchmark)
    public static class Streams {

        /** How many candidates there are. */
        @Param({"3", "20"})
        public int candidates = 3;

        /** How many tokens a stream has. */
        @Param({"1", "1001"})
        public int tokens = 1;

        private StreamingChatModel direct = new Pool.InstantStream(1);
        private StreamingChatModel waybill = direct;
        private StreamingChatModel incumbent = direct;

        /** Makes streams of the length that is measured. */
        @Setup
        public void prepare() {
            direct = new Pool.InstantStream(tokens);
            waybill = RoutingStreamingChatModel.builder(Pool.streaming(candidates, tokens))
                    .tune(router -> router.predictor(Predictor.learned()))
                    .build();
            // It takes one streaming route, with a default, and no more: with two it throws.
            incumbent = ModelRouter.builder()
                    .addRoutes(new Pool.InstantStream(tokens))
                    .defaultRoute((StreamingChatModel) new Pool.InstantStream(tokens))
                    .routingStrategy(new LowestTokenUsageRoutingStrategy())
                    .build();
        }

        private Heard heard(StreamingChatModel model) {
            Heard heard = new Heard();
            model.chat(REQUEST, heard);
            if (heard.response == null || heard.tokens != tokens) {
                throw new IllegalStateException("heard " + heard.tokens + " tokens of " + tokens, heard.error);
            }
            return heard;
        }
    }

    /** A blocking call without a router. */
    @Benchmark
    public ChatResponse direct(Waiting models) {
        return models.direct.chat(REQUEST);
    }

    /** A blocking call through ours. */
    @Benchmark
    public ChatResponse waybill(Waiting models) {
        return models.waybill.chat(REQUEST);
    }

    /** A blocking call through LangChain4j's community router. */
    @Benchmark
    public ChatResponse incumbent(Waiting models) {
        return models.incumbent.chat(REQUEST);
    }

    /** A stream without a router. */
    @Benchmark
    public Heard directStream(Streams models) {
        return models.heard(models.direct);
    }

    /** A stream through ours. */
    @Benchmark
    public Heard waybillStream(Streams models) {
        return models.heard(models.waybill);
    }

    /** A stream through LangChain4j's community router. */
    @Benchmark
    public Heard incumbentStream(Streams models) {
        return models.heard(models.incumbent);
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
