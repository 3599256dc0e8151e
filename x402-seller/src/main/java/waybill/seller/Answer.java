package waybill.seller;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a handler answers: status, headers and body. Immutable; the body is copied in and out. */
public final class Answer {
    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    /** An answer with the headers that a copy of it needs too, such as {@code Content-Type}. */
    public Answer(int status, Map<String, String> headers, byte[] body) {
        if (status < 100 || status > 599) {
            throw new IllegalArgumentException("an HTTP status is 100 to 599, not " + status);
        }
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body.clone();
    }

    /** An answer of one content type. */
    public static Answer of(int status, String contentType, byte[] body) {
        return new Answer(status, Map.of("Content-Type", contentType), body);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The headers. */
    public Map<String, String> headers() {
        return headers;
    }

    /** The body, a fresh copy. */
    public byte[] body() {
        return body.clone();
    }

    /** The length of the body in bytes. */
    public int size() {
        return body.length;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Answer that
                && that.status == status
                && that.headers.equals(headers)
                && Arrays.equals(that.body, body);
    }

    @Override
    public int hashCode() {
        return 31 * status + Arrays.hashCode(body);
    }

    /** Without the body, which somebody paid for. */
    @Override
    public String toString() {
        return "Answer[status=" + status + ", " + body.length + " bytes]";
    }
}
