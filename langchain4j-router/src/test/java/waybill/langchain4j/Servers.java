package waybill.langchain4j;

import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.testing.ScriptedModelServer;

/** Real OpenAI clients against a scripted server, without retries of their own. */
final class Servers {

    static final Profile CHEAP = Profile.of(Price.perMillion("0.10", "0.40")).withOutputLimit(1_000);
    static final Profile DEAR = Profile.of(Price.perMillion("5", "20")).withOutputLimit(1_000);

    private Servers() {}

    static OpenAiChatModel blocking(ScriptedModelServer server, String model) {
        return OpenAiChatModel.builder()
                .baseUrl(server.baseUrl())
                .apiKey("none")
                .modelName(model)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    static OpenAiStreamingChatModel streaming(ScriptedModelServer server, String model) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(server.baseUrl())
                .apiKey("none")
                .modelName(model)
                .timeout(Duration.ofSeconds(60))
                .build();
    }
}
