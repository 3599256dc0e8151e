package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.langchain4j.RoutingChatModel;
import waybill.routing.AskedPrices;
import waybill.routing.Candidate;
import waybill.routing.Catalogue;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentCode;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.PriceTags;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;

/** Sellers' price tags rank them before a prompt is sent; their bills only confirm, and correct, what was seen. */
class TaggedPriceTest {
    @TempDir
    private Path folder;

    private final HttpClient plain = HttpClient.newHttpClient();

    /** Where wallet and router meet: what sellers were seen to ask, as prices of the models listed under their names. */
    private static Supplier<Catalogue> catalogue(PriceTags tags, Map<String, ModelForSale> sellers) {
        StringBuilder lines = new StringBuilder("source what sellers say 2026-11-01\n");
        sellers.keySet().forEach(name -> lines.append("model ").append(name).append(" price=unknown\n"));
        Catalogue unpriced = Catalogue.empty().with("sellers", lines.toString());
        AskedPrices prices = AskedPrices.over(unpriced, "their own lists", () -> LocalDate.of(2026, 11, 22));
        for (Map.Entry<String, ModelForSale> seller : sellers.entrySet()) {
            URI api = seller.getValue().api();
            prices = prices.with(seller.getKey(), () -> tags.usdPerCall(api, ModelForSale.MODEL));
        }
        return prices;
    }

    private static Candidate<ChatModel> candidate(
            String name, ModelForSale seller, Wallet wallet, Supplier<Catalogue> catalogue) {
        ChatModel model = OpenAiChatModel.builder()
                .baseUrl(seller.api().toString())
                .apiKey("none")
                .modelName(ModelForSale.MODEL)
                .maxRetries(0)
                .customHeaders(() -> wallet.priceTags().asPlanned(seller.api(), ModelForSale.MODEL))
                .httpClientBuilder(JdkHttpClient.builder().httpClientBuilder(PayingHttpClient.builder(wallet)))
                .build();
        return Candidate.named(name, model, catalogue.get());
    }

    @Test
    void the_cheaper_tag_goes_first_until_it_rises_and_a_dearer_bill_is_refused_unsigned() throws Exception {
        try (ModelForSale a = ModelForSale.asking("0.01", "from a");
                ModelForSale b = ModelForSale.asking("0.03", "from b");
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = ModelForSale.buyer(ledger, a, b)) {
            PriceTags tags = wallet.priceTags();
            Supplier<Catalogue> catalogue = catalogue(tags, Map.of("shop/a", a, "shop/b", b));
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            candidate("shop/b", b, wallet, catalogue), candidate("shop/a", a, wallet, catalogue)))
                    .objective(Objective.cheapest())
                    .catalogue(catalogue)
                    .build();
            assertThat(catalogue.get().get("shop/a").profile().price()).isEqualTo(Price.unknown());
            tags.readModels(plain, a.api());
            tags.readModels(plain, b.api());
            assertThat(a.prompts() + b.prompts()).isZero();

            assertThat(model.chat("First?")).isEqualTo("from a");
            assertThat(b.prompts()).isZero();

            a.lists("0.09");
            a.asks("0.09");
            tags.readModels(plain, a.api());
            assertThat(model.chat("Second?")).isEqualTo("from b");
            assertThat(a.paid()).isEqualTo(1);

            b.asks("0.30"); // and still lists 0.03
            assertThat(model.chat("Third?")).isEqualTo("from a");
            assertThat(b.paid()).isEqualTo(1);
            assertThat(wallet.payments(10))
                    .filteredOn(line -> line.state() == PaymentState.DENIED)
                    .extracting(PaymentRecord::code)
                    .containsExactly(PaymentCode.QUOTE_DRIFT);

            int before = b.prompts();
            assertThat(model.chat("Fourth?")).isEqualTo("from a");
            assertThat(b.prompts()).as("b's bill is its tag now").isEqualTo(before);
            assertThat(wallet.payments(10))
                    .filteredOn(line -> line.state() == PaymentState.SETTLED)
                    .hasSize(4);
        }
    }

    @Test
    void an_absurd_tag_only_ranks_and_buys_nothing() throws Exception {
        try (ModelForSale liar = ModelForSale.asking("0.000001", "bait");
                ModelForSale honest = ModelForSale.asking("0.01", "fair");
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = ModelForSale.buyer(ledger, liar, honest)) {
            liar.asks("0.90");
            Supplier<Catalogue> catalogue =
                    catalogue(wallet.priceTags(), Map.of("shop/liar", liar, "shop/honest", honest));
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            candidate("shop/liar", liar, wallet, catalogue),
                            candidate("shop/honest", honest, wallet, catalogue)))
                    .objective(Objective.cheapest())
                    .catalogue(catalogue)
                    .build();
            wallet.priceTags().readModels(plain, liar.api());
            wallet.priceTags().readModels(plain, honest.api());
            assertThat(model.chat("Hello?")).isEqualTo("fair");
            assertThat(liar.prompts()).isEqualTo(1);
            assertThat(liar.paid()).isZero();
        }
    }
}
