package waybill.seller.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.Status;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import waybill.seller.checkout.Paid;
import waybill.seller.contract.Goods;

/** The handlers of the contract. */
@Controller
@Requires(property = "shop")
@Produces(MediaType.TEXT_PLAIN)
class Shop {
    private final Goods goods;

    Shop(Goods goods) {
        this.goods = goods;
    }

    @Get("/free")
    String free() {
        return goods.serve("free");
    }

    @Paid("0.01 USDC")
    @Get("/paid")
    HttpResponse<String> paid() {
        return HttpResponse.created(goods.serve("paid")).header("Origin-Farm", "north");
    }

    @Paid("$0.01")
    @Get("/items/{id}")
    String item(String id) {
        goods.serve("items");
        return id;
    }

    @Paid("0.01 USDC")
    @Post("/echo")
    @Consumes(MediaType.TEXT_PLAIN)
    String echo(@Body String body) {
        goods.serve("echo");
        return body;
    }

    @Paid("0.01 USDC")
    @Post("/form")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    String form(@Body Map<String, String> form) {
        return form.get("name");
    }

    @Paid("0.01 USDC")
    @Get("/nothing")
    @Status(HttpStatus.NO_CONTENT)
    void nothing() {
        goods.serve("nothing");
    }

    @Paid("0.01 USDC")
    @Get("/nothing-later")
    @Status(HttpStatus.NO_CONTENT)
    Mono<Void> nothingLater() {
        return Mono.fromRunnable(() -> goods.serve("nothing-later"));
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @Get("/upfront-nothing")
    @Status(HttpStatus.NO_CONTENT)
    Mono<Void> upfrontNothing() {
        return Mono.fromRunnable(() -> goods.serve("upfront-nothing"));
    }

    @Paid("0.01 USDC")
    @Get("/moved")
    HttpResponse<?> moved() {
        goods.serve("moved");
        return HttpResponse.seeOther(URI.create("/free"));
    }

    @Paid("0.01 USDC")
    @Get("/cookie")
    HttpResponse<String> cookie() {
        return HttpResponse.ok(goods.serve("cookie")).cookie(Cookie.of("farm", "north"));
    }

    @Paid("0.01 USDC")
    @Get("/slow")
    @ExecuteOn(TaskExecutors.BLOCKING)
    String slow() {
        return goods.serveSlowly("slow");
    }

    @Paid("0.01 USDC")
    @Get("/fails")
    String fails() {
        return goods.fail("fails");
    }

    @Paid("0.01 USDC")
    @Get("/refuses")
    HttpResponse<String> refuses() {
        return HttpResponse.unprocessableEntity().body(goods.serve("refuses"));
    }

    @Paid("0.01 USDC")
    @Get("/large")
    String large() {
        return "x".repeat(70_000);
    }

    @Paid("0.01 USDC")
    @Get("/empty")
    HttpResponse<Void> empty() {
        return HttpResponse.noContent();
    }

    @Paid("0.01 USDC")
    @Get("/later")
    CompletableFuture<String> later() {
        return CompletableFuture.supplyAsync(() -> goods.serve("later"));
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @Get("/upfront")
    String upfront() {
        return goods.serve("upfront");
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @Get("/upfront-fails")
    String upfrontFails() {
        return goods.fail("upfront-fails");
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @Get("/stream")
    @Produces(MediaType.TEXT_EVENT_STREAM)
    Publisher<Event<String>> stream() {
        return Flux.concat(
                Mono.just(Event.of("one")),
                Mono.fromCallable(() -> goods.serveSlowly("stream"))
                        .subscribeOn(Schedulers.boundedElastic())
                        .thenReturn(Event.of("two")));
    }

    @Paid(value = "0.05 USDC", scheme = Paid.Scheme.UPTO)
    @Get("/metered")
    HttpResponse<String> metered() {
        return HttpResponse.ok(goods.serve("metered")).header("Waybill-Use", Goods.USE);
    }

    @Get("/listed")
    String listed() {
        return goods.serve("listed");
    }

    /** Sold by a mark on the class. */
    @Paid("0.01 USDC")
    @Controller
    @Requires(property = "shop")
    static class Marked {
        private final Goods goods;

        Marked(Goods goods) {
            this.goods = goods;
        }

        @Get("/class/one")
        String one() {
            return goods.serve("class");
        }
    }
}
