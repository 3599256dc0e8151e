package waybill.wallet;

import java.io.IOException;
import java.net.http.HttpHeaders;

/** How long an answer may be: what stops a body that would never end. Not thread-safe. */
public final class AnswerBound {
    /** Bytes of an answer that are handed on unless said otherwise: 5 MiB. */
    public static final long DEFAULT = 5L * 1024 * 1024;
    /** Bytes of an event stream, of which a reader keeps only a part at a time: 32 MiB at least. */
    private static final long STREAM = 32L * 1024 * 1024;

    private final long most;
    private long seen;

    private AnswerBound(long most) {
        this.most = most;
    }

    /** The bound of one answer, given the bytes that its reader set and what the answer says that it is. */
    public static AnswerBound of(long most, HttpHeaders answer) {
        boolean stream = answer.firstValue("content-type")
                .filter(type -> type.regionMatches(true, 0, "text/event-stream", 0, 17))
                .isPresent();
        return new AnswerBound(stream ? Math.max(most, STREAM) : most);
    }

    /**
     * Counts bytes that arrived, after decompression.
     *
     * @throws IOException when they are more than the bound
     */
    public void count(long bytes) throws IOException {
        seen += bytes;
        if (seen > most) {
            throw new IOException("the answer is longer than the " + most
                    + " bytes that are read; whoever expects more says so with answersUpTo(bytes)");
        }
    }
}
