package waybill.gateway;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import waybill.langchain4j.RoutedChatResponse;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Hints;
import waybill.routing.Modality;
import waybill.routing.Profile;
import waybill.routing.Receipt;
import waybill.seller.PriceTag;
import waybill.x402.Amount;

/** Stocks the shelf: makes the models of the settings, with their keys from the environment and their price tags. */
final class Shelf {

    /** What a payment must outlive beyond the model's own timeout: the settlement. */
    private static final Duration SETTLING = Duration.ofSeconds(60);

    private static final Duration LONGEST = Duration.ofMinutes(14);

    private final GatewaySettings settings;
    private final Map<String, String> environment;
    private final HttpClient http;
    private final ScheduledExecutorService timer;
    private final Executor readers;
    private final InstantSource clock;

    Shelf(
            GatewaySettings settings,
            Map<String, String> environment,
            HttpClient http,
            ScheduledExecutorService timer,
            Executor readers,
            InstantSource clock) {
        this.settings = settings;
        this.environment = environment;
        this.http = http;
        this.timer = timer;
        this.readers = readers;
        this.clock = clock;
    }

    /** Every model of the settings, in order, and after them the router over all of them. */
    List<SoldModel> stock() {
        List<String> problems = new ArrayList<>();
        List<SoldModel> shelf = new ArrayList<>();
        for (int i = 0; i < settings.models().size(); i++) {
            ModelSettings model = settings.models().get(i);
            String keyEnv = model.apiKeyEnv();
            String key = keyEnv == null ? null : environment.get(keyEnv);
            if (keyEnv != null && (key == null || key.isBlank())) {
                problems.add(GatewaySettings.ROOT + ".models[" + i + "].api-key-env names " + keyEnv
                        + ", which is not set in the environment.");
            } else {
                shelf.add(sold(model, key));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        shelf.add(auto(shelf));
        return shelf;
    }

    private SoldModel auto(List<SoldModel> models) {
        List<Candidate<ChatModel>> plain = new ArrayList<>();
        List<Candidate<StreamingChatModel>> streaming = new ArrayList<>();
        Set<Modality> inputs = EnumSet.of(Modality.TEXT);
        Duration longest = Duration.ZERO;
        for (int i = 0; i < models.size(); i++) {
            SoldModel model = models.get(i);
            ModelSettings its = settings.models().get(i);
            plain.add(Candidate.of(model.id(), model.plain(), its.profile()));
            streaming.add(Candidate.of(model.id(), model.streaming(), its.profile()));
            inputs.addAll(model.inputs());
            longest = longest.compareTo(its.timeout()) > 0 ? longest : its.timeout();
        }
        Duration deadline = longest.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : longest.multipliedBy(2);
        Hints hints = Hints.NONE.withDeadline(deadline);
        return new SoldModel(
                GatewaySettings.AUTO,
                RoutingChatModel.builder(plain)
                        .objective(settings.objective())
                        .defaults(hints)
                        .classifier(Failures::refusal)
                        .build(),
                RoutingStreamingChatModel.builder(streaming)
                        .objective(settings.objective())
                        .defaults(hints)
                        .classifier(Failures::refusal)
                        .build(),
                tag(settings.autoPrice(), "One answer of the model that fits best", deadline),
                settings.autoPrice() == null ? dearest(models) : null,
                models.stream().mapToInt(SoldModel::contextTokens).max().orElse(0),
                models.stream().mapToInt(SoldModel::outputTokens).max().orElse(0),
                models.stream().anyMatch(SoldModel::tools),
                models.stream().anyMatch(SoldModel::jsonSchema),
                inputs,
                answer -> RoutedChatResponse.receiptOf(answer)
                        .flatMap(Receipt::answeredBy)
                        .orElse(GatewaySettings.AUTO));
    }

    private SoldModel sold(ModelSettings model, @Nullable String key) {
        HttpClientBuilder client = new UpstreamClient(http, model.timeout(), timer, readers, clock).asBuilder();
        ChatModel plain = OpenAiChatModel.builder()
                .httpClientBuilder(client)
                .baseUrl(model.baseUrl().toString())
                .apiKey(key)
                .modelName(model.upstreamModel())
                .returnThinking(true)
                .maxRetries(0)
                .build();
        StreamingChatModel streaming = OpenAiStreamingChatModel.builder()
                .httpClientBuilder(client)
                .baseUrl(model.baseUrl().toString())
                .apiKey(key)
                .modelName(model.upstreamModel())
                .returnThinking(true)
                .build();
        Profile profile = model.profile();
        return new SoldModel(
                model.id(),
                plain,
                streaming,
                tag(model.price(), "One answer of the model " + model.id(), model.timeout()),
                metered(model),
                profile.contextTokens(),
                profile.outputTokens(),
                profile.tools(),
                profile.jsonSchema(),
                profile.inputs(),
                answer -> model.id());
    }

    private @Nullable MeteredPrice metered(ModelSettings model) {
        GatewaySettings.Selling selling = settings.selling();
        ModelSettings.PerMillion perMillion = model.perMillion();
        if (perMillion == null || selling == null) {
            return null;
        }
        return new MeteredPrice(
                perMillion.in(selling.asset()),
                selling.asset(),
                selling.payTo(),
                "The use of the model " + model.id() + ", by its tokens",
                (int) LONGEST.plus(SETTLING).toSeconds());
    }

    /** The router may pick any model: where all that are sold are sold by use, its tokens cost as much as the dearest. */
    private static @Nullable MeteredPrice dearest(List<SoldModel> models) {
        MeteredPrice dearest = null;
        for (SoldModel model : models) {
            MeteredPrice price = model.metered();
            if (price != null) {
                dearest = new MeteredPrice(
                        dearest == null ? price.price() : dearest.price().max(price.price()),
                        price.asset(),
                        price.payTo(),
                        "The use of the model that fits best, by its tokens",
                        price.seconds());
            }
        }
        return dearest;
    }

    private @Nullable PriceTag tag(@Nullable String price, String what, Duration longest) {
        Amount amount = settings.priceOf(price);
        GatewaySettings.Selling selling = settings.selling();
        if (amount == null || selling == null) {
            return null;
        }
        return PriceTag.of(amount, selling.payTo())
                .described(what, "application/json")
                .lasting((int) longest.plus(SETTLING).toSeconds());
    }
}
