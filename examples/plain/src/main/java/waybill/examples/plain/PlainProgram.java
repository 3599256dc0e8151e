package waybill.examples.plain;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import waybill.langchain4j.RoutedChatResponse;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.providers.ProviderModels;
import waybill.routing.Candidate;
import waybill.routing.Endpoint;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.Origin;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.Policy;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.x402.Network;

/** Two models that are sold by the call, a wallet with limits, one question; no framework. */
public final class PlainProgram {

    private PlainProgram() {}

    /** Asks the question: {@code <api> <rpc> <question>}; the test key is in {@code WAYBILL_KEY}. */
    public static void main(String[] args) {
        String key = Objects.requireNonNull(System.getenv("WAYBILL_KEY"), "WAYBILL_KEY holds a public test key");
        System.out.println(answer(URI.create(args[0]), URI.create(args[1]), key, Path.of("ledger.db"), args[2]));
    }

    /** The answer, and the receipt of the call. */
    static String answer(URI api, URI rpc, String key, Path ledgerFile, String question) {
        Network network = new Network(84532);
        Policy limits = Policy.defaults()
                .perDay(new BigDecimal("0.25"))
                .allowNetwork(network)
                .allowHost(Origin.of(api).authority());
        try (SqliteLedger ledger = SqliteLedger.open(ledgerFile);
                Wallet wallet = Wallet.builder(DevelopmentSigner.fromEnvironment(key, rpc, network), ledger)
                        .policy(limits)
                        .node(network, rpc)
                        .build()) {
            ProviderModels models = ProviderModels.over(() -> PayingHttpClient.builder(wallet));
            RoutingChatModel model = RoutingChatModel.builder(
                            List.of(candidate(models, api, "small", "0.001"), candidate(models, api, "large", "0.015")))
                    .objective(Objective.cheapest())
                    .build();
            ChatResponse response = model.chat(
                    ChatRequest.builder().messages(UserMessage.from(question)).build());
            return response.aiMessage().text() + "\n"
                    + RoutedChatResponse.receiptOf(response).orElseThrow();
        }
    }

    private static Candidate<ChatModel> candidate(ProviderModels models, URI api, String model, String usd) {
        return Candidate.of(
                model, models.chat(Endpoint.of(Provider.compatible(api), model)), Profile.of(Price.perCall(usd)));
    }
}
