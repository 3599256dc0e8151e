package waybill.gateway;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * One level of the settings: reads typed values by name, collects a sentence for each that is wrong, and knows at the end
 * which names nobody asked for. Scalars of a file stay text until they are read, so that {@code 0.1} is never a binary
 * fraction.
 */
final class PropertyTree {

    private static final int MAX_FILE_BYTES = 1024 * 1024;

    private final String path;
    private final Map<String, @Nullable Object> values;
    private final List<String> problems;
    private final Set<String> asked = new TreeSet<>();

    private PropertyTree(String path, Map<String, @Nullable Object> values, List<String> problems) {
        this.path = path;
        this.values = values;
        this.problems = problems;
    }

    /** Reads a YAML file of at most 1 MiB. */
    static Map<String, @Nullable Object> yaml(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new InvalidSettingsException(List.of(file + ": a settings file has at most 1 MiB."));
        }
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(50);
        options.setNestingDepthLimit(20);
        DumperOptions unused = new DumperOptions();
        Yaml yaml = new Yaml(new SafeConstructor(options), new Representer(unused), unused, options, new TextOnly());
        try (Reader reader = new StringReader(Files.readString(file, StandardCharsets.UTF_8))) {
            Object document = yaml.load(reader);
            if (document == null) {
                return Map.of();
            }
            if (document instanceof Map<?, ?> map) {
                return byName(map);
            }
            throw new InvalidSettingsException(List.of(file + ": a settings file is a map of properties."));
        } catch (YAMLException e) {
            throw new InvalidSettingsException(List.of(file + " is not YAML: " + e.getMessage()));
        }
    }

    /** The properties under {@code path}, given as nested maps, as dotted names, or as both. */
    static PropertyTree of(Map<String, ? extends @Nullable Object> properties, String path) {
        Map<String, @Nullable Object> here = new LinkedHashMap<>();
        Map<String, ? extends @Nullable Object> nested = properties;
        for (String part : path.split("\\.", -1)) {
            nested = nested.get(part) instanceof Map<?, ?> map ? byName(map) : Map.of();
        }
        here.putAll(nested);
        String prefix = path + ".";
        properties.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                here.put(name.substring(prefix.length()), value);
            } else if (name.equals(path) && value instanceof Map<?, ?> map) {
                here.putAll(byName(map));
            }
        });
        return new PropertyTree(path, here, new ArrayList<>());
    }

    /** The maps of a list of maps, in order. */
    List<PropertyTree> each(String name) {
        asked.add(name);
        Object value = values.get(name);
        List<PropertyTree> trees = new ArrayList<>();
        if (value == null) {
            return trees;
        }
        if (!(value instanceof List<?> list)) {
            problem(name, "must be a list");
            return trees;
        }
        for (int i = 0; i < list.size(); i++) {
            String item = name + "[" + i + "]";
            if (list.get(i) instanceof Map<?, ?> map) {
                trees.add(new PropertyTree(path + "." + item, byName(map), problems));
            } else {
                problem(item, "must be a map of properties");
            }
        }
        return trees;
    }

    /** The map under a name, or null when there is no map. */
    @Nullable
    PropertyTree child(String name) {
        if (values.get(name) instanceof Map<?, ?> map) {
            asked.add(name);
            return new PropertyTree(path + "." + name, byName(map), problems);
        }
        return null;
    }

    /** Whether the property is set. */
    boolean has(String name) {
        asked.add(name);
        return values.get(name) != null;
    }

    /** A value read by {@code reading}; {@code absent} when it is absent, or a problem. */
    <T> T read(String name, T absent, Function<String, ? extends T> reading) {
        T value = optional(name, reading);
        return value == null ? absent : value;
    }

    /** A value read by {@code reading}; null when it is absent, or a problem. */
    <T> @Nullable T optional(String name, Function<String, ? extends T> reading) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        try {
            return reading.apply(text);
        } catch (RuntimeException e) {
            String reason = e.getMessage();
            problem(name, "is '" + text + "': " + (reason == null ? e.getClass().getSimpleName() : reason));
            return null;
        }
    }

    /** A text, or the given one when it is absent. */
    String text(String name, String absent) {
        String text = text(name);
        return text == null ? absent : text;
    }

    /** A text that must be there; a problem and an empty text when it is not. */
    String required(String name, String why) {
        String text = text(name);
        if (text == null) {
            problem(name, "is missing: " + why);
            return "";
        }
        return text;
    }

    /** A whole number within bounds. */
    int whole(String name, int absent, int least, int most) {
        return read(name, absent, text -> {
            int number;
            try {
                number = Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("must be a whole number", e);
            }
            if (number < least || number > most) {
                throw new IllegalArgumentException("must be from " + least + " to " + most);
            }
            return number;
        });
    }

    /** {@code true} or {@code false}. */
    boolean flag(String name, boolean absent) {
        return read(name, absent, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        });
    }

    /** A list of texts; a single text is a list of one. */
    List<String> texts(String name) {
        asked.add(name);
        Object value = values.get(name);
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return value == null ? List.of() : List.of(String.valueOf(value));
    }

    /** Notes that a property is wrong. */
    void problem(String name, String what) {
        problems.add(path + "." + name + " " + what + (what.endsWith(".") ? "" : "."));
    }

    /** Notes every property that nobody asked for; call it when all have been read. */
    void refuseOthers() {
        for (String name : values.keySet()) {
            if (!asked.contains(name)) {
                problem(name, "is not a known property; there are: " + String.join(", ", asked));
            }
        }
    }

    /** Throws when anything was wrong in this tree or one that came from it. */
    void throwProblems() {
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
    }

    private @Nullable String text(String name) {
        asked.add(name);
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Double || value instanceof Float) {
            problem(name, "is a binary fraction; write decimals as text, such as \"0.001\"");
            return null;
        }
        boolean scalar = value instanceof CharSequence
                || value instanceof Integer
                || value instanceof Long
                || value instanceof BigInteger
                || value instanceof BigDecimal
                || value instanceof Boolean
                || value instanceof Path
                || value instanceof java.net.URI;
        if (!scalar) {
            problem(name, "must be a single value");
            return null;
        }
        String text = value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
        if (text.isBlank()) {
            problem(name, "is empty; set it or leave it out");
            return null;
        }
        return text.strip();
    }

    private static Map<String, @Nullable Object> byName(Map<?, ?> map) {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        map.forEach((key, value) -> named.put(String.valueOf(key), value));
        return named;
    }

    /** Leaves every scalar the text that it is. */
    private static final class TextOnly extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            // none: no scalar becomes a number, a date or a truth value by its looks
        }
    }
}
