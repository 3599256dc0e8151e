package waybill.seller.spring;

import org.springframework.core.Ordered;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import waybill.seller.checkout.Checkout;

/**
 * Lends every exchange what {@link PaidReactiveAdapter} needs when its handler turns out to be sold, and sees to it that what was
 * begun comes to an end. It decides nothing: at this point nobody knows the handler.
 */
final class PaidWebFilter implements WebFilter, Ordered {
    private final Checkout checkout;
    private final ServerCodecConfigurer codecs;

    PaidWebFilter(Checkout checkout, ServerCodecConfigurer codecs) {
        this.checkout = checkout;
        this.codecs = codecs;
    }

    /** Innermost: those before it may refuse a request that nobody has paid for yet. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return Mono.usingWhen(
                Mono.fromSupplier(() -> {
                    ReactiveTurn turn = new ReactiveTurn(checkout, exchange, codecs);
                    exchange.getAttributes().put(ReactiveTurn.ATTRIBUTE, turn);
                    return turn;
                }),
                turn -> chain.filter(turn.exchange()).then(Mono.defer(turn::complete)),
                ReactiveTurn::end,
                (turn, failure) -> turn.end(),
                ReactiveTurn::end);
    }
}
