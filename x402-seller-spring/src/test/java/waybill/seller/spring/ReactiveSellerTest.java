package waybill.seller.spring;

import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.checkout.Paid;
import waybill.seller.contract.Goods;
import waybill.seller.contract.SellerContract;

/** Spring WebFlux on Netty. */
class ReactiveSellerTest extends SellerContract {

    @Override
    protected Application start(
            Goods goods, Facilitator facilitator, PayerFunds funds, Map<String, String> properties) {
        return Applications.start(
                WebApplicationType.REACTIVE,
                goods,
                facilitator,
                funds,
                properties,
                Shop.class,
                Shop.Marked.class,
                ReactiveShop.class,
                ReactiveViews.class);
    }

    /** What the reactive stack writes differently. */
    @RestController
    static class ReactiveShop {
        private final Goods goods;

        ReactiveShop(Goods goods) {
            this.goods = goods;
        }

        @Paid("0.01 USDC")
        @GetMapping("/cookie")
        String cookie(ServerHttpResponse response) {
            response.addCookie(ResponseCookie.from("farm", "north").build());
            return goods.serve("cookie");
        }

        @Paid("0.01 USDC")
        @GetMapping("/slow")
        Mono<String> slow() {
            return Mono.fromCallable(() -> goods.serveSlowly("slow")).subscribeOn(Schedulers.boundedElastic());
        }

        @Paid("0.01 USDC")
        @PostMapping("/form")
        Mono<String> form(ServerWebExchange exchange) {
            return exchange.getFormData().map(form -> form.getFirst("name"));
        }

        @Paid(value = "0.01 USDC", upfront = true)
        @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
        Flux<String> stream() {
            return Flux.concat(
                    Mono.just("one"),
                    Mono.fromCallable(() -> goods.serveSlowly("stream"))
                            .subscribeOn(Schedulers.boundedElastic())
                            .thenReturn("two"));
        }
    }

    /** What is no answer's body but a view. */
    @Controller
    static class ReactiveViews {
        private final Goods goods;

        ReactiveViews(Goods goods) {
            this.goods = goods;
        }

        @Paid("0.01 USDC")
        @GetMapping("/moved")
        Rendering moved() {
            goods.serve("moved");
            return Rendering.redirectTo("/free").build();
        }
    }
}
