package waybill.seller.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.codec.multipart.FilePart;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
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
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private static Path uploads;

    @Override
    protected Application start(
            Goods goods, Facilitator facilitator, PayerFunds funds, Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("spring.webflux.multipart.file-storage-directory", uploads.toString());
        all.put("spring.webflux.multipart.max-in-memory-size", "1KB");
        return Applications.start(
                WebApplicationType.REACTIVE,
                goods,
                facilitator,
                funds,
                all,
                Shop.class,
                Shop.Marked.class,
                ReactiveShop.class,
                ReactiveViews.class,
                Uploads.class);
    }

    @Test
    void the_parts_of_a_paid_upload_are_written_once_and_deleted() throws Exception {
        String part = "\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
                + "Content-Type: application/octet-stream\r\n\r\n" + "x".repeat(20_000) + "\r\n";
        String body = "--cut" + part.formatted("one", "one") + "--cut" + part.formatted("two", "two") + "--cut--\r\n";

        assertThat(pay("/upload", body, "multipart/form-data; boundary=cut").body())
                .isEqualTo("2 files");

        assertThat(Uploads.ENDED.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(uploads).isEmptyDirectory();
    }

    /** Tells what is on disk while an upload is handled, and when that has come to its end. */
    @RestController
    static class Uploads {
        static final CountDownLatch ENDED = new CountDownLatch(2); // billed, and paid

        @Bean
        static WebFilter ends() {
            return (exchange, chain) -> chain.filter(exchange).doFinally(how -> {
                if (exchange.getRequest().getPath().value().equals("/upload")) ENDED.countDown();
            });
        }

        @Paid("0.01 USDC")
        @PostMapping("/upload")
        String upload(@RequestPart("one") FilePart one, @RequestPart("two") FilePart two) throws IOException {
            try (Stream<Path> files = Files.list(uploads)) {
                return files.count() + " files";
            }
        }
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
