package waybill.langchain4j;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import waybill.routing.Candidate;
import waybill.routing.Snapshot;
import waybill.testing.contract.Heard;
import waybill.testing.contract.Provider;
import waybill.testing.contract.Routed;
import waybill.testing.contract.RoutingContract;
import waybill.testing.contract.Setup;
import waybill.testing.contract.Way;

/** The contract, kept in LangChain4j's four ways of calling, over its OpenAI models. */
class LangChain4jContractTest extends RoutingContract {

    @Override
    protected String binding() {
        return "LangChain4j";
    }

    @Override
    protected Optional<Path> published() {
        return Optional.of(Path.of("..", "docs", "faults.md"));
    }

    @Override
    protected List<Way> ways() {
        return List.of(
                Way.whole("chat", (providers, setup) -> new Blocking(model(providers, setup))),
                Way.whole("chatAsync", (providers, setup) -> new Async(model(providers, setup))),
                Way.streamed("handler", (providers, setup) -> new Handler(streaming(providers, setup)))
                        .leavingByToken(),
                Way.streamed("publisher", (providers, setup) -> new Published(streaming(providers, setup))));
    }

    private static RoutingChatModel model(List<Provider> providers, Setup setup) {
        return RoutingChatModel.builder(providers.stream()
                        .map(provider -> Candidate.<ChatModel>of(
                                provider.name(),
                                OpenAiChatModel.builder()
                                        .httpClientBuilder(CandidateHttpClientBuilder.over(HttpClient.newBuilder()))
                                        .baseUrl(provider.baseUrl())
                                        .apiKey("none")
                                        .modelName(provider.name())
                                        .maxRetries(0)
                                        .timeout(provider.timeout())
                                        .build(),
                                provider.profile()))
                        .toList())
                .executor(setup.executor())
                .tune(setup.tuning()::accept)
                .build();
    }

    private static RoutingStreamingChatModel streaming(List<Provider> providers, Setup setup) {
        return RoutingStreamingChatModel.builder(providers.stream()
                        .map(provider -> Candidate.<StreamingChatModel>of(
                                provider.name(),
                                OpenAiStreamingChatModel.builder()
                                        .httpClientBuilder(CandidateHttpClientBuilder.over(HttpClient.newBuilder()))
                                        .baseUrl(provider.baseUrl())
                                        .apiKey("none")
                                        .modelName(provider.name())
                                        .timeout(provider.timeout())
                                        .build(),
                                provider.profile()))
                        .toList())
                .executor(setup.executor())
                .tune(setup.tuning()::accept)
                .build();
    }

    private static ChatRequest request(String prompt) {
        return ChatRequest.builder().messages(UserMessage.from(prompt)).build();
    }

    private static Heard.Answered answered(ChatResponse response) {
        return new Heard.Answered(
                response.aiMessage().text(),
                RoutedChatResponse.receiptOf(response).orElse(null));
    }

    private record Blocking(RoutingChatModel model) implements Routed {

        @Override
        public Runnable start(String prompt, Heard heard) {
            return heard.waiting(() -> answered(model.chat(request(prompt))));
        }

        @Override
        public Snapshot snapshot() {
            return model.snapshot();
        }
    }

    private record Async(RoutingChatModel model) implements Routed {

        @Override
        public Runnable start(String prompt, Heard heard) {
            CompletableFuture<ChatResponse> future = model.chatAsync(request(prompt));
            future.whenComplete((response, error) -> {
                if (response != null) {
                    heard.answered(answered(response));
                } else if (!(error instanceof CancellationException)) {
                    heard.failed(error instanceof CompletionException ? error.getCause() : error);
                }
            });
            return () -> future.cancel(true);
        }

        @Override
        public Snapshot snapshot() {
            return model.snapshot();
        }
    }

    private record Handler(RoutingStreamingChatModel model) implements Routed {

        @Override
        public Runnable start(String prompt, Heard heard) {
            AtomicReference<StreamingHandle> handle = new AtomicReference<>();
            model.chat(request(prompt), new StreamingChatResponseHandler() {
                @Override
                public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                    handle.set(context.streamingHandle());
                    heard.token(partial.text());
                }

                @Override
                public void onCompleteResponse(ChatResponse response) {
                    heard.answered(answered(response));
                }

                @Override
                public void onError(Throwable error) {
                    heard.failed(error);
                }
            });
            return () -> handle.get().cancel();
        }

        @Override
        public Snapshot snapshot() {
            return model.snapshot();
        }
    }

    private record Published(RoutingStreamingChatModel model) implements Routed {

        @Override
        public Runnable start(String prompt, Heard heard) {
            AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();
            model.chat(request(prompt)).subscribe(new Flow.Subscriber<ChatModelStreamingEvent>() {
                private Heard.Answered whole;

                @Override
                public void onSubscribe(Flow.Subscription given) {
                    subscription.set(given);
                    given.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(ChatModelStreamingEvent event) {
                    if (event instanceof PartialResponse partial) {
                        heard.token(partial.text());
                    } else if (event instanceof CompleteResponse complete) {
                        whole = answered(complete.chatResponse());
                    }
                }

                @Override
                public void onError(Throwable error) {
                    heard.failed(error);
                }

                @Override
                public void onComplete() {
                    heard.answered(whole);
                }
            });
            return () -> subscription.get().cancel();
        }

        @Override
        public Snapshot snapshot() {
            return model.snapshot();
        }
    }
}
