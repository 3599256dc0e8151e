package waybill.examples.manymodels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.ChatModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import waybill.examples.langchain4j.LangChain4jApplication;
import waybill.examples.shop.ModelShop;
import waybill.langchain4j.RoutingChatModel;
import waybill.testing.Answer;
import waybill.wallet.PaymentState;
import waybill.wallet.Wallet;

/** With a starter, application.yml and an {@code @AiService}; two providers' starters make models beside the router. */
class ManyModelsApplicationTest {

    private static final String MANY_MODELS = "--spring.profiles.active=many-models";

    @TempDir
    private Path folder;

    @Test
    void an_ai_service_that_names_the_router_routes_and_pays_among_two_starters_models() throws Exception {
        try (ModelShop shop = ModelShop.open(folder)
                        .sell("small", "0.001", Answer.text("About 100 ETH."))
                        .sell("large", "0.015", Answer.text("Exactly 100.03 ETH."));
                ConfigurableApplicationContext context = SpringApplication.run(
                        ManyModelsApplication.class,
                        MANY_MODELS,
                        "--SHOP=" + shop.api(),
                        "--RPC=" + shop.rpc(),
                        "--WAYBILL_KEY=" + shop.buyerKey(),
                        "--waybill.wallet.ledger=" + folder.resolve("ledger.db"))) {
            assertThat(context.getBeanNamesForType(ChatModel.class))
                    .as("two starters' models and the router")
                    .containsExactlyInAnyOrder("openAiChatModel", "anthropicChatModel", "routingChatModel");
            assertThat(context.getBean(ChatModel.class)).as("the primary one").isInstanceOf(RoutingChatModel.class);
            var answers = context.getBean(ManyModelsApplication.Answers.class);

            assertThat(answers.to("What is in the pool?")).isEqualTo("About 100 ETH.");
            assertThat(shop.earned().longValueExact()).isEqualTo(1_000);

            shop.withdraw("small");
            assertThat(answers.to("And exactly?")).isEqualTo("Exactly 100.03 ETH.");
            assertThat(shop.earned().longValueExact()).isEqualTo(16_000);
            assertThat(context.getBean(Wallet.class).payments(10))
                    .filteredOn(payment -> payment.state() == PaymentState.SETTLED)
                    .extracting(payment -> String.valueOf(payment.amount()))
                    .as("newest first")
                    .first()
                    .isEqualTo("0.015 USDC");
        }
    }

    /** What docs/starters.md warns of: when this no longer holds, the router need not be named. */
    @Test
    void an_ai_service_in_automatic_mode_stops_the_start_and_says_how_to_name_the_router() {
        assertThatThrownBy(() -> SpringApplication.run(LangChain4jApplication.class, MANY_MODELS)
                        .close())
                .hasStackTraceContaining("multiple beans of type dev.langchain4j.model.chat.ChatModel are found")
                .hasStackTraceContaining("routingChatModel")
                .hasStackTraceContaining("@AiService(wiringMode = EXPLICIT, chatModel = \"<beanName>\")");
    }
}
