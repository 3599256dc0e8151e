package waybill.wallet;

import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import java.time.Duration;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.openai.OpenAiChatOptions;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.tools.WalletTools;
import waybill.wallet.tools.langchain4j.WalletToolProvider;
import waybill.wallet.tools.springai.WalletToolCallbacks;

/** An agent of each framework, with its own OpenAI client and its own tool loop, over the same tools. */
enum Agents {
    LANGCHAIN4J {
        @Override
        Agent over(ScriptedModelServer models, WalletTools tools) {
            return AiServices.builder(Agent.class)
                    .chatModel(OpenAiChatModel.builder()
                            .baseUrl(models.baseUrl())
                            .apiKey("none")
                            .modelName(MODEL)
                            .maxRetries(0)
                            .timeout(Duration.ofSeconds(60))
                            .build())
                    .toolProvider(new WalletToolProvider(tools))
                    .build();
        }
    },
    SPRING_AI {
        @Override
        Agent over(ScriptedModelServer models, WalletTools tools) {
            ChatClient client = ChatClient.create(org.springframework.ai.openai.OpenAiChatModel.builder()
                    .options(OpenAiChatOptions.builder()
                            .baseUrl(models.baseUrl())
                            .apiKey("none")
                            .model(MODEL)
                            .maxRetries(0)
                            .timeout(Duration.ofSeconds(60))
                            .build())
                    .build());
            return question -> String.valueOf(client.prompt()
                    .user(question)
                    .tools(WalletToolCallbacks.of(tools.turn()).toArray())
                    .call()
                    .content());
        }
    };

    static final String MODEL = "scripted";

    /** One question of a person's, one answer; between them the framework runs the tools. */
    interface Agent {
        String ask(String question);
    }

    abstract Agent over(ScriptedModelServer models, WalletTools tools);
}
