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
    private static final long[] HASHES;
    private static final Cue[] CUES;

    static {
        HASHES = Arrays.stream(values())
                .flatMap(Cue::words)
                .mapToLong(Cue::hash)
                .sorted()
                .toArray();
        CUES = new Cue[HASHES.length];
        for (Cue cue : values()) {
            cue.words().forEach(word -> CUES[Arrays.binarySearch(HASHES, hash(word))] = cue);
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
        int at = Arrays.binarySearch(HASHES, hash);
        return at < 0 ? null : CUES[at];
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
