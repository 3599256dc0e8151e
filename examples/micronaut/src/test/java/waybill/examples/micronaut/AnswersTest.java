package waybill.examples.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.ApplicationContext;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.configuration.OpenWallet;
import waybill.examples.shop.ModelShop;
import waybill.testing.Answer;

class AnswersTest {

    @TempDir
    private Path folder;

    @Test
    void an_injected_model_routes_and_pays_on_the_chain() throws Exception {
        try (ModelShop shop = ModelShop.open(folder)
                        .sell("small", "0.001", Answer.text("About 100 ETH."))
                        .sell("large", "0.015", Answer.text("Exactly 100.03 ETH."));
                ApplicationContext context = ApplicationContext.run(Map.of(
                        "SHOP", shop.api().toString(),
                        "RPC", shop.rpc().toString(),
                        "WAYBILL_KEY", shop.buyerKey(),
                        "waybill.wallet.ledger", folder.resolve("ledger.db").toString()))) {
            Answers answers = context.getBean(Answers.class);
            assertThat(answers.to("What is in the pool?")).isEqualTo("About 100 ETH.");
            shop.withdraw("small");
            assertThat(answers.to("And exactly?")).isEqualTo("Exactly 100.03 ETH.");
            assertThat(shop.earned().longValueExact()).isEqualTo(16_000);
            assertThat(context.getBean(OpenWallet.class).wallet().totals().settled())
                    .isNotEmpty();
        }
    }
}
