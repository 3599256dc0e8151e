package waybill.springboot;

import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import org.springframework.ai.chat.client.ChatClientBuilderCustomizer;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import waybill.configuration.DeclaredCandidate;
import waybill.configuration.Watched;
import waybill.routing.Candidate;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;
import waybill.springai.RoutingAdvisor;
import waybill.springai.RoutingChatModel;
import waybill.springai.providers.ProviderModels;

/**
 * The routing model for Spring AI, which {@code ChatClient.Builder} takes because it is the primary one among any number of
 * models that other starters make. Beans of {@link Rule}, {@link RoutingListener} and {@link ObservationRegistry} are
 * heeded; a routing model of the application's own takes this one's place.
 */
@AutoConfiguration(
        after = WaybillWalletAutoConfiguration.class,
        beforeName = "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration")
@ConditionalOnClass({ChatModel.class, OpenAiChatModel.class, RoutingChatModel.class})
@ConditionalOnBooleanProperty(name = "waybill.enabled", matchIfMissing = true)
public final class WaybillSpringAiAutoConfiguration {

    /** How endpoint, health and meters call it. */
    static final String ROUTER = "spring ai";

    /** Made by Spring. */
    WaybillSpringAiAutoConfiguration() {}

    @Bean
    @Primary
    @ConditionalOnMissingBean
    RoutingChatModel springAiRoutingChatModel(RouterOptions options, ObjectProvider<ObservationRegistry> observations) {
        ObservationRegistry registry = observations.getIfUnique(() -> ObservationRegistry.NOOP);
        List<Candidate<ChatModel>> candidates = new ArrayList<>();
        for (DeclaredCandidate declared : options.roster().candidates()) {
            candidates.add(declared.with(
                    ProviderModels.over(declared.clients()).observedBy(registry).chat(declared.endpoint())));
        }
        return RoutingChatModel.builder(candidates)
                .observationRegistry(registry)
                .tune(router -> options.tune(ROUTER, router))
                .build();
    }

    /** Hints from a request's context and the receipt in the response's, for every {@code ChatClient} that is built. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ChatClientBuilderCustomizer.class)
    static final class Hinting {

        @Bean
        @ConditionalOnMissingBean
        RoutingAdvisor waybillRoutingAdvisor() {
            return new RoutingAdvisor();
        }

        @Bean
        ChatClientBuilderCustomizer waybillRoutingAdvice(RoutingAdvisor advisor) {
            return builder -> builder.defaultAdvisors(advisor);
        }
    }

    @Bean
    Watched watchedSpringAiRoutingChatModel(RoutingChatModel model, RouterOptions options) {
        return options.watched(ROUTER, model::snapshot);
    }
}
