package waybill.x402;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as plain values: {@link Map} (in the order written), {@link List}, {@link String}, {@link BigInteger},
 * {@link BigDecimal}, {@link Boolean} and null. Reading is bounded: 32 levels, strings of 64 Ki characters, numbers of
 * 100 digits, no key twice, no half of a surrogate pair, nothing behind the value. Thread-safe. No JSON library shows through.
 */
public final class Json {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_STRING = 64 * 1024;
    private static final int MAX_NUMBER = 100;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_STRING)
                    .maxNameLength(1024)
                    .maxNumberLength(MAX_NUMBER)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private Json() {}

    /**
     * Reads one value from UTF-8.
     *
     * @param maxBytes how long the input may be; longer is refused unread
     * @throws MalformedWireException when it is too long or not JSON within the bounds
     */
    public static @Nullable Object parse(byte[] utf8, int maxBytes) {
        if (utf8.length > maxBytes) {
            throw new MalformedWireException("JSON of " + utf8.length + " bytes; at most " + maxBytes + " are read");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedWireException("not UTF-8", e);
        }
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new MalformedWireException("no JSON value: the input is empty");
            }
            Object value = read(parser);
            if (parser.nextToken() != null) {
                throw new MalformedWireException("something stands behind the JSON value");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new MalformedWireException("not JSON: " + Printable.cut(e.getOriginalMessage(), 200), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads one object from UTF-8.
     *
     * @throws MalformedWireException when it is too long, not JSON within the bounds, or not an object
     */
    public static Map<String, @Nullable Object> parseObject(byte[] utf8, int maxBytes) {
        if (parse(utf8, maxBytes) instanceof Map<?, ?> map) {
            return asObject(map);
        }
        throw new MalformedWireException("expected a JSON object");
    }

    /**
     * Writes a value without white space, keys in the order of the map.
     *
     * @throws IllegalArgumentException for a value that is not one of the kinds named above (or an Integer or Long)
     */
    public static String write(@Nullable Object value) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    @SuppressWarnings("unchecked") // read() makes maps with String keys only
    static Map<String, @Nullable Object> asObject(Map<?, ?> map) {
        return (Map<String, @Nullable Object>) map;
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = wellFormed(parser.currentName());
                    parser.nextToken();
                    object.put(key, read(parser));
                }
                return Collections.unmodifiableMap(object);
            }
            case START_ARRAY -> {
                List<@Nullable Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser));
                }
                return Collections.unmodifiableList(array);
            }
            case VALUE_STRING -> {
                return wellFormed(parser.getText());
            }
            case VALUE_NUMBER_INT -> {
                return parser.getBigIntegerValue();
            }
            case VALUE_NUMBER_FLOAT -> {
                return decimal(parser);
            }
            case VALUE_TRUE -> {
                return true;
            }
            case VALUE_FALSE -> {
                return false;
            }
            case VALUE_NULL -> {
                return null;
            }
            default -> throw new MalformedWireException("unexpected JSON token " + token);
        }
    }

    /**
     * A number whose exponent no decimal can hold is refused like everything else that is not within the bounds. One
     * without a fraction ({@code 6e0}) is the integer that it would be read back as.
     */
    private static Number decimal(JsonParser parser) throws IOException {
        try {
            BigDecimal decimal = parser.getDecimalValue();
            return decimal.scale() == 0 ? decimal.unscaledValue() : decimal;
        } catch (ArithmeticException | NumberFormatException e) {
            throw new MalformedWireException("a JSON number is out of range", e);
        }
    }

    /** Half of a surrogate pair is no text: UTF-8 cannot write it, so it would come back as something else. */
    private static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new MalformedWireException("a JSON string holds half of a character");
            }
        }
        return text;
    }

    private static void write(JsonGenerator generator, @Nullable Object value) throws IOException {
        if (value == null) {
            generator.writeNull();
        } else if (value instanceof String text) {
            generator.writeString(text);
        } else if (value instanceof Boolean bool) {
            generator.writeBoolean(bool);
        } else if (value instanceof BigInteger integer) {
            generator.writeNumber(integer);
        } else if (value instanceof BigDecimal decimal) {
            generator.writeNumber(decimal);
        } else if (value instanceof Integer || value instanceof Long) {
            generator.writeNumber(((Number) value).longValue());
        } else if (value instanceof Map<?, ?> map) {
            generator.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                generator.writeFieldName((String) entry.getKey());
                write(generator, entry.getValue());
            }
            generator.writeEndObject();
        } else if (value instanceof List<?> list) {
            generator.writeStartArray();
            for (Object element : list) {
                write(generator, element);
            }
            generator.writeEndArray();
        } else {
            throw new IllegalArgumentException(
                    "no JSON form for " + value.getClass().getName());
        }
    }
}
