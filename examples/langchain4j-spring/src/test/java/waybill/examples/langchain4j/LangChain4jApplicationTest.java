package waybill.examples.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.ChatModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import waybill.examples.shop.ModelShop;
import waybill.testing.Answer;
import waybill.wallet.PaymentState;
import waybill.wallet.Wallet;

/** With a starter, application.yml and an {@code @AiService}; a provider's starter without a key stands beside them. */
class LangChain4jApplicationTest {

    @TempDir
    private Path folder;

    @Test
    void an_ai_service_routes_and_pays_on_the_chain() throws Exception {
        try (ModelShop shop = ModelShop.open(folder)
                        .sell("small", "0.001", Answer.text("About 100 ETH."))
                        .sell("large", "0.015", Answer.text("Exactly 100.03 ETH."));
                ConfigurableApplicationContext context = SpringApplication.run(
                        LangChain4jApplication.class,
                        "--SHOP=" + shop.api(),
                        "--RPC=" + shop.rpc(),
                        "--WAYBILL_KEY=" + shop.buyerKey(),
                        "--waybill.wallet.ledger=" + folder.resolve("ledger.db"))) {
            assertThat(context.getBeanNamesForType(ChatModel.class)).containsExactly("routingChatModel");
            var answers = context.getBean(LangChain4jApplication.Answers.class);

            assertThat(answers.to("What is in the pool?")).isEqualTo("About 100 ETH.");
            assertThat(shop.earned().longValueExact()).isEqualTo(1_000);

            shop.withdraw("small");
            assertThat(answers.to("And exactly?")).isEqualTo("Exactly 100.03 ETH.");
            assertThat(context.getBean(Wallet.class).payments(10))
                    .filteredOn(payment -> payment.state() == PaymentState.SETTLED)
                    .extracting(payment -> String.valueOf(payment.amount()))
                    .contains("0.015 USDC");
        }
    }
}
