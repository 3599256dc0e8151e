package waybill.springai;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.Disposable;
import waybill.routing.Candidate;
import waybill.routing.Endpoint;
import waybill.routing.Snapshot;
import waybill.springai.providers.ProviderModels;
import waybill.testing.contract.Heard;
import waybill.testing.contract.Provider;
import waybill.testing.contract.Routed;
import waybill.testing.contract.RoutingContract;
import waybill.testing.contract.Setup;
import waybill.testing.contract.Way;

/** The contract, kept in Spring AI's two ways of calling, over the models that {@link ProviderModels} makes. */
class SpringAiContractTest extends RoutingContract {

    @Override
    protected String binding() {
        return "Spring AI";
    }

    @Override
    protected Optional<Path> published() {
        return Optional.of(Path.of("..", "docs", "faults.md"));
    }

    @Override
    protected List<Way> ways() {
        return List.of(
                Way.whole("call", (providers, setup) -> new Called(model(providers, setup))),
                Way.streamed("stream", (providers, setup) -> new Streaming(model(providers, setup))));
    }

    private static RoutingChatModel model(List<Provider> providers, Setup setup) {
        return RoutingChatModel.builder(providers.stream()
                        .map(provider -> Candidate.<ChatModel>of(
                                provider.name(), ProviderModels.plain().chat(endpoint(provider)), provider.profile()))
                        .toList())
                .tune(setup.tuning()::accept)
                .build();
    }

    private static Endpoint endpoint(Provider provider) {
        return Endpoint.of(waybill.routing.Provider.named("openai"), provider.name())
                .withKey("none")
                .withUrl(URI.create(provider.baseUrl()))
                .within(provider.timeout(), provider.timeout());
    }

    private record Called(RoutingChatModel model) implements Routed {

        @Override
        public Runnable start(String prompt, Heard heard) {
            return heard.waiting(() -> {
                ChatResponse response = model.call(new Prompt(prompt));
                return new Heard.Answered(
                        Responses.text(response),
                        RoutingChatModel.receiptOf(response).orElse(null));
            });
        }

        @Override
        public Snapshot snapshot() {
            return model.snapshot();
        }
    }

    private record Streaming(RoutingChatModel model) implements Routed {

        @Override
        public Runnable start(String prompt, Heard heard) {
            StringBuilder said = new StringBuilder();
            AtomicReference<ChatResponse> last = new AtomicReference<>();
            Disposable stream = model.stream(new Prompt(prompt))
                    .subscribe(
                            chunk -> {
                                said.append(Responses.text(chunk));
                                heard.token(Responses.text(chunk));
                                last.set(chunk);
                            },
                            heard::failed,
                            () -> heard.answered(new Heard.Answered(
                                    said.toString(),
                                    RoutingChatModel.receiptOf(last.get()).orElse(null))));
            return stream::dispose;
        }

        @Override
        public Snapshot snapshot() {
            return model.snapshot();
        }
    }
}
