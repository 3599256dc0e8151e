package waybill.seller.spring;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.checkout.Prices;
import waybill.seller.checkout.SellerSettings;
import waybill.seller.contract.Goods;
import waybill.seller.contract.SellerContract;

/** Starts an application of Spring Boot with these beans. */
final class Applications {
    private Applications() {}

    static SellerContract.Application start(
            WebApplicationType type,
            Goods goods,
            Facilitator facilitator,
            PayerFunds funds,
            Map<String, String> properties,
            Class<?>... sources) {
        ConfigurableApplicationContext context = run(
                type,
                properties,
                beans -> {
                    GenericApplicationContext given = (GenericApplicationContext) beans;
                    given.registerBean(Goods.class, () -> goods);
                    given.registerBean("facilitator", Facilitator.class, () -> facilitator);
                    given.registerBean("funds", PayerFunds.class, () -> funds);
                    given.registerBean(Prices.class, () -> new PriceList(goods, given.getBean(SellerSettings.class)));
                },
                sources);
        int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        return new SellerContract.Application(port, context);
    }

    static ConfigurableApplicationContext run(
            WebApplicationType type,
            Map<String, String> properties,
            ApplicationContextInitializer<ConfigurableApplicationContext> beans,
            Class<?>... sources) {
        Map<String, Object> all = new LinkedHashMap<>(properties);
        all.put("server.port", "0");
        all.put("server.address", "127.0.0.1");
        all.put("spring.main.banner-mode", "off");
        return new SpringApplicationBuilder(Stream.concat(Stream.of(Empty.class), Arrays.stream(sources))
                        .toArray(Class<?>[]::new))
                .web(type)
                .properties(all)
                .initializers(beans)
                .run();
    }

    /** What an application has without a line of its own. */
    @org.springframework.boot.autoconfigure.EnableAutoConfiguration
    @org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
    static class Empty {}
}
