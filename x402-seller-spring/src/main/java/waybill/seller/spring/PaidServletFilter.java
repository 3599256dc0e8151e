package waybill.seller.spring;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import waybill.seller.checkout.Checkout;

/**
 * Lends every request what {@link PaidServletAdapter} needs when its handler turns out to be sold, and settles on the way back.
 * It decides nothing: at this point nobody knows the handler.
 */
final class PaidServletFilter implements Filter {
    private final Checkout checkout;

    PaidServletFilter(Checkout checkout) {
        this.checkout = checkout;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            chain.doFilter(request, response);
            return;
        }
        if (request.getAttribute(ServletTurn.ATTRIBUTE) instanceof ServletTurn turn) { // it goes on in another thread
            pass(turn, request, response, chain);
            return;
        }
        ServletTurn turn = new ServletTurn(checkout, http, answer);
        request.setAttribute(ServletTurn.ATTRIBUTE, turn);
        pass(turn, turn.request(), turn.response(), chain);
    }

    private static void pass(ServletTurn turn, ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean passed = false;
        try {
            chain.doFilter(request, response);
            passed = true;
        } finally {
            if (!passed) {
                turn.fail();
            }
        }
        if (request.isAsyncStarted()) {
            turn.await(request.getAsyncContext());
        } else {
            turn.finish();
        }
    }
}
