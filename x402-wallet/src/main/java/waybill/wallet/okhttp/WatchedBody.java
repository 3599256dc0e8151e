package waybill.wallet.okhttp;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;
import waybill.wallet.AnswerBound;
import waybill.wallet.PaidExchange;

/** The body of an answer, with a bound on it and an eye on how it ends. */
final class WatchedBody extends ResponseBody {
    private final ResponseBody body;
    private final BufferedSource source;

    private WatchedBody(ResponseBody body, AnswerBound bound, PaidExchange.@Nullable Paid paid) {
        this.body = body;
        this.source = Okio.buffer(new Watched(body.source(), bound, paid));
    }

    /**
     * An answer as the caller sees it: to the caller's own request, and without the requests underneath, one of which
     * carried the payment.
     */
    static Response answer(
            Response response, Request request, HttpHeaders shown, long mostBytes, PaidExchange.@Nullable Paid paid) {
        Headers.Builder headers = new Headers.Builder();
        shown.map().forEach((name, values) -> values.forEach(value -> headers.addUnsafeNonAscii(name, value)));
        ResponseBody body = response.body();
        Response.Builder answer = response.newBuilder()
                .request(request)
                .headers(headers.build())
                .networkResponse(null)
                .cacheResponse(null)
                .priorResponse(null);
        return body == null
                ? answer.build()
                : answer.body(new WatchedBody(body, AnswerBound.of(mostBytes, shown), paid))
                        .build();
    }

    @Override
    public @Nullable MediaType contentType() {
        return body.contentType();
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public BufferedSource source() {
        return source;
    }

    private static final class Watched extends ForwardingSource {
        private final AnswerBound bound;
        private final PaidExchange.@Nullable Paid paid;
        private final AtomicBoolean ended = new AtomicBoolean();

        Watched(BufferedSource source, AnswerBound bound, PaidExchange.@Nullable Paid paid) {
            super(source);
            this.bound = bound;
            this.paid = paid;
        }

        @Override
        public long read(Buffer sink, long byteCount) throws IOException {
            try {
                long read = super.read(sink, byteCount);
                if (read < 0) {
                    whole();
                } else {
                    bound.count(read);
                }
                return read;
            } catch (IOException e) {
                if (paid != null && ended.compareAndSet(false, true)) {
                    throw paid.broken(e);
                }
                throw e;
            }
        }

        @Override
        public void close() throws IOException {
            whole(); // whoever closes early wants no more of it
            super.close();
        }

        private void whole() {
            if (paid != null && ended.compareAndSet(false, true)) {
                paid.whole();
            }
        }
    }
}
