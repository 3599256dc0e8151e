package waybill.examples.springai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import waybill.examples.shop.ModelShop;
import waybill.testing.Answer;
import waybill.wallet.PaymentState;
import waybill.wallet.Wallet;

/** With a starter, application.yml and an injected ChatClient, and two provider starters beside them. */
class SpringAiApplicationTest {

    @TempDir
    private Path folder;

    @Test
    void an_injected_chat_client_routes_and_pays_on_the_chain() throws Exception {
        try (ModelShop shop = ModelShop.open(folder)
                        .sell("small", "0.001", Answer.text("About 100 ETH."))
                        .sell("large", "0.015", Answer.text("Exactly 100.03 ETH."));
                ConfigurableApplicationContext context = run(shop)) {
            assertThat(context.getBeanNamesForType(ChatModel.class))
                    .as("two starters' models and the router")
                    .containsExactlyInAnyOrder("openAiChatModel", "anthropicChatModel", "springAiRoutingChatModel");
            var answers = context.getBean(SpringAiApplication.Answers.class);

            assertThat(answers.to("What is in the pool?")).isEqualTo("About 100 ETH.");

            shop.withdraw("small");
            assertThat(answers.to("And exactly?")).isEqualTo("Exactly 100.03 ETH.");

            Wallet wallet = context.getBean(Wallet.class);
            assertThat(wallet.payments(10))
                    .filteredOn(payment -> payment.state() == PaymentState.SETTLED)
                    .extracting(payment -> String.valueOf(payment.amount()))
                    .as("newest first")
                    .first()
                    .isEqualTo("0.015 USDC");
            assertThat(shop.earned().longValueExact()).isEqualTo(16_000);
        }
    }

    private ConfigurableApplicationContext run(ModelShop shop) {
        return SpringApplication.run(
                SpringAiApplication.class,
                "--SHOP=" + shop.api(),
                "--RPC=" + shop.rpc(),
                "--WAYBILL_KEY=" + shop.buyerKey(),
                "--waybill.wallet.ledger=" + folder.resolve("ledger.db"));
    }
}
