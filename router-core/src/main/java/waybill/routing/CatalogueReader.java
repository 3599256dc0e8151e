package waybill.routing;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a catalogue: {@code source}, {@code prefix}, {@code model} and {@code accuracy}. Refuses what it
 * does not understand, with the line, so that a misspelt price is never a missing one.
 */
final class CatalogueReader {

    private static final int LONGEST = 4_000_000;
    private static final int LONGEST_LINE = 4_000;
    private static final Set<String> RATES = Set.of(
            "in", "out", "cached", "write", "reasoning", "over", "over-in", "over-out", "over-cached", "over-write");
    private static final Set<String> FACTS =
            Set.of("alias", "price", "context", "limit", "reads", "tools", "schema", "released");
    private static final BigDecimal DEAREST = BigDecimal.valueOf(100_000);

    private final String file;
    private final Map<String, CatalogueEntry> entries;
    private final Map<String, String> names;
    private final Map<String, String> prefixes;
    private final Set<String> here = new HashSet<>();
    private @Nullable String source;
    private LocalDate asOf = LocalDate.EPOCH;
    private int line;

    CatalogueReader(Catalogue base, String file) {
        this.file = file;
        this.entries = new LinkedHashMap<>(base.byName());
        this.names = new HashMap<>(base.names());
        this.prefixes = new HashMap<>(base.prefixes());
    }

    Catalogue read(String text) {
        if (text.length() > LONGEST) {
            throw new CatalogueException(file, 0, "it has more than " + LONGEST + " characters, too many to be one");
        }
        for (String raw : text.split("\n", -1)) {
            line++;
            String said = raw.strip();
            if (said.length() > LONGEST_LINE) {
                throw wrong("the line has more than " + LONGEST_LINE + " characters");
            }
            if (!said.isEmpty() && !said.startsWith("#")) {
                read(said.split("\\s+"));
            }
        }
        return new Catalogue(entries, names, prefixes);
    }

    private void read(String... words) {
        switch (words[0]) {
            case "source" -> readSource(words);
            case "prefix" -> readPrefix(words);
            case "model" -> readModel(words);
            case "accuracy" -> readAccuracy(words);
            default -> throw wrong("a line begins with source, prefix, model or accuracy, not \"" + words[0] + "\"");
        }
    }

    /** {@code source WORDS... DATE}: who says what the lines below say, and when. */
    private void readSource(String... words) {
        if (words.length < 3) {
            throw wrong("a source has a name and a date: source our contract 2026-11-01");
        }
        source = String.join(" ", Arrays.asList(words).subList(1, words.length - 1));
        asOf = date(words[words.length - 1]);
    }

    /** {@code prefix FROM [TO]}: names that begin with one are looked up without it, or with another. */
    private void readPrefix(String... words) {
        if (words.length < 2 || words.length > 3 || !words[1].endsWith("/")) {
            throw wrong("a prefix ends with a slash, and may be followed by what replaces it: prefix x-ai/ xai/");
        }
        prefixes.put(Catalogue.key(words[1]), words.length == 2 ? "" : Catalogue.key(words[2]));
    }

    /** {@code model NAME key=value...} */
    private void readModel(String... words) {
        String origin = source;
        if (origin == null) {
            throw wrong("a source line must come first: nothing is listed without who said it, and when");
        }
        String listed = words.length < 2 ? null : names.get(Catalogue.key(words[1]));
        if (words.length < 2 || (listed == null && (words[1].indexOf('/') <= 0 || words[1].endsWith("/")))) {
            throw wrong("a model that is not listed yet has a vendor and a name: model openai/gpt-4.1-mini");
        }
        String name = listed == null ? words[1] : listed;
        if (!here.add(name)) {
            throw wrong(name + " is listed twice in this file");
        }
        Map<String, String> said = values(words);
        CatalogueEntry before = entries.get(name);
        Profile profile =
                profile(before == null ? Profile.of(Price.unknown()).withTools(false) : before.profile(), said);
        List<String> aliases = new ArrayList<>(before == null ? List.of() : before.aliases());
        for (String alias : list(said.get("alias"))) {
            if (!aliases.contains(alias)) {
                aliases.add(alias);
            }
            claim(alias, name);
        }
        claim(name, name);
        LocalDate released = said.containsKey("released")
                ? date(said.getOrDefault("released", ""))
                : before == null ? null : before.released();
        entries.put(name, new CatalogueEntry(name, aliases, released, profile, origin, asOf));
    }

    private void claim(String alias, String name) {
        String other = names.put(Catalogue.key(alias), name);
        if (other != null && !other.equals(name)) {
            throw wrong("\"" + alias + "\" is already a name of " + other);
        }
    }

    private Map<String, String> values(String... words) {
        Map<String, String> values = new HashMap<>();
        for (int i = 2; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String key = equals <= 0 ? words[i] : words[i].substring(0, equals);
            if (equals <= 0 || equals == words[i].length() - 1 || !(RATES.contains(key) || FACTS.contains(key))) {
                throw wrong(
                        "\"" + words[i] + "\" is none of alias=, price=, in=, out=, cached=, write=, reasoning=, over=,"
                                + " over-in=, over-out=, over-cached=, over-write=, context=, limit=, reads=, tools=, schema=,"
                                + " released=");
            }
            if (values.put(key, words[i].substring(equals + 1)) != null) {
                throw wrong(key + "= is said twice");
            }
        }
        return values;
    }

