package waybill.springai;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON of a model or of a caller, read into maps, lists and plain values. */
final class ReadJson {

    private static final int LONGEST = 1_000_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ReadJson() {}

    /**
     * The value of a text that is one JSON value; nothing of another text, or of one of
     * more than a million characters.
     */
    static Optional<Value> of(@Nullable String text) {
        if (text == null || text.isBlank() || text.length() > LONGEST) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Value(JSON.readValue(text, Object.class)));
        } catch (RuntimeException malformed) {
            return Optional.empty();
        }
    }

    /**
     * What a JSON text says.
     *
     * @param value a map, a list, a string, a number, a boolean, or null
     */
    record Value(@Nullable Object value) {}
}
