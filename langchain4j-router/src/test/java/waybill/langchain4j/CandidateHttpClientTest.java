package waybill.langchain4j;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.testing.Answer;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;
import waybill.testing.contract.VirtualTime;

class CandidateHttpClientTest {

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    private OpenAiChatModel blocking() {
        return OpenAiChatModel.builder()
                .httpClientBuilder(CandidateHttpClientBuilder.over(HttpClient.newBuilder()))
                .baseUrl(server.baseUrl())
                .apiKey("none")
                .modelName("first")
                .maxRetries(0)
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    private Candidate<StreamingChatModel> streaming(String model) {
        return Candidate.of(
                model,
                OpenAiStreamingChatModel.builder()
                        .httpClientBuilder(CandidateHttpClientBuilder.over(HttpClient.newBuilder()))
                        .baseUrl(server.baseUrl())
                        .apiKey("none")
                        .modelName(model)
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                model.equals("first") ? Servers.CHEAP : Servers.DEAR);
    }

    private RoutingStreamingChatModel.Builder routing() {
        return RoutingStreamingChatModel.builder(List.of(streaming("first"), streaming("second")))
                .objective(Objective.cheapest());
    }

    private static ChatRequest hello() {
        return ChatRequest.builder().messages(UserMessage.from("hello")).build();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"Retry-After, 2, 2000", "retry-after-ms, 250, 250"})
    void keeps_what_the_headers_say_of_trying_again(String header, String value, long millis) {
        server.answer("first", Answer.error(429, "slow down").header(header, value));
        Throwable thrown = catchThrowable(() -> blocking().chat(hello()));
        Failure failure = new LangChain4jFailures().classify(thrown);
        assertThat(failure.kind()).isEqualTo(FailureKind.RATE_LIMITED);
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void keeps_a_delay_that_is_said_as_a_date() {
        Instant date = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
        server.answer(
                "first",
                Answer.error(429, "slow down")
                        .header(
                                "Retry-After",
                                DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atOffset(ZoneOffset.UTC))));
        Throwable thrown = catchThrowable(() -> blocking().chat(hello()));
        assertThat(new LangChain4jFailures().classify(thrown).retryAfter())
                .as("what was left of the hour when the answer came")
                .isBetween(Duration.ofMinutes(55), Duration.ofHours(1));
    }

    @Test
    void answers_and_streams_as_the_other_client_does() throws Exception {
        server.answer("first", Answer.text("one two three"));
        assertThat(blocking().chat(hello()).aiMessage().text()).isEqualTo("one two three");
        Heard heard = new Heard();
        routing().build().chat(hello(), heard);
        heard.awaitEnd();
        assertThat(heard.text()).isEqualTo("one two three");
    }

    @Test
    void streams_that_stay_open_keep_no_other_waiting() throws Exception {
        server.answer("first", Answer.text("one two").stallAfter(1));
        List<Heard> open = new ArrayList<>();
        for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism() + 4; i++) {
            Heard heard = new Heard();
            routing().build().chat(hello(), heard);
            open.add(heard);
        }
        for (Heard heard : open) {
            heard.awaitFirstToken();
        }
        assertThat(open).allSatisfy(heard -> assertThat(heard.endings()).isZero());
        open.forEach(heard -> heard.handle().cancel());
    }

    @Test
    void a_stream_that_is_given_up_before_it_began_leaves_the_provider() throws Exception {
        server.answer("first", Answer.hang()).answer("second", Answer.text("saved"));
        Heard heard = new Heard();
        VirtualTime time = new VirtualTime();
        routing()
                .tune(router -> router.time(time).timers(time).firstContentWithin(Duration.ofSeconds(1)))
                .build()
                .chat(hello(), heard);
        server.awaitRequests(1, Duration.ofSeconds(60));
        assertThat(time.awaitTimerWithin(Duration.ofMillis(1_001), Duration.ofSeconds(60)))
                .isTrue();
        time.advance(Duration.ofMillis(1_001));
        heard.awaitEnd();
        assertThat(heard.text()).isEqualTo("saved");
        assertThat(server.requests("first").get(0).outcome().get(60, SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void a_subscription_that_is_cancelled_before_the_first_event_leaves_the_provider() throws Exception {
        server.answer("first", Answer.hang());
        Flow.Subscription[] subscription = new Flow.Subscription[1];
        routing().build().chat(hello()).subscribe(new Flow.Subscriber<ChatModelStreamingEvent>() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                subscription[0] = given;
                given.request(1);
            }

            @Override
            public void onNext(ChatModelStreamingEvent event) {
                throw new AssertionError("nothing was sent");
            }

            @Override
            public void onError(Throwable thrown) {
                throw new AssertionError("nothing follows a cancel", thrown);
            }

            @Override
            public void onComplete() {
                throw new AssertionError("nothing follows a cancel");
            }
        });
        server.awaitRequests(1, Duration.ofSeconds(60));
        subscription[0].cancel();
        assertThat(server.requests("first").get(0).outcome().get(60, SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
        assertThat(server.requests("second")).isEmpty();
    }
}
