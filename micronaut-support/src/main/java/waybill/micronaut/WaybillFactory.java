package waybill.micronaut;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Primary;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.env.Environment;
import io.micronaut.core.naming.conventions.StringConvention;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.configuration.DeclaredCandidate;
import waybill.configuration.OpenWallet;
import waybill.configuration.RecentDecisions;
import waybill.configuration.Roster;
import waybill.configuration.RouterWatch;
import waybill.configuration.Settings;
import waybill.configuration.Status;
import waybill.configuration.Watched;
import waybill.langchain4j.CascadeCheck;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.langchain4j.providers.ProviderModels;
import waybill.routing.Candidate;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;

/**
 * The routing models and the wallet, as the properties declare them. Beans of {@link Rule}, {@link RoutingListener},
 * {@link CascadeCheck}, {@link ChatModelListener}, {@link PaymentSigner}, {@link PaymentApprover} and {@link WalletListener} are heeded; routing models and a wallet of the application's own take
 * these ones' place.
 */
@Factory
@Requires(property = "waybill.enabled", notEquals = "false", defaultValue = "true")
final class WaybillFactory {

    static final String ROUTER = "langchain4j";
    static final String STREAMING_ROUTER = "langchain4j streaming";

    @Singleton
    Settings waybillSettings(Environment environment) {
        return Settings.from(environment.getProperties(Settings.ROOT, StringConvention.RAW));
    }

    @Singleton
    RecentDecisions waybillRecentDecisions() {
        return new RecentDecisions();
    }

    @Singleton
    @Bean(preDestroy = "close")
    @Requires(missingBeans = Wallet.class, condition = WalletSwitchedOn.class)
    OpenWallet waybillOpenWallet(
            Settings settings,
            BeanProvider<PaymentSigner> signer,
            BeanProvider<PaymentApprover> approver,
            List<WalletListener> listeners) {
        List<WalletListener> hearers = List.copyOf(listeners);
        return OpenWallet.from(
                settings,
                signer.orElse(null),
                approver.orElse(null),
                payment -> hearers.forEach(hearer -> hearer.onChange(payment)));
    }

    @Singleton
    Roster waybillRoster(
            Settings settings, Environment environment, BeanProvider<Wallet> own, BeanProvider<OpenWallet> open) {
        return Roster.from(
                settings,
                name -> environment.getProperty(name, String.class).orElseGet(() -> System.getenv(name)),
                wallet(own, open));
    }

    @Singleton
    @Primary
    @Requires(missingBeans = RoutingChatModel.class)
    RoutingChatModel routingChatModel(
            Roster roster,
            RecentDecisions recent,
            List<Rule> rules,
            List<RoutingListener> listeners,
            List<ChatModelListener> hearers,
            BeanProvider<RouterWatch> watch,
            BeanProvider<CascadeCheck> check) {
        List<Candidate<ChatModel>> candidates = new ArrayList<>();
        for (DeclaredCandidate declared : roster.candidates()) {
            candidates.add(declared.with(ProviderModels.over(declared.clients()).chat(declared.endpoint())));
        }
        RoutingListener told = told(ROUTER, recent, listeners, watch);
        RoutingChatModel.Builder builder = RoutingChatModel.builder(candidates)
                .listeners(hearers)
                .tune(router -> tune(router, roster, rules, told));
        if (roster.cascade()) {
            builder.cascade(check.isPresent() ? check.get() : CascadeCheck.followsFormat());
        }
        RoutingChatModel model = builder.build();
        watch.ifPresent(watching -> watching.watch(ROUTER, model::snapshot));
        return model;
    }

    @Singleton
    @Primary
    @Requires(missingBeans = RoutingStreamingChatModel.class)
    RoutingStreamingChatModel routingStreamingChatModel(
            Roster roster,
            RecentDecisions recent,
            List<Rule> rules,
            List<RoutingListener> listeners,
            List<ChatModelListener> hearers,
            BeanProvider<RouterWatch> watch) {
        List<Candidate<StreamingChatModel>> candidates = new ArrayList<>();
        for (DeclaredCandidate declared : roster.candidates()) {
            candidates.add(declared.with(ProviderModels.over(declared.clients()).streaming(declared.endpoint())));
        }
        RoutingListener told = told(STREAMING_ROUTER, recent, listeners, watch);
        RoutingStreamingChatModel model = RoutingStreamingChatModel.builder(candidates)
                .listeners(hearers)
                .tune(router -> tune(router, roster, rules, told))
                .build();
        watch.ifPresent(watching -> watching.watch(STREAMING_ROUTER, model::snapshot));
        return model;
    }

    @Singleton
    Status waybillStatus(
            Roster roster,
            RoutingChatModel whole,
            RoutingStreamingChatModel streaming,
            RecentDecisions recent,
            BeanProvider<Wallet> own,
            BeanProvider<OpenWallet> open) {
        return new Status(
                roster,
                List.of(new Watched(ROUTER, whole::snapshot), new Watched(STREAMING_ROUTER, streaming::snapshot)),
                recent,
                wallet(own, open));
    }

    private static @Nullable Wallet wallet(BeanProvider<Wallet> own, BeanProvider<OpenWallet> open) {
        if (own.isPresent()) {
            return own.get();
        }
        OpenWallet opened = open.orElse(null);
        return opened == null ? null : opened.wallet();
    }

    private static RoutingListener told(
            String router, RecentDecisions recent, List<RoutingListener> listeners, BeanProvider<RouterWatch> watch) {
        List<RoutingListener> all = new ArrayList<>(listeners);
        watch.ifPresent(watching -> all.add(watching.of(router)));
        return recent.and(all);
    }

    private static <M> void tune(RouterBuilder<M> router, Roster roster, List<Rule> rules, RoutingListener told) {
        roster.tune(router);
        router.rules(rules.toArray(Rule[]::new));
        router.listener(told);
    }
}
