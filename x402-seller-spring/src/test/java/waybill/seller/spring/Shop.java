package waybill.seller.spring;

import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import waybill.seller.checkout.Paid;
import waybill.seller.contract.Goods;

/** The handlers of the contract that are written alike for both stacks. */
@RestController
class Shop {
    final Goods goods;

    Shop(Goods goods) {
        this.goods = goods;
    }

    @GetMapping("/free")
    String free() {
        return goods.serve("free");
    }

    @Paid("0.01 USDC")
    @GetMapping("/paid")
    ResponseEntity<String> paid() {
        return ResponseEntity.status(201).header("Origin-Farm", "north").body(goods.serve("paid"));
    }

    @Paid("$0.01")
    @GetMapping("/items/{id}")
    String item(@PathVariable String id) {
        goods.serve("items");
        return id;
    }

    @Paid("0.01 USDC")
    @PostMapping("/echo")
    String echo(@RequestBody String body) {
        goods.serve("echo");
        return body;
    }

    @Paid("0.01 USDC")
    @GetMapping("/fails")
    String fails() {
        return goods.fail("fails");
    }

    @Paid("0.01 USDC")
    @GetMapping("/refuses")
    ResponseEntity<String> refuses() {
        return ResponseEntity.status(422).body(goods.serve("refuses"));
    }

    @Paid("0.01 USDC")
    @GetMapping("/large")
    String large() {
        return "x".repeat(70_000);
    }

    @Paid("0.01 USDC")
    @GetMapping("/empty")
    ResponseEntity<Void> empty() {
        return ResponseEntity.noContent().build();
    }

    @Paid("0.01 USDC")
    @GetMapping("/nothing")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void nothing() {
        goods.serve("nothing");
    }

    @Paid("0.01 USDC")
    @GetMapping("/nothing-later")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> nothingLater() {
        return Mono.fromRunnable(() -> goods.serve("nothing-later"));
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @GetMapping("/upfront-nothing")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> upfrontNothing() {
        return Mono.fromRunnable(() -> goods.serve("upfront-nothing"));
    }

    @Paid("0.01 USDC")
    @GetMapping("/later")
    CompletableFuture<String> later() {
        return CompletableFuture.supplyAsync(() -> goods.serve("later"));
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @GetMapping("/upfront")
    String upfront() {
        return goods.serve("upfront");
    }

    @Paid(value = "0.01 USDC", upfront = true)
    @GetMapping("/upfront-fails")
    String upfrontFails() {
        return goods.fail("upfront-fails");
    }

    @Paid(value = "0.05 USDC", scheme = Paid.Scheme.UPTO)
    @GetMapping("/metered")
    ResponseEntity<String> metered() {
        return ResponseEntity.ok().header("Waybill-Use", Goods.USE).body(goods.serve("metered"));
    }

    @GetMapping("/listed")
    String listed() {
        return goods.serve("listed");
    }

    /** Sold by a mark on the class. */
    @Paid("0.01 USDC")
    @RestController
    static final class Marked {
        private final Goods goods;

        Marked(Goods goods) {
            this.goods = goods;
        }

        @GetMapping("/class/one")
        String one() {
            return goods.serve("class");
        }
    }
}
