package waybill.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * One mapping of a configuration file. Every scalar stays the text that was written, so {@code 0x…} is an address and
 * {@code 0.10} a price; a key that is not known is an error, because a limit with a typing mistake in its name would be
 * no limit.
 */
final class Settings {

    private static final int MAX_BYTES = 256 * 1024;

    private final String where;
    private final Map<String, Object> values;

    private Settings(String where, Map<String, Object> values) {
        this.where = where;
        this.values = values;
    }

    /**
     * Reads a YAML file of at most 256 KB.
     *
     * @throws Failure when it cannot be read or holds no mapping
     */
    static Settings read(Path file) {
        if (Files.notExists(file)) {
            throw new Failure(Exit.USAGE, "%s cannot be read: there is no such file".formatted(file));
        }
        return parse(file, bytes(file));
    }

    /**
     * The bytes of a file of at most 256 KB; none when it is not there.
     *
     * @throws Failure when it cannot be read
     */
    static byte[] bytes(Path file) {
        try {
            if (Files.notExists(file)) return new byte[0];
            if (Files.size(file) > MAX_BYTES) {
                throw Failure.usage("%s is %,d bytes; a configuration has at most %,d."
                        .formatted(file, Files.size(file), MAX_BYTES));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Reads the text of {@code file}. */
    static Settings parse(Path file, byte[] text) {
        try {
            Object root = yaml().load(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString());
            return root == null ? new Settings(file.toString(), Map.of()) : mapping(file.toString(), root);
        } catch (CharacterCodingException e) {
            throw new Failure(Exit.USAGE, "%s is not UTF-8 text.".formatted(file), e);
        } catch (YAMLException e) {
            throw new Failure(
                    Exit.USAGE,
                    "%s is not YAML: %s"
                            .formatted(file, String.valueOf(e.getMessage()).strip()),
                    e);
        }
    }

    /** Refuses every key but these. */
    void allow(Set<String> keys) {
        for (String key : values.keySet()) {
            if (!keys.contains(key)) {
                throw Failure.usage("%s: unknown key '%s'; known are %s.".formatted(where, key, sorted(keys)));
            }
        }
    }

    /** The text under {@code key}; null when it is not there. */
    @Nullable
    String text(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof String) return (String) value;
        throw Failure.usage("%s: '%s' is one value, not a list or mapping.".formatted(where, key));
    }

    /** The text under {@code key}, which has to be there. */
    String required(String key) {
        String value = text(key);
        if (value == null || value.isBlank()) throw Failure.usage("%s: '%s' is missing.".formatted(where, key));
        return value;
    }

    /** The texts in the list under {@code key}; none when it is not there. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Object item : items(key)) {
            if (!(item instanceof String text)) {
                throw Failure.usage("%s: '%s' is a list of plain values.".formatted(where, key));
            }
            texts.add(text);
        }
        return texts;
    }

    /** The mapping under {@code key}; empty when it is not there. */
    Settings section(String key) {
        Object value = values.get(key);
        String name = where + ", " + key;
        return value == null ? new Settings(name, Map.of()) : mapping(name, value);
    }

    /** The mappings in the list under {@code key}; none when it is not there. */
    List<Settings> sections(String key) {
        List<Settings> sections = new ArrayList<>();
        int number = 0;
        for (Object item : items(key)) sections.add(mapping("%s, %s %d".formatted(where, key, ++number), item));
        return sections;
    }

    /** The keys, as written. */
    Set<String> keys() {
        return values.keySet();
    }

    /** Where this is, for messages: the file and the path in it. */
    String where() {
        return where;
    }

    private List<?> items(String key) {
        Object value = values.get(key);
        if (value == null) return List.of();
        if (value instanceof List<?> list) return list;
        throw Failure.usage("%s: '%s' is a list.".formatted(where, key));
    }

    private static Settings mapping(String where, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw Failure.usage("%s: a mapping (key: value) is expected here.".formatted(where));
        }
        Map<String, Object> values = new LinkedHashMap<>();
        map.forEach((key, item) -> {
            if (item != null) values.put(String.valueOf(key), item);
        });
        return new Settings(where, values);
    }

    private static List<String> sorted(Set<String> keys) {
        return keys.stream().sorted().toList();
    }

    private static Yaml yaml() {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(0);
        options.setNestingDepthLimit(10);
        DumperOptions dump = new DumperOptions();
        return new Yaml(new SafeConstructor(options), new Representer(dump), dump, options, new TextOnly());
    }

    /** Leaves every scalar as text. */
    private static final class TextOnly extends Resolver {
        @Override
        protected void addImplicitResolvers() {}
    }
}
