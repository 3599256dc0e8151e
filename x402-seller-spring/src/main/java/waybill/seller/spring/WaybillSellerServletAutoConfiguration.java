package waybill.seller.spring;

import jakarta.servlet.DispatcherType;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.http.MediaType;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.HandlerAdapter;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import waybill.seller.checkout.Checkout;

/** Paid handlers in Spring MVC. */
@AutoConfiguration(after = WaybillSellerAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(DispatcherServlet.class)
public class WaybillSellerServletAutoConfiguration {
    private final PaidHandlers handlers = new PaidHandlers();

    /** Made by Spring. */
    public WaybillSellerServletAutoConfiguration() {}

    /** Innermost of the filters: those before it may refuse a request that nobody has paid for yet. */
    @Bean
    FilterRegistrationBean<PaidServletFilter> waybillPaidFilter(Checkout checkout) {
        FilterRegistrationBean<PaidServletFilter> filter =
                new FilterRegistrationBean<>(new PaidServletFilter(checkout));
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC);
        filter.setOrder(Ordered.LOWEST_PRECEDENCE);
        return filter;
    }

    @Bean
    PaidServletAdapter waybillPaidAdapter(Checkout checkout, ObjectProvider<HandlerAdapter> others) {
        return new PaidServletAdapter(checkout, handlers, SingletonSupplier.of(() -> others.orderedStream()
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
                                    .anyMatch(each -> !(each instanceof PaidServletAdapter) && each.supports(bean)));
            handlers.check(checkout, all, unmapped);
        };
    }
}
