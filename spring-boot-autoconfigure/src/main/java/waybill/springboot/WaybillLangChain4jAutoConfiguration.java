package waybill.springboot;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import waybill.configuration.DeclaredCandidate;
import waybill.configuration.Watched;
import waybill.langchain4j.CascadeCheck;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.langchain4j.providers.ProviderModels;
import waybill.routing.Candidate;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;

/**
 * The routing models for LangChain4j. Their candidates are no beans, so that an {@code @AiService} in automatic mode meets
 * one {@link ChatModel}. Beans of {@link Rule}, {@link RoutingListener}, {@link CascadeCheck} and {@link ChatModelListener}
 * are heeded; a routing model of the application's own takes this one's place.
 */
@AutoConfiguration(after = WaybillWalletAutoConfiguration.class)
@ConditionalOnClass({ChatModel.class, OpenAiChatModel.class, RoutingChatModel.class})
@ConditionalOnBooleanProperty(name = "waybill.enabled", matchIfMissing = true)
public final class WaybillLangChain4jAutoConfiguration {

    private static final String ROUTER = "langchain4j";
    private static final String STREAMING_ROUTER = "langchain4j streaming";

    /** Made by Spring. */
    WaybillLangChain4jAutoConfiguration() {}

    @Bean
    @Primary
    @ConditionalOnMissingBean
    RoutingChatModel routingChatModel(
            RouterOptions options, ObjectProvider<ChatModelListener> hearers, ObjectProvider<CascadeCheck> check) {
        List<Candidate<ChatModel>> candidates = new ArrayList<>();
        for (DeclaredCandidate declared : options.roster().candidates()) {
            candidates.add(declared.with(ProviderModels.over(declared.clients()).chat(declared.endpoint())));
        }
        RoutingChatModel.Builder builder = RoutingChatModel.builder(candidates)
                .listeners(hearers.orderedStream().toList())
                .tune(router -> options.tune(ROUTER, router));
        if (options.roster().cascade()) {
            builder.cascade(check.getIfAvailable(CascadeCheck::followsFormat));
        }
        return builder.build();
    }

    @Bean
    @Primary
    @ConditionalOnMissingBean
    RoutingStreamingChatModel routingStreamingChatModel(
            RouterOptions options, ObjectProvider<ChatModelListener> hearers) {
        List<Candidate<StreamingChatModel>> candidates = new ArrayList<>();
        for (DeclaredCandidate declared : options.roster().candidates()) {
            candidates.add(declared.with(ProviderModels.over(declared.clients()).streaming(declared.endpoint())));
        }
        return RoutingStreamingChatModel.builder(candidates)
                .listeners(hearers.orderedStream().toList())
                .tune(router -> options.tune(STREAMING_ROUTER, router))
                .build();
    }

    @Bean
    Watched watchedRoutingChatModel(RoutingChatModel model, RouterOptions options) {
        return options.watched(ROUTER, model::snapshot);
    }

    @Bean
    Watched watchedRoutingStreamingChatModel(RoutingStreamingChatModel model, RouterOptions options) {
        return options.watched(STREAMING_ROUTER, model::snapshot);
    }
}
