package waybill.routing;

import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Small word lists that hint at what a prompt asks for; looked up by hash, so that reading a text allocates nothing. */
enum Cue {
    REASONING(
            "prove proof derive why explain compare analyze analyse evaluate design architecture tradeoffs strategy"
                    + " optimize optimise diagnose refactor plan step hypothesis implications consistency concurrent distributed"),
    MATH("integral derivative probability theorem equation matrix polynomial calculate compute solve variance modulo"
            + " geometry algebra prime limit"),
    CODE("function class import return def const public void async exception stacktrace compile sql python java"
            + " javascript rust"),
    LONG("detailed comprehensive essay thorough report article story exhaustive complete"),
    SHORT("briefly brief short concise summarize summarise classify translate tldr");

    static final long SEED = 0xcbf29ce484222325L;
    private static final int BITS = 9;
    private static final long[] HASHES = new long[1 << BITS];
    private static final @Nullable Cue[] CUES = new @Nullable Cue[1 << BITS];

    static {
        for (Cue cue : values()) {
            cue.words().mapToLong(Cue::hash).forEach(hash -> {
                int at = place(hash);
                HASHES[at] = hash;
                CUES[at] = cue;
            });
        }
    }

    private final String words;

    Cue(String words) {
        this.words = words;
    }

    static long mix(long hash, char c) {
        return (hash ^ c) * 0x100000001b3L;
    }

    /** The cue that the word with this hash belongs to, or null when it is in no list. */
    static @Nullable Cue find(long hash) {
        return CUES[place(hash)];
    }

    /** Where a hash is, or where it would go. */
    private static int place(long hash) {
        int at = (int) ((hash * 0x9e3779b97f4a7c15L) >>> (64 - BITS));
        while (CUES[at] != null && HASHES[at] != hash) {
            at = (at + 1) & (CUES.length - 1);
        }
        return at;
    }

    private Stream<String> words() {
        return Arrays.stream(words.split(" "));
    }

    private static long hash(String word) {
        long hash = SEED;
        for (int i = 0; i < word.length(); i++) {
            hash = mix(hash, word.charAt(i));
        }
        return hash;
    }
}
