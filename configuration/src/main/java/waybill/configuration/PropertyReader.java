package waybill.configuration;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads nested maps or dotted names into the records of this package: {@code pricePerCall} from {@code price-per-call},
 * lists from lists or from {@code candidates[0]}. Every mistake is collected under its property's full name. For frameworks
 * without a binder that makes records.
 */
final class PropertyReader {

    private static final Pattern SIMPLE_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern STEP = Pattern.compile("([^.\\[\\]]+)|\\[(\\d{1,4})]");

    private final List<String> problems = new ArrayList<>();

    <T extends Record> T read(Map<String, ? extends @Nullable Object> properties, String root, Class<T> type) {
        Map<String, Object> tree = new TreeMap<>();
        properties.forEach((name, value) -> put(tree, name, value));
        Object own = tree.get(root);
        Object start = own instanceof Map ? own : tree;
        T read = record(start, root, type);
        if (!problems.isEmpty() || read == null) {
            throw new InvalidConfigurationException(problems);
        }
        return read;
    }

    // ---- from names to a tree: maps by canonical name, lists as maps by index

    private static void put(Map<String, Object> tree, String name, @Nullable Object value) {
        List<String> steps = new ArrayList<>();
        Matcher step = STEP.matcher(name);
        while (step.find()) {
            steps.add(step.group(1) == null ? index(Integer.parseInt(step.group(2))) : step.group(1));
        }
        Map<String, Object> at = tree;
        for (String inner : steps.subList(0, Math.max(0, steps.size() - 1))) {
            at = child(at, inner);
        }
        if (!steps.isEmpty()) {
            store(at, steps.get(steps.size() - 1), value);
        }
    }

