package waybill.x402;

import java.nio.charset.StandardCharsets;

/**
 * Counts the tokens of a text that arrives in pieces, without the model's tokenizer: each piece that says something is one
 * token, or its share of six UTF-8 bytes when pieces are longer than that on average. Most servers send a token a piece,
 * and hardly a text has more than six bytes a token, so that this rarely counts more than there is. Buyer and seller
 * count alike. Not thread-safe.
 */
public final class TokenCount {
    /** Bytes of UTF-8 that are taken for at least one token of a written text. */
    public static final int BYTES_PER_TOKEN = 6;

    private long pieces;
    private long bytes;

    /** Takes one more piece; an empty one says nothing. */
    public void add(String piece) {
        if (!piece.isEmpty()) {
            pieces++;
            bytes += piece.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    /** What has been counted. */
    public long tokens() {
        return of(pieces, bytes);
    }

    /** What would be counted with {@code piece}. */
    public long tokensWith(String piece) {
        return piece.isEmpty() ? tokens() : of(pieces + 1, bytes + piece.getBytes(StandardCharsets.UTF_8).length);
    }

    private static long of(long pieces, long bytes) {
        return Math.max(pieces, (bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
    }
}
