package waybill.seller.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerAdapter;
import org.springframework.web.servlet.ModelAndView;
import waybill.seller.Answer;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Matched;

/**
 * Runs the handlers that are sold, once they are paid. It comes before every other adapter, and the dispatcher runs no handler
 * but through an adapter: whichever mapping found a handler, by whichever path, it comes by here.
 */
final class PaidServletAdapter implements HandlerAdapter, Ordered {
    private final Checkout checkout;
    private final PaidHandlers handlers;
    private final Supplier<List<HandlerAdapter>> others;

    /** An adapter that runs what is paid by the first of {@code others} that can. */
    PaidServletAdapter(Checkout checkout, PaidHandlers handlers, Supplier<List<HandlerAdapter>> others) {
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
    public @Nullable ModelAndView handle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws Exception {
        Matched matched = handlers.matched(handler);
        if (!(request.getAttribute(ServletTurn.ATTRIBUTE) instanceof ServletTurn turn)) {
            refuse(response, Checkout.notThisWay(matched));
            return null;
        }
        if (!turn.opens(request, matched)) {
            return null;
        }
        for (HandlerAdapter other : others.get()) {
            if (other != this && other.supports(handler)) {
                return other.handle(request, response, handler);
            }
        }
        throw new IllegalStateException("no adapter runs " + handler);
    }

    private static void refuse(HttpServletResponse response, Answer refusal) throws IOException {
        response.setStatus(refusal.status());
        refusal.headers().forEach(response::setHeader);
        response.getOutputStream().write(refusal.body());
    }
}
