package waybill.seller.spring;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.HandlerMapping;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.Settlement;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Matched;

/**
 * One request on its way through a servlet container, from {@link PaidServletFilter} through {@link PaidServletAdapter} and
 * back. It owns its admission, and brings it to an end however the request ends. One thread at a time, but for the end.
 */
final class ServletTurn implements AsyncListener {
    static final String ATTRIBUTE = ServletTurn.class.getName();

    private final Checkout checkout;
    private final LentRequest request;
    private final HeldResponse response;
    private @Nullable Admitted admitted;
    private @Nullable Object handler;
    private boolean awaited;

    ServletTurn(Checkout checkout, HttpServletRequest request, HttpServletResponse response) {
        this.checkout = checkout;
        this.response = new HeldResponse(response);
        this.request = new LentRequest(request, this.response);
    }

    LentRequest request() {
        return request;
    }

    HeldResponse response() {
        return response;
    }

    /**
     * Whether the handler may run now: because it is paid, or goes on with what was paid.
     *
     * @param asMatched the request as the handler will get it
     */
    boolean opens(HttpServletRequest asMatched, Matched matched) throws IOException {
        if (admitted != null && asMatched.getDispatcherType() == DispatcherType.ASYNC && same(matched.handler())) {
            return true;
        }
        if (handler != null
                || asMatched.getDispatcherType() != DispatcherType.REQUEST
                || request.lent()
                || response.lent()) {
            refuse(Checkout.notThisWay(matched));
            return false;
        }
        handler = matched.handler();
        byte[] body;
        try {
            body = request.read(asMatched, checkout.settings().maxBody());
        } catch (LentRequest.TooLong e) {
            response.replace(checkout.tooLong());
            return false;
        }
        Admission admission = checkout.admit(
                matched,
                asMatched.getMethod(),
                String.valueOf(asMatched.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE)),
                url(asMatched),
                body,
                name -> List.copyOf(request.headers(name)));
        if (admission instanceof Admitted open) {
            admitted = open;
            return begun(open);
        }
        if (admission instanceof Admission.Kept kept) {
            response.put(kept.headers());
            response.replace(kept.answer());
        } else {
            response.replace(Checkout.refusal((Admission.Declined) admission));
        }
        return false;
    }

    private boolean begun(Admitted open) throws IOException {
        if (!open.paid()) {
            response.hold(checkout.settings().maxAnswer());
            return true;
        }
        if (open.settleFirst() instanceof Settlement.Settled settled) {
            response.put(settled.headers());
            response.live(checkout.settings().maxAnswer());
            return true;
        }
        return false; // cannot be: what is paid is settled
    }

    private boolean same(Object other) {
        return other.equals(handler);
    }

    /** In the middle of another answer nothing can be said any more; otherwise says why. */
    private void refuse(Answer refusal) throws IOException {
        if (!response.isCommitted()) {
            response.replace(refusal);
        }
    }

    private String url(HttpServletRequest asMatched) {
        String query = asMatched.getQueryString();
        return checkout.url(
                asMatched.getScheme(),
                asMatched.getHeader("Host"),
                asMatched.getRequestURI() + (query == null ? "" : "?" + query));
    }

    /** The handler goes on in another thread; whatever becomes of that, the admission ends. */
    void await(AsyncContext context) {
        if (admitted != null && !awaited) {
            awaited = true;
            context.addListener(this);
        }
    }

    /** The request has been answered: settles what was held, and sends it. */
    void finish() throws IOException {
        Admitted open = admitted;
        if (open == null || isEnded()) {
            return;
        }
        handler = null;
        try (open) {
            if (open.paid() && response.isLive()) {
                finishLive(open);
            } else {
                finishHeld(open);
            }
        }
    }

    private void finishHeld(Admitted open) throws IOException {
        if (response.tooLong()) {
            open.close();
            response.replace(checkout.answerTooLong());
            return;
        }
        Answer answer = response.answer();
        Settlement settlement = checkout.settle(open, answer, response.getHeader(Checkout.USE_HEADER));
        if (settlement instanceof Settlement.Settled settled) {
            response.release(settled.headers());
        } else if (settlement instanceof Settlement.NotCharged free) {
            response.release(free.headers());
        } else {
            response.replace(Checkout.refusal(((Settlement.Withheld) settlement).answer()));
        }
    }

    private void finishLive(Admitted open) {
        Answer answer = response.answer();
        if (answer.status() < 400) {
            checkout.delivered(open, response.tooLong() ? null : answer);
        }
    }

    /** The request has failed: nothing was charged, or the payer keeps a credit. */
    void fail() {
        end(false);
    }

    private boolean isEnded() {
        return handler == null;
    }

    private void end(boolean whole) {
        Admitted open = admitted;
        if (open == null || isEnded()) {
            return;
        }
        handler = null;
        try (open) {
            boolean left = response.gone() && response.begun();
            if (response.isLive() && (whole || left) && response.getStatus() < 400) {
                checkout.delivered(open, null); // it had what it paid for as far as it would take it
            }
        }
    }

    @Override
    public void onComplete(AsyncEvent event) {
        end(response.begun());
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // the framework or the container answers, and then completes
    }

    @Override
    public void onError(AsyncEvent event) {
        // likewise
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }
}
