package waybill.wallet.spring;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;
import waybill.wallet.AnswerBound;
import waybill.wallet.PaidExchange;

/** An answer as the caller sees it, with a bound on its body and an eye on how that ends. */
final class WatchedResponse implements ClientHttpResponse {
    private final ClientHttpResponse response;
    private final HttpHeaders headers = new HttpHeaders();
    private final AnswerBound bound;
    private final PaidExchange.@Nullable Paid paid;
    private final AtomicBoolean ended = new AtomicBoolean();
    private @Nullable InputStream body;

    WatchedResponse(
            ClientHttpResponse response,
            java.net.http.HttpHeaders shown,
            long mostBytes,
            PaidExchange.@Nullable Paid paid) {
        this.response = response;
        shown.map().forEach(headers::addAll);
        this.bound = AnswerBound.of(mostBytes, shown);
        this.paid = paid;
    }

    /** Closes an answer that nobody reads. Its body is closed first: Spring would read an endless one to its end. */
    static void drop(ClientHttpResponse response) {
        try {
            response.getBody().close();
        } catch (IOException e) {
            // it is gone in any case
        }
        response.close();
    }

    @Override
    public HttpStatusCode getStatusCode() throws IOException {
        return response.getStatusCode();
    }

    @Override
    public String getStatusText() throws IOException {
        return response.getStatusText();
    }

    @Override
    public HttpHeaders getHeaders() {
        return headers;
    }

    @Override
    public InputStream getBody() throws IOException {
        InputStream present = body;
        if (present == null) {
            present = new Watched(response.getBody());
            body = present;
        }
        return present;
    }

    /** Whoever closes early wants no more of it. */
    @Override
    public void close() {
        whole();
        drop(response);
    }

    private void whole() {
        if (paid != null && ended.compareAndSet(false, true)) {
            paid.whole();
        }
    }

    private IOException broken(IOException failure) {
        return paid != null && ended.compareAndSet(false, true) ? paid.broken(failure) : failure;
    }

    private final class Watched extends FilterInputStream {
        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                int read = in.read(bytes, offset, length);
                if (read < 0) {
                    whole();
                } else {
                    bound.count(read);
                }
                return read;
            } catch (IOException e) {
                throw broken(e);
            }
        }

        @Override
        public long skip(long count) throws IOException {
            return readNBytes((int) Math.min(count, 64 * 1024)).length;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        @Override
        public void close() throws IOException {
            whole();
            super.close();
        }
    }
}
