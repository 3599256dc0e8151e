package waybill.seller.spring;

import java.util.List;
import java.util.function.Supplier;
import org.springframework.core.Ordered;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Matched;

/**
 * Runs the handlers that are sold, once they are paid. It comes before every other adapter, and the dispatcher runs no handler
 * but through an adapter: whichever mapping found a handler, by whichever path, it comes by here.
 */
final class PaidReactiveAdapter implements HandlerAdapter, Ordered {
    private final Checkout checkout;
    private final PaidHandlers handlers;
    private final Supplier<List<HandlerAdapter>> others;

    /** An adapter that runs what is paid by the first of {@code others} that can. */
    PaidReactiveAdapter(Checkout checkout, PaidHandlers handlers, Supplier<List<HandlerAdapter>> others) {
        this.checkout = checkout;
        this.handlers = handlers;
        this.others = others;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public boolean supports(Object handler) {
        return checkout.sells(handlers.matched(handler));
    }

    @Override
    public Mono<HandlerResult> handle(ServerWebExchange exchange, Object handler) {
        Matched matched = handlers.matched(handler);
        ReactiveTurn turn = exchange.getAttribute(ReactiveTurn.ATTRIBUTE);
        if (turn == null) {
            return Mono.error(new IllegalStateException(matched + " is sold, and was reached without the filter"));
        }
        return turn.opens(exchange, matched).flatMap(open -> open ? run(exchange, handler) : Mono.empty());
    }

    private Mono<HandlerResult> run(ServerWebExchange exchange, Object handler) {
        for (HandlerAdapter other : others.get()) {
            if (other != this && other.supports(handler)) {
                return other.handle(exchange, handler);
            }
        }
        return Mono.error(new IllegalStateException("no adapter runs " + handler));
    }
}
