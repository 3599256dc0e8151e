package waybill.wallet.tools;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one call, as a model wrote them. Whatever the schema does not name is refused; a null counts as absent.
 */
public final class Arguments {
    private static final Pattern DOLLARS = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,6})?");

    private final String tool;
    private final Map<String, @Nullable Object> values;

    Arguments(String tool, Map<String, @Nullable Object> schema, Map<String, @Nullable Object> values) {
        this.tool = tool;
        this.values = values;
        Map<?, ?> known = schema.get("properties") instanceof Map<?, ?> named ? named : Map.of();
        for (String name : values.keySet()) {
            if (!known.containsKey(name)) {
                throw new BadArgumentsException(tool + " has no argument '" + Fence.line(name, 40) + "'; it takes "
                        + (known.isEmpty() ? "none" : names(known)));
            }
        }
    }

    String required(String name, int maxChars) {
        String text = optional(name, maxChars);
        if (text == null || text.isEmpty()) {
            throw new BadArgumentsException(tool + " needs the argument '" + name + "'");
        }
        return text;
    }

    @Nullable
    String optional(String name, int maxChars) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text)) {
            throw new BadArgumentsException("'" + name + "' is a string");
        }
        if (text.length() > maxChars) {
            throw new BadArgumentsException(
                    "'" + name + "' has " + text.length() + " characters; at most " + maxChars + " are taken");
        }
        return text;
    }

    int count(String name, int otherwise, int most) {
        Object value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof BigInteger number
                && number.signum() > 0
                && number.compareTo(BigInteger.valueOf(most)) <= 0) {
            return number.intValueExact();
        }
        throw new BadArgumentsException("'" + name + "' is a whole number from 1 to " + most);
    }

    /** Dollars as a plain decimal string; null when absent. */
    @Nullable
    BigDecimal dollars(String name) {
        String text = optional(name, 20);
        if (text == null) {
            return null;
        }
        if (!DOLLARS.matcher(text).matches()) {
            throw new BadArgumentsException("'" + name + "' is dollars as a plain decimal string, such as \"0.05\"");
        }
        return new BigDecimal(text);
    }

    /** Texts by name; empty when absent. */
    Map<String, String> texts(String name) {
        Object value = values.get(name);
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw new BadArgumentsException("'" + name + "' is an object of strings");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        map.forEach((key, text) -> {
            if (text != null) {
                if (!(text instanceof String given)) {
                    throw new BadArgumentsException("'" + name + "' is an object of strings");
                }
                texts.put(String.valueOf(key), given);
            }
        });
        return texts;
    }

    private static String names(Map<?, ?> known) {
        return known.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
