package waybill.benchmarks;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.router.ChatModelWrapper;
import dev.langchain4j.model.router.LowestTokenUsageRoutingStrategy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import waybill.langchain4j.RoutingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Plan;
import waybill.routing.Predictor;

/** From a LangChain4j request to the model that should answer it; nobody is called. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DecisionBenchmark {

    /** How many candidates there are. */
    @Param({"20", "200"})
    public int candidates = 20;

    /** How long the prompt is. */
    @Param({"500", "8000"})
    public int characters = 500;

    private String prompt = "";
    private ChatRequest request = request("");
    private RoutingChatModel waybill = model(Pool.waiting(1));
    private KeywordRouter keywords = new KeywordRouter(List.of("", "", "", ""));
    private List<ChatModelWrapper> routes = List.of();
    private final LowestTokenUsageRoutingStrategy incumbent = new LowestTokenUsageRoutingStrategy();

    /** Makes the pool and the prompt. */
    @Setup
    public void prepare() {
        prompt = Prompts.of(characters);
        request = request(prompt);
        List<Candidate<ChatModel>> pool = Pool.waiting(candidates);
        waybill = model(pool);
        keywords = new KeywordRouter(pool.stream().map(Candidate::name).limit(4).toList());
        routes = pool.stream()
                .map(candidate -> new ChatModelWrapper(candidate.model()))
                .toList();
    }

    /** Features, rules, learned predictor, worth, plan. */
    @Benchmark
    public Plan waybill() {
        return waybill.plan(request);
    }

    /** Keyword scoring, whatever the number of candidates. */
    @Benchmark
    public String keywords() {
        return keywords.route(prompt);
    }

    /** The strategy of LangChain4j's community router: the model that has used the fewest tokens; it reads no prompt. */
    @Benchmark
    public ChatModelWrapper incumbent() {
        return incumbent.route(routes, request);
    }

    private static ChatRequest request(String prompt) {
        return ChatRequest.builder().messages(UserMessage.from(prompt + " ")).build();
    }

    private static RoutingChatModel model(List<Candidate<ChatModel>> pool) {
        return RoutingChatModel.builder(pool)
                .tune(router -> router.predictor(Predictor.learned()))
                .build();
    }
}
