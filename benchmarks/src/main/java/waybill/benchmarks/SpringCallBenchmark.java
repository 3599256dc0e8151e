package waybill.benchmarks;

import java.util.List;
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
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import waybill.springai.RoutingChatModel;

/** A whole call in Spring AI over models that answer at once: what is left is the router's own time. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SpringCallBenchmark {

    /** How many candidates there are. */
    @Param({"3", "20"})
    public int candidates = 3;

    private final Prompt prompt = new Prompt(Prompts.of(500));
    private final ChatModel direct = new Instant();
    private ChatModel waybill = direct;

    /** Makes the router. */
    @Setup
    public void prepare() {
        waybill = RoutingChatModel.builder(Pool.candidates(candidates, i -> new Instant()))
                .build();
    }

    /** A blocking call without a router. */
    @Benchmark
    public ChatResponse direct() {
        return direct.call(prompt);
    }

    /** A blocking call through ours. */
    @Benchmark
    public ChatResponse waybill() {
        return waybill.call(prompt);
    }

    /** A stream of one chunk without a router. */
    @Benchmark
    public @Nullable ChatResponse directStream() {
        return direct.stream(prompt).blockLast();
    }

    /** A stream of one chunk through ours. */
    @Benchmark
    public @Nullable ChatResponse waybillStream() {
        return waybill.stream(prompt).blockLast();
    }

    /** Answers at once and does nothing. */
    private static final class Instant implements ChatModel {

        @Override
        public ChatResponse call(Prompt prompt) {
            ChatGenerationMetadata end =
                    ChatGenerationMetadata.builder().finishReason("STOP").build();
            return new ChatResponse(List.of(new Generation(new AssistantMessage("done"), end)));
        }

        @Override
        public Flux<ChatResponse> stream(Prompt prompt) {
            return Flux.just(call(prompt));
        }
    }
}
