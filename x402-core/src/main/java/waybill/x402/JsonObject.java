package waybill.x402;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the fields of one JSON object and says which field is wrong. A null field counts as absent. */
final class JsonObject {
    private final Map<String, @Nullable Object> fields;
    private final String what;

    private JsonObject(Map<String, @Nullable Object> fields, String what) {
        this.fields = fields;
        this.what = what;
    }

    static JsonObject of(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return new JsonObject(Json.asObject(map), what);
        }
        throw new MalformedWireException(what + " is not a JSON object");
    }

    boolean has(String key) {
        return fields.get(key) != null;
    }

    JsonObject object(String key) {
        return of(required(key), what + "." + key);
    }

    @Nullable
    JsonObject optionalObject(String key) {
        return has(key) ? object(key) : null;
    }

    String string(String key) {
        if (required(key) instanceof String text) {
            return text;
        }
        throw wrong(key, "a string");
    }

    @Nullable
    String optionalString(String key) {
        return has(key) ? string(key) : null;
    }

    boolean bool(String key) {
        if (required(key) instanceof Boolean bool) {
            return bool;
        }
        throw wrong(key, "true or false");
    }

    int positiveInt(String key) {
        if (required(key) instanceof BigInteger number && number.signum() > 0 && number.bitLength() < 32) {
            return number.intValueExact();
        }
        throw wrong(key, "an integer above zero");
    }

    BigInteger unsigned(String key) {
        if (required(key) instanceof BigInteger number && number.signum() >= 0 && number.bitLength() <= 256) {
            return number;
        }
        throw wrong(key, "an integer of 0 to 2^256 - 1");
    }

    List<?> list(String key, int max) {
        if (required(key) instanceof List<?> list) {
            if (list.size() > max) {
                throw new MalformedWireException(
                        what + "." + key + " has " + list.size() + " entries; at most " + max + " are read");
            }
            return list;
        }
        throw wrong(key, "a list");
    }

    /** The object under {@code key} as it came, or an empty one. */
    Map<String, @Nullable Object> map(String key) {
        if (!has(key)) {
            return Map.of();
        }
        if (fields.get(key) instanceof Map<?, ?> map) {
            return Json.asObject(map);
        }
        throw wrong(key, "an object");
    }

    Map<String, @Nullable Object> all() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    private Object required(String key) {
        Object value = fields.get(key);
        if (value == null) {
            throw new MalformedWireException(what + " has no " + key);
        }
        return value;
    }

    private MalformedWireException wrong(String key, String expected) {
        return new MalformedWireException(what + "." + key + " is not " + expected);
    }
}
