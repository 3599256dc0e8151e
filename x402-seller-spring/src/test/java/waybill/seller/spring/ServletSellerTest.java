package waybill.seller.spring;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.target.SingletonTargetSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Controller;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.checkout.Paid;
import waybill.seller.contract.Goods;
import waybill.seller.contract.SellerContract;

/** Spring MVC on Tomcat. */
class ServletSellerTest extends SellerContract {

    @Override
    protected Application start(
            Goods goods, Facilitator facilitator, PayerFunds funds, Map<String, String> properties) {
        return Applications.start(
                WebApplicationType.SERVLET,
                goods,
                facilitator,
                funds,
                properties,
                Shop.class,
                Shop.Marked.class,
                ServletShop.class,
                Proxied.class);
    }

    @Test
    void a_paid_handler_is_not_reached_by_a_forward() throws Exception {
        int before = goods().served("paid");

        assertThat(get("/forwards").statusCode()).isEqualTo(503);
        assertThat(goods().served("paid")).isEqualTo(before);
    }

    @Test
    void a_paid_handler_may_forward_to_a_free_one() throws Exception {
        assertThat(get("/paid-forwards").statusCode()).isEqualTo(402);
        assertThat(pay("/paid-forwards").body()).startsWith("free ");
    }

    @Test
    void what_a_handler_writes_itself_is_held_back_too() throws Exception {
        assertThat(get("/writes").statusCode()).isEqualTo(402);
        assertThat(pay("/writes").body()).startsWith("writes ");
        assertThat(pay("/writes-async").statusCode()).isEqualTo(200);
        assertThat(pay("/called").body()).startsWith("called ");
    }

    @Test
    void an_error_that_a_handler_sends_is_not_charged() throws Exception {
        assertThat(pay("/sends-error").statusCode()).isEqualTo(418);
        assertThat(pay("/sends-error").headers().firstValue("PAYMENT-RESPONSE")).isEmpty();
    }

    @Test
    void of_two_handlers_behind_proxies_of_one_class_the_marked_one_is_sold() throws Exception {
        assertThat(get("/proxied/free").body()).startsWith("proxied ");
        int before = goods().served("proxied");

        assertThat(get("/proxied/paid").statusCode()).isEqualTo(402);
        assertThat(goods().served("proxied")).isEqualTo(before);
        assertThat(pay("/proxied/paid").body()).startsWith("proxied ");
    }

    /** Handlers of one interface, each behind a proxy of the JDK's. */
    @Configuration(proxyBeanMethods = false)
    static class Proxied {

        @Bean("/proxied/free")
        HttpRequestHandler free(Goods goods) {
            return proxied(new Unmarked(goods));
        }

        @Bean("/proxied/paid")
        HttpRequestHandler paid(Goods goods) {
            return proxied(new Marked(goods));
        }

        private static HttpRequestHandler proxied(HttpRequestHandler target) {
            ProxyFactory proxies = new ProxyFactory(HttpRequestHandler.class, new SingletonTargetSource(target));
            return (HttpRequestHandler) proxies.getProxy();
        }

        private record Unmarked(Goods goods) implements HttpRequestHandler {
            @Override
            public void handleRequest(HttpServletRequest request, HttpServletResponse response) throws IOException {
                response.getWriter().write(goods.serve("proxied"));
            }
        }

        @Paid("0.01 USDC")
        private record Marked(Goods goods) implements HttpRequestHandler {
            @Override
            public void handleRequest(HttpServletRequest request, HttpServletResponse response) throws IOException {
                response.getWriter().write(goods.serve("proxied"));
            }
        }
    }

    /** What only a servlet container has. */
    @Controller
    static class ServletShop {
        private final Goods goods;
        private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });

        ServletShop(Goods goods) {
            this.goods = goods;
        }

        @Paid("0.01 USDC")
        @GetMapping("/cookie")
        @ResponseBody
        String cookie(HttpServletResponse response) {
            response.addCookie(new Cookie("farm", "north"));
            return goods.serve("cookie");
        }

        @Paid("0.01 USDC")
        @GetMapping("/slow")
        @ResponseBody
        String slow() {
            return goods.serveSlowly("slow");
        }

        @Paid("0.01 USDC")
        @PostMapping("/form")
        @ResponseBody
        String form(@RequestParam String name) {
            return name;
        }

        @Paid("0.01 USDC")
        @GetMapping("/moved")
        String moved() {
            goods.serve("moved");
            return "redirect:/free";
        }

        @Paid(value = "0.01 USDC", upfront = true)
        @GetMapping("/stream")
        SseEmitter stream() {
            SseEmitter events = new SseEmitter(120_000L);
            threads.execute(() -> {
                try {
                    events.send("one");
                    goods.serveSlowly("stream");
                    events.send("two");
                    events.complete();
                } catch (IOException e) {
                    events.completeWithError(e);
                }
            });
            return events;
        }

        @GetMapping("/forwards")
        String forwards() {
            return "forward:/paid";
        }

        @Paid("0.01 USDC")
        @GetMapping("/paid-forwards")
        String paidForwards() {
            return "forward:/free";
        }

        @Paid("0.01 USDC")
        @GetMapping("/writes")
        void writes(HttpServletResponse response) throws IOException {
            response.getWriter().write(goods.serve("writes"));
            response.flushBuffer();
        }

        @Paid("0.01 USDC")
        @GetMapping("/writes-async")
        @ResponseBody
        Callable<String> writesAsync(HttpServletRequest request) {
            return () -> goods.serve("writes-async");
        }

        @Paid("0.01 USDC")
        @GetMapping("/called")
        @ResponseBody
        Callable<String> called() {
            return () -> goods.serve("called");
        }

        @Paid("0.01 USDC")
        @GetMapping("/sends-error")
        void sendsError(HttpServletResponse response) throws IOException {
            response.sendError(418, "a teapot");
        }
    }
}
