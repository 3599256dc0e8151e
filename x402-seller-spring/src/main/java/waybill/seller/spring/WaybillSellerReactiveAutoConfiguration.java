package waybill.seller.spring;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import waybill.seller.checkout.Checkout;

/** Paid handlers in Spring WebFlux. */
@AutoConfiguration(after = WaybillSellerAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(DispatcherHandler.class)
public class WaybillSellerReactiveAutoConfiguration {
    private final PaidHandlers handlers = new PaidHandlers();

    /** Made by Spring. */
    public WaybillSellerReactiveAutoConfiguration() {}

    @Bean
    PaidWebFilter waybillPaidWebFilter(Checkout checkout, ServerCodecConfigurer codecs) {
        return new PaidWebFilter(checkout, codecs);
    }

    @Bean
    PaidReactiveAdapter waybillPaidAdapter(Checkout checkout, ObjectProvider<HandlerAdapter> others) {
        return new PaidReactiveAdapter(checkout, handlers, SingletonSupplier.of(() -> others.orderedStream()
                .toList()));
    }

    /** Finds at start-up what cannot be sold. */
    @Bean
    SmartInitializingSingleton waybillPaidHandlersCheck(
            Checkout checkout,
            ObjectProvider<RequestMappingHandlerMapping> mappings,
            ObjectProvider<HandlerAdapter> adapters,
            ConfigurableListableBeanFactory beans) {
        return () -> {
            Map<HandlerMethod, Set<MediaType>> all = new HashMap<>();
            mappings.stream().forEach(mapping -> mapping.getHandlerMethods()
                    .forEach((info, handler) ->
                            all.put(handler, info.getProducesCondition().getProducibleMediaTypes())));
            Unmapped unmapped = new Unmapped(
                    beans,
                    bean -> !(bean instanceof HandlerFunction)
                            && adapters.stream()
                                    .anyMatch(each -> !(each instanceof PaidReactiveAdapter) && each.supports(bean)));
            handlers.check(checkout, all, unmapped);
        };
    }
}
