package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.langchain4j.RoutingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentCode;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;

/** The router ranks by the planned price; a seller that then asks for more is refused unsigned and passed over. */
class PlannedPriceTest {
    @TempDir
    private Path folder;

    private static Candidate<ChatModel> candidate(String name, ModelForSale seller, String planned, Wallet wallet) {
        ChatModel model = OpenAiChatModel.builder()
                .baseUrl(seller.api().toString())
                .apiKey("none")
                .modelName(name)
                .maxRetries(0)
                .customHeaders(Map.of(PayingHttpClient.MAX_PRICE, planned))
                .httpClientBuilder(JdkHttpClient.builder().httpClientBuilder(PayingHttpClient.builder(wallet)))
                .build();
        return Candidate.of(name, model, Profile.of(Price.perCall(planned)));
    }

    @Test
    void a_seller_dearer_than_planned_is_refused_unsigned_and_the_next_candidate_is_paid() throws Exception {
        try (ModelForSale drifter = ModelForSale.asking("0.02", "dear");
                ModelForSale honest = ModelForSale.asking("0.01", "fair");
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = ModelForSale.buyer(ledger, drifter, honest)) {
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            candidate("drifter", drifter, "0.001", wallet),
                            candidate("honest", honest, "0.01", wallet)))
                    .objective(Objective.cheapest())
                    .build();
            assertThat(model.chat("Hello?")).isEqualTo("fair");
            assertThat(drifter.paid()).isZero();
            assertThat(honest.paid()).isEqualTo(1);
            List<PaymentRecord> lines = wallet.payments(10);
            assertThat(lines).extracting(PaymentRecord::state).contains(PaymentState.SETTLED, PaymentState.DENIED);
            assertThat(lines)
                    .filteredOn(line -> line.state() == PaymentState.DENIED)
                    .extracting(PaymentRecord::code)
                    .containsExactly(PaymentCode.QUOTE_DRIFT);
        }
    }
}