    private static void store(Map<String, Object> at, String name, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> inner = child(at, name);
            map.forEach((key, each) -> {
                String text = String.valueOf(key);
                if (text.indexOf('[') >= 0) {
                    put(inner, text, each);
                } else {
                    store(inner, text, each); // a host's name has dots, and is one name
                }
            });
        } else if (value instanceof Collection<?> list) {
            Map<String, Object> inner = child(at, name);
            int i = 0;
            for (Object each : list) {
                store(inner, index(i++), each);
            }
        } else if (value != null) {
            at.put(name, value.toString());
        }
    }

    private static Map<String, Object> child(Map<String, Object> at, String name) {
        @SuppressWarnings("unchecked") // only this class puts values here
        Map<String, Object> inner = (Map<String, Object>)
                at.compute(name, (same, old) -> old instanceof Map ? old : new TreeMap<String, Object>());
        return inner;
    }

    /** Sorts as numbers do. */
    private static String index(int i) {
        return String.format(Locale.ROOT, "[%04d]", i);
    }

    private static String shown(String step) {
        return step.startsWith("[") ? "[" + Integer.parseInt(step.substring(1, 5)) + "]" : "." + step;
    }

    // ---- from the tree to records

    private <T extends Record> @Nullable T record(@Nullable Object value, String path, Class<T> type) {
        if (!(value instanceof Map<?, ?> given)) {
            problems.add(path + " has properties of its own, and is not a single value");
            return null;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        given.forEach((name, each) -> fields.put(canonical(String.valueOf(name)), each));
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String property = kebab(components[i].getName());
            Object field = fields.remove(canonical(property));
            arguments[i] = field == null ? null : value(field, path + "." + property, components[i].getGenericType());
        }
        given.keySet().stream()
                .map(String::valueOf)
                .filter(name -> fields.containsKey(canonical(name)))
                .forEach(name -> problems.add(path + shown(name) + " is not a known property; there are "
                        + Arrays.stream(components)
                                .map(component -> kebab(component.getName()))
                                .sorted()
                                .collect(Collectors.joining(", "))));
        return instance(type, components, arguments, path);
    }

    private <T extends Record> @Nullable T instance(
            Class<T> type, RecordComponent[] components, @Nullable Object[] arguments, String path) {
        try {
            Constructor<T> canonical = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return canonical.newInstance(arguments);
        } catch (InvocationTargetException e) {
            problems.add(path + " cannot be used: " + e.getCause());
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of settings has no public constructor: " + type, e);
        }
    }

    private @Nullable Object value(Object given, String path, Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (generic.getRawType() == Map.class) {
                return texts(given, path);
            }
            List<Object> all = elements(given, path, of[0]);
            return generic.getRawType() == Set.class ? new LinkedHashSet<>(all) : all;
        }
        Class<?> raw = (Class<?>) type;
        if (raw.isRecord()) {
            return record(given, path, raw.asSubclass(Record.class));
        }
        if (!(given instanceof String text)) {
            problems.add(path + " is a single value");
            return null;
        }
        return text.isBlank() && raw != Secret.class ? null : single(text.strip(), path, raw);
    }

    private List<Object> elements(Object given, String path, Type type) {
        List<Object> all = new ArrayList<>();
        if (given instanceof String text) { // a, b, c
            for (String part : text.split(",", -1)) {
                add(all, part.isBlank() ? null : value(part, path, type));
            }
        } else if (given instanceof Map<?, ?> map) {
            map.forEach((step, each) -> add(all, value(each, path + shown(String.valueOf(step)), type)));
        }
        return all;
    }

    private static void add(List<Object> all, @Nullable Object value) {
        if (value != null) {
            all.add(value);
        }
    }

    private Map<String, String> texts(Object given, String path) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (given instanceof Map<?, ?> map) {
            flatten("", map, texts);
        } else {
            problems.add(path + " has a name for each value");
        }
        return texts;
    }

    /** A host's name has dots, which a framework may have taken for levels. */
    private static void flatten(String before, Map<?, ?> map, Map<String, String> texts) {
        map.forEach((name, each) -> {
            String whole = before + unbracketed(String.valueOf(name));
            if (each instanceof Map<?, ?> inner) {
                flatten(whole + ".", inner, texts);
            } else {
                texts.put(whole, String.valueOf(each));
            }
        });
    }

    private static String unbracketed(String name) {
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    private @Nullable Object single(String text, String path, Class<?> type) {
        try {
            if (type == String.class) return text;
            if (type == Secret.class) return Secret.of(text);
            if (type == Boolean.class) return truth(text);
            if (type == Integer.class) return Integer.valueOf(text);
            if (type == Long.class) return Long.valueOf(text);
            if (type == Double.class) return Double.valueOf(text);
            if (type == BigDecimal.class) return new BigDecimal(text);
            if (type == Duration.class) return duration(text);
            if (type == LocalDate.class) return LocalDate.parse(text);
            if (type == URI.class) return URI.create(text);
            if (type == Path.class) return Path.of(text);
            for (Object constant : type.getEnumConstants()) {
                if (canonical(constant.toString()).equals(canonical(text))) return constant;
            }
        } catch (RuntimeException e) {
            problems.add(path + " is '" + text + "', which is no " + wanted(type));
            return null;
        }
        problems.add(path + " is '" + text + "'; there are "
                + Arrays.stream(type.getEnumConstants())
                        .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", ")));
        return null;
    }

    private static String wanted(Class<?> type) {
        if (type == Boolean.class) return "true or false";
        if (type == Duration.class) return "time such as 30s, 2m or 500ms";
        if (type == LocalDate.class) return "date such as 2026-10-01";
        if (type == URI.class) return "address";
        if (type == Path.class) return "file name";
        return "number";
    }

    private static Boolean truth(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        throw new IllegalArgumentException(text);
    }

    private static Duration duration(String text) {
        Matcher simple = SIMPLE_DURATION.matcher(text);
        if (!simple.matches()) {
            return Duration.parse(text);
        }
        long count = Long.parseLong(simple.group(1));
        return switch (simple.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    /** The property of a component: {@code price-per-call}. */
    static String kebab(String component) {
        return component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static String canonical(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
