package waybill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.router.FailoverStrategy;
import dev.langchain4j.model.router.ModelRouter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import waybill.routing.Snapshot;
import waybill.testing.contract.Company;
import waybill.testing.contract.Fault;
import waybill.testing.contract.Heard;
import waybill.testing.contract.Provider;
import waybill.testing.contract.Routed;
import waybill.testing.contract.Setup;
import waybill.testing.contract.Trial;
import waybill.testing.contract.Way;

/**
 * LangChain4j's community router, with its failover strategy, through the same faults beside another candidate. It keeps
 * no account of its candidates and writes no receipt, so only what its caller and the providers see is judged.
 */
class IncumbentTableTest {

    private static final Duration TIMEOUT = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String TITLE = "**LangChain4j's community `ModelRouter` 1.16.0-beta26: faults**";

    @Test
    @Tag("slow") // it waits in real time for what never ends
    void the_incumbents_table_is_what_ran() throws Exception {
        Way chat = Way.whole("chat", IncumbentTableTest::blocking);
        Way handler = Way.streamed("handler", IncumbentTableTest::streaming);
        Trial warm =
                Trial.of(chat, Fault.all().get(5), Company.ANOTHER); // loads classes, which takes longer than patience
        assertThat(warm.seen()).isEqualTo("answers");
        StringBuilder table = new StringBuilder(TITLE)
                .append("\n\n| fault | when | chat | handler |\n")
                .append("| --- | --- | --- | --- |\n");
        int right = 0;
        int asked = 0;
        for (Fault fault : Fault.all()) {
            table.append("| ")
                    .append(fault.name())
                    .append(" | ")
                    .append(fault.phase().words())
                    .append(" |");
            for (Way way : List.of(chat, handler)) {
                String cell = "";
                if (fault.concerns(way)) {
                    Trial trial = Trial.of(way, fault, Company.ANOTHER, timeout(fault), PATIENCE);
                    cell = trial.complaints().isEmpty() ? "right" : "wrong: " + trial.seen();
                    right += trial.complaints().isEmpty() ? 1 : 0;
                    asked++;
                }
                table.append(' ').append(cell).append(" |");
            }
            table.append('\n');
        }
        table.append("\nRight in ").append(right).append(" of ").append(asked).append(".\n");
        Path target = Files.createDirectories(Path.of("target", "incumbent"));
        Files.writeString(target.resolve("faults.md"), table);
        assertThat(Files.readString(Path.of("..", "docs", "faults.md")))
                .as("target/incumbent/faults.md has what ran")
                .contains(table);
    }

    /** Only what is silent is to be given up by its client: it has no limits of its own. */
    private static Duration timeout(Fault fault) {
        return fault.end() == Fault.End.ITSELF || fault.end() == Fault.End.WAIT ? PATIENCE : TIMEOUT;
    }

    private static Routed blocking(List<Provider> providers, Setup setup) {
        ChatModel router = ModelRouter.builder()
                .addRoutes(providers.stream()
                        .map(provider -> OpenAiChatModel.builder()
                                .baseUrl(provider.baseUrl())
                                .apiKey("none")
                                .modelName(provider.name())
                                .maxRetries(0)
                                .timeout(provider.timeout())
                                .build())
                        .toArray(ChatModel[]::new))
                .routingStrategy(new FailoverStrategy())
                .build();
        return new Unaccounted() {
            @Override
            public Runnable start(String prompt, Heard heard) {
                return heard.waiting(() -> new Heard.Answered(
                        router.chat(request(prompt)).aiMessage().text(), null));
            }
        };
    }

    private static Routed streaming(List<Provider> providers, Setup setup) {
        StreamingChatModel[] models = providers.stream()
                .map(provider -> OpenAiStreamingChatModel.builder()
                        .baseUrl(provider.baseUrl())
                        .apiKey("none")
                        .modelName(provider.name())
                        .timeout(provider.timeout())
                        .build())
                .toArray(StreamingChatModel[]::new);
        return new Unaccounted() {
            @Override
            public Runnable start(String prompt, Heard heard) {
                try {
                    StreamingChatModel router = ModelRouter.builder()
                            .addRoutes(models[0])
                            .defaultRoute(models[models.length - 1])
                            .routingStrategy(new FailoverStrategy())
                            .build();
                    router.chat(request(prompt), new Told(heard));
                } catch (RuntimeException thrown) {
                    heard.failed(thrown);
                }
                return () -> {};
            }
        };
    }

    private static ChatRequest request(String prompt) {
        return ChatRequest.builder().messages(UserMessage.from(prompt)).build();
    }

    private abstract static class Unaccounted implements Routed {
        @Override
        public Snapshot snapshot() {
            return null;
        }
    }

    private record Told(Heard heard) implements StreamingChatResponseHandler {

        @Override
        public void onPartialResponse(String partial) {
            heard.token(partial);
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            heard.answered(new Heard.Answered(response.aiMessage().text(), null));
        }

        @Override
        public void onError(Throwable error) {
            heard.failed(error);
        }
    }
}
