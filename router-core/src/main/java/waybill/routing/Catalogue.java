package waybill.routing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Chat models by name, with prices, limits and abilities, each with its source and date. Immutable. The shipped one is a
 * file of lines that a person can read; {@link #with} lays one's own lines over it. docs/models.md has the format.
 */
public final class Catalogue {

    /** Days after which a price is called old unless another number is asked for. */
    public static final int OLD_AFTER_DAYS = 90;

    private static final int PREFIXES_AT_MOST = 4;

    private final Map<String, CatalogueEntry> entries;
    private final Map<String, String> names;
    private final Map<String, String> prefixes;

    Catalogue(Map<String, CatalogueEntry> entries, Map<String, String> names, Map<String, String> prefixes) {
        this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        this.names = Map.copyOf(names);
        this.prefixes = Map.copyOf(prefixes);
    }

    /** The catalogue that comes with this version. */
    public static Catalogue shipped() {
        return Shipped.CATALOGUE;
    }

    /** A catalogue that lists nothing, to lay lines over. */
    public static Catalogue empty() {
        return new Catalogue(Map.of(), Map.of(), Map.of());
    }

    /**
     * This catalogue with the lines of a file laid over it. A model that is listed already keeps what its line does not
     * mention; a price is replaced as a whole. All lines count or none.
     *
     * @param file how messages call the file
     * @throws CatalogueException naming the line that is wrong
     */
    public Catalogue with(String file, String lines) {
        return new CatalogueReader(this, file).read(lines);
    }

    /**
     * This catalogue with another price for a listed model; limits, abilities and accuracies stay. For prices that change
     * while a router runs, such as those that sellers of calls were last seen to ask.
     *
     * @param name as in {@link #get}
     * @param source who says so
     * @param asOf when
     * @throws IllegalArgumentException when the model is not listed
     */
    public Catalogue withPrice(String name, Price price, String source, LocalDate asOf) {
        CatalogueEntry listed = get(name);
        Map<String, CatalogueEntry> priced = new LinkedHashMap<>(entries);
        priced.put(
                listed.name(),
                new CatalogueEntry(
                        listed.name(),
                        listed.aliases(),
                        listed.released(),
                        listed.profile().withPrice(price),
                        source,
                        asOf));
        return new Catalogue(priced, names, prefixes);
    }

    /** All entries, in the order of their files. */
    public Collection<CatalogueEntry> entries() {
        return entries.values();
    }

    /**
     * The model of this name, whatever its case and whether it writes dots or dashes: its full name or an alias, behind
     * a known gateway's or vendor's prefix, and with a date of its release or later, or {@code -latest}, at its end.
     */
    public Optional<CatalogueEntry> find(String name) {
        String key = key(name);
        for (int i = 0; i <= PREFIXES_AT_MOST; i++) {
            Optional<CatalogueEntry> found = exact(key);
            if (found.isEmpty()) {
                found = undated(key);
            }
            if (found.isPresent()) {
                return found;
            }
            int slash = key.indexOf('/');
            String other = slash < 0 ? null : prefixes.get(key.substring(0, slash + 1));
            if (other == null) {
                return Optional.empty();
            }
            key = other + key.substring(slash + 1);
        }
        return Optional.empty();
    }

    /**
     * The model of this name.
     *
     * @throws IllegalArgumentException when it is not listed; the message names the nearest
     */
    public CatalogueEntry get(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalArgumentException("the catalogue lists no \"" + name + "\"; "
                        + nearest(name)
                        + ". Give such a model a profile of its own: Candidate.of(name, model, Profile.of(price))"));
    }

    /** Prices that are older than this many days on this day, one sentence for each source and date; empty when none is. */
    public List<String> oldPrices(LocalDate today, int days) {
        Map<String, Long> old = entries.values().stream()
                .filter(entry -> entry.profile().price().known())
                .filter(entry -> ChronoUnit.DAYS.between(entry.asOf(), today) > days)
                .collect(Collectors.groupingBy(
                        entry -> entry.source() + ", " + entry.asOf() + ", "
                                + ChronoUnit.DAYS.between(entry.asOf(), today) + " days ago",
                        TreeMap::new,
                        Collectors.counting()));
        return old.entrySet().stream()
                .map(e -> e.getValue() + (e.getValue() == 1 ? " price is" : " prices are") + " from " + e.getKey()
                        + ": check them before you rely on them")
                .toList();
    }

    Map<String, CatalogueEntry> byName() {
        return entries;
    }

    Map<String, String> names() {
        return names;
    }

    Map<String, String> prefixes() {
        return prefixes;
    }

    /** A name as it is looked up: lower case, and dots and at-signs as dashes, which vendors and gateways mix. */
    static String key(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace('.', '-').replace('@', '-');
    }

    private Optional<CatalogueEntry> exact(String key) {
        return Optional.ofNullable(names.get(key)).map(entries::get);
    }

    /** A dated name of a listed model, unless the date is before its release: that was another model. */
    private Optional<CatalogueEntry> undated(String key) {
        if (key.endsWith("-latest")) {
            return exact(key.substring(0, key.length() - "-latest".length()));
        }
        int digits = key.matches(".*-\\d{4}-\\d{2}-\\d{2}") ? 10 : key.matches(".*-\\d{8}") ? 8 : 0;
        if (digits == 0) {
            return Optional.empty();
        }
        String date = key.substring(key.length() - digits).replace("-", "");
        return exact(key.substring(0, key.length() - digits - 1)).filter(entry -> {
            LocalDate released = entry.released();
            return released != null && date.compareTo(released.toString().replace("-", "")) >= 0;
        });
    }

    private String nearest(String name) {
        String key = key(name.substring(name.lastIndexOf('/') + 1));
        List<String> near = entries.keySet().stream()
                .filter(listed -> distance(key, key(listed.substring(listed.lastIndexOf('/') + 1)))
                        <= Math.max(2, key.length() / 4))
                .sorted(Comparator.comparingInt(
                        listed -> distance(key, key(listed.substring(listed.lastIndexOf('/') + 1)))))
                .limit(4)
                .toList();
        return near.isEmpty() ? "no name is near" : "near it are " + String.join(", ", near);
    }

    /** Levenshtein's: insertions, deletions and replacements that turn one name into the other. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** Read when it is first asked for. */
    private static final class Shipped {
        static final Catalogue CATALOGUE = read();

        private static Catalogue read() {
            try (InputStream in = Catalogue.class.getResourceAsStream("models.catalogue")) {
                if (in == null) {
                    throw new IllegalStateException("the catalogue is missing from this build");
                }
                return empty().with("models.catalogue", new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