    private Profile profile(Profile before, Map<String, String> said) {
        Profile profile = before;
        if (said.containsKey("price") || RATES.stream().anyMatch(said::containsKey)) {
            profile = profile.withPrice(price(said));
        }
        for (Map.Entry<String, String> fact : said.entrySet()) {
            String value = fact.getValue();
            profile = switch (fact.getKey()) {
                case "context" -> profile.withContext(tokens("context", value));
                case "limit" -> profile.withOutputLimit(tokens("limit", value));
                case "reads" -> profile.withInputs(modalities(value));
                case "tools" -> profile.withTools(yes("tools", value));
                case "schema" -> profile.withJsonSchema(yes("schema", value));
                default -> profile;
            };
        }
        return profile;
    }

    private Price price(Map<String, String> said) {
        String word = said.get("price");
        if (word != null) {
            if (RATES.stream().anyMatch(said::containsKey)) {
                throw wrong("price=" + word + " and rates exclude each other");
            }
            return switch (word) {
                case "free" -> Price.free();
                case "unknown" -> Price.unknown();
                default -> throw wrong("price= is free or unknown; rates are in= and out=, dollars per million tokens");
            };
        }
        Price.PerToken price = rates(said, "");
        if (said.containsKey("over")) {
            return price.withLonger(tokens("over", said.getOrDefault("over", "")), rates(said, "over-"));
        }
        if (said.keySet().stream().anyMatch(key -> key.startsWith("over-"))) {
            throw wrong("over-… rates need over=, the input tokens above which they hold");
        }
        return price;
    }

    private Price.PerToken rates(Map<String, String> said, String step) {
        return new Price.PerToken(
                required(said, step + "in"),
                required(said, step + "out"),
                rate(said, step + "cached"),
                rate(said, step + "write"),
                step.isEmpty() ? rate(said, "reasoning") : null);
    }

    private BigDecimal required(Map<String, String> said, String key) {
        BigDecimal rate = rate(said, key);
        if (rate == null) {
            throw wrong(key + "= is missing: a price needs both input and output");
        }
        return rate;
    }

    private @Nullable BigDecimal rate(Map<String, String> said, String key) {
        String value = said.get(key);
        if (value == null) {
            return null;
        }
        if (!value.matches("\\d{1,6}(\\.\\d{1,12})?")) {
            throw wrong(key + "=" + value + " is no number of dollars per million tokens, such as 0.4");
        }
        BigDecimal usd = new BigDecimal(value);
        if (usd.signum() == 0) {
            throw wrong(
                    key + "=" + value + " would cost nothing: say price=free if that is known, price=unknown if it is"
                            + " not, or leave " + key + "= out");
        }
        if (usd.compareTo(DEAREST) > 0) {
            throw wrong(key + "=" + value + " is more than $" + DEAREST + " per million tokens, surely a mistake");
        }
        return usd;
    }

    /** {@code accuracy NAME AREA SHARE DATE WORDS...}: what somebody measured; the area "overall" for everything. */
    private void readAccuracy(String... words) {
        if (words.length < 6) {
            throw wrong("an accuracy has a model, an area, a share, a date and a source:"
                    + " accuracy openai/gpt-4.1-mini maths 0.62 2026-10-01 our own 300 prompts");
        }
        CatalogueEntry entry = entries.get(names.getOrDefault(Catalogue.key(words[1]), ""));
        if (entry == null) {
            throw wrong("\"" + words[1] + "\" is not listed above");
        }
        Accuracy accuracy = accuracy(words);
        Profile profile = words[2].toLowerCase(Locale.ROOT).equals("overall")
                ? entry.profile().withQuality(accuracy.share(), accuracy.source(), accuracy.asOf())
                : entry.profile().withQualityIn(words[2], accuracy.share(), accuracy.source(), accuracy.asOf());
        entries.put(
                entry.name(),
                new CatalogueEntry(
                        entry.name(), entry.aliases(), entry.released(), profile, entry.source(), entry.asOf()));
    }

    private Accuracy accuracy(String... words) {
        String from = String.join(" ", Arrays.asList(words).subList(5, words.length));
        LocalDate when = date(words[4]);
        try {
            return new Accuracy(Double.parseDouble(words[3]), from, when);
        } catch (IllegalArgumentException e) {
            throw wrong("\"" + words[3] + "\" is no share between 0 and 1");
        }
    }

    private LocalDate date(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw wrong("\"" + text + "\" is no date, such as 2026-07-02");
        }
    }

    private int tokens(String key, String text) {
        if (!text.matches("[1-9]\\d{0,8}")) {
            throw wrong(key + "=" + text + " is no number of tokens; leave it out when it is unknown");
        }
        return Integer.parseInt(text);
    }

    private boolean yes(String key, String text) {
        if (!text.equals("yes") && !text.equals("no")) {
            throw wrong(key + "=" + text + " is neither yes nor no; leave it out when it is unknown");
        }
        return text.equals("yes");
    }

    private Modality[] modalities(String text) {
        Set<Modality> kinds = EnumSet.of(Modality.TEXT);
        for (String kind : list(text)) {
            try {
                kinds.add(Modality.valueOf(kind.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw wrong("reads=" + kind + " is none of image, audio, video, pdf");
            }
        }
        return kinds.toArray(Modality[]::new);
    }

    private static List<String> list(@Nullable String text) {
        return text == null ? List.of() : List.of(text.split(","));
    }

    private CatalogueException wrong(String problem) {
        return new CatalogueException(file, line, problem);
    }
}
