package waybill.springai;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import waybill.routing.Candidate;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.testing.ScriptedModelServer;

/** Spring AI's OpenAI model, on the vendor's own SDK, against a scripted server, without retries of its own. */
final class Servers {

    static final Profile CHEAP = Profile.of(Price.perMillion("0.10", "0.40")).withOutputLimit(1_000);
    static final Profile DEAR = Profile.of(Price.perMillion("5", "20")).withOutputLimit(1_000);

    private Servers() {}

    static OpenAiChatModel model(ScriptedModelServer server, String model) {
        return model(server, model, options -> options);
    }

    static OpenAiChatModel model(
            ScriptedModelServer server, String model, UnaryOperator<OpenAiChatOptions.Builder> more) {
        return OpenAiChatModel.builder()
                .options(more.apply(OpenAiChatOptions.builder()
                                .baseUrl(server.baseUrl())
                                .apiKey("none")
                                .model(model)
                                .maxRetries(0)
                                .timeout(Duration.ofSeconds(60)))
                        .build())
                .build();
    }

    /** A router that prefers "first", the cheap one, over "second". */
    static RoutingChatModel.Builder firstThenSecond(ScriptedModelServer server) {
        return RoutingChatModel.builder(List.of(
                        Candidate.<ChatModel>of("first", model(server, "first"), CHEAP),
                        Candidate.<ChatModel>of("second", model(server, "second"), DEAR)))
                .objective(Objective.cheapest());
    }
}
