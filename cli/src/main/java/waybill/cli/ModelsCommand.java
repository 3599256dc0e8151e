package waybill.cli;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.routing.Catalogue;
import waybill.routing.CatalogueEntry;
import waybill.routing.CatalogueException;
import waybill.routing.CatalogueFile;
import waybill.routing.Modality;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Usage;

/** {@code waybill models}: lists and filters the catalogue. */
@Command(
        name = "models",
        header = "List the models that the catalogue knows, with prices, limits and abilities.",
        description = {
            "",
            "Prices are dollars per million tokens, as of the date that each entry carries. A price that nobody told is \"?\"",
            "and never counts as cheap; an ability that nobody told is not listed. TEXT looks in names and aliases.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill models mini --tools --schema",
            "  waybill models --vendor anthropic --reads pdf",
            "  waybill models --max-price 0.5 --min-context 200000 --sort price",
            "  waybill models --catalogue own.catalogue --json",
        })
final class ModelsCommand implements Callable<Integer> {

    /** What the list is sorted by. */
    enum Order {
        name,
        price,
        context,
        released
    }

    /** Kinds of content, as written on the command line. */
    enum Kind {
        image,
        audio,
        video,
        pdf;

        Modality modality() {
            return Modality.valueOf(name().toUpperCase(Locale.ROOT));
        }
    }

    private static final BigDecimal FOUR = BigDecimal.valueOf(4);
    private static final int WIDE = 120;
    private static final int NARROW = 80;

    private final Terminal terminal;

    @Parameters(
            paramLabel = "TEXT",
            arity = "0..*",
            description = "Only models whose name or alias contains each of these.")
    private List<String> texts = List.of();

    @Option(
            names = "--vendor",
            paramLabel = "NAME",
            split = ",",
            description = "Only these vendors or hosts; several with commas.")
    private List<String> vendors = List.of();

    @Option(names = "--tools", description = "Only models that call tools.")
    private boolean tools;

    @Option(names = "--schema", description = "Only models that follow a JSON schema.")
    private boolean schema;

    @Option(
            names = "--reads",
            paramLabel = "KIND",
            split = ",",
            description = "Only models that read these besides text: ${COMPLETION-CANDIDATES}.")
    private List<Kind> reads = List.of();

    @Option(
            names = "--max-price",
            paramLabel = "USD",
            converter = Dollars.class,
            description = "Only models of at most this price per million tokens, three parts input to one part output.")
    private @Nullable BigDecimal maxPrice;

    @Option(
            names = "--min-context",
            paramLabel = "TOKENS",
            description = "Only models that are known to take this many tokens.")
    private int minContext;

    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            defaultValue = "name",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Order order = Order.name;

    @Option(
            names = "--catalogue",
            paramLabel = "FILE",
            description = "Your own lines, laid over the shipped catalogue (docs/models.md has the format).")
    private @Nullable Path own;

    @Option(
            names = "--old-after",
            paramLabel = "DAYS",
            defaultValue = "" + Catalogue.OLD_AFTER_DAYS,
            description = "Warn of prices older than this (default: ${DEFAULT-VALUE}).")
    private int oldAfter = Catalogue.OLD_AFTER_DAYS;

    @Option(names = "--json", description = "One JSON object a line, with everything that is known.")
    private boolean json;

    ModelsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Catalogue catalogue = catalogue();
        List<CatalogueEntry> found = catalogue.entries().stream()
                .filter(this::wanted)
                .sorted(comparator())
                .toList();
        if (json) {
            found.forEach(entry -> terminal.print(Json.write(facts(entry))));
        } else {
            table(found).forEach(terminal::print);
            if (found.isEmpty())
                terminal.progress("No model of " + catalogue.entries().size() + " fits.");
        }
        catalogue.oldPrices(LocalDate.now(ZoneOffset.UTC), oldAfter).forEach(terminal::progress);
        return Exit.OK;
    }

    private Catalogue catalogue() {
        if (own == null) return Catalogue.shipped();
        try {
            return CatalogueFile.open(own).get();
        } catch (CatalogueException e) {
            throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private boolean wanted(CatalogueEntry entry) {
        Profile profile = entry.profile();
        if (!vendors.isEmpty() && vendors.stream().noneMatch(entry.vendor()::equalsIgnoreCase)) return false;
        if (tools && !profile.tools()) return false;
        if (schema && !profile.jsonSchema()) return false;
        if (!reads.stream().map(Kind::modality).allMatch(profile.inputs()::contains)) return false;
        if (profile.contextTokens() < minContext) return false;
        if (maxPrice != null && dearer(blended(entry), maxPrice)) return false;
        return texts.stream().allMatch(text -> mentions(entry, text.toLowerCase(Locale.ROOT)));
    }

    /** An unknown price is dearer than any. */
    private static boolean dearer(@Nullable BigDecimal price, BigDecimal most) {
        return price == null || price.compareTo(most) > 0;
    }

    private static boolean mentions(CatalogueEntry entry, String text) {
        return Stream.concat(Stream.of(entry.name()), entry.aliases().stream())
                .anyMatch(name -> name.toLowerCase(Locale.ROOT).contains(text));
    }

    private Comparator<CatalogueEntry> comparator() {
        Comparator<CatalogueEntry> byName =
                Comparator.comparing(entry -> entry.name().toLowerCase(Locale.ROOT));
        return switch (order) {
            case name -> byName;
            case price ->
                Comparator.comparing(
                                ModelsCommand::blended, Comparator.nullsLast(Comparator.<BigDecimal>naturalOrder()))
                        .thenComparing(byName);
            case context ->
                Comparator.<CatalogueEntry>comparingInt(
                                entry -> -entry.profile().contextTokens())
                        .thenComparing(byName);
            case released ->
                Comparator.comparing(
                                CatalogueEntry::released, Comparator.nullsLast(Comparator.<LocalDate>reverseOrder()))
                        .thenComparing(byName);
        };
    }

    /** Dollars per million tokens, three parts input to one part output; null when the price is unknown. */
    private static @Nullable BigDecimal blended(CatalogueEntry entry) {
        return entry.profile()
                .price()
                .charge(Usage.of(3_000_000, 1_000_000))
                .map(usd -> usd.divide(FOUR))
                .orElse(null);
    }

    private List<String> table(List<CatalogueEntry> found) {
        int width = width();
        boolean wide = width >= WIDE;
        Table table = wide
                ? new Table("model", "in $/M", "cached", "out $/M", "context", "output", "can", "released", "as of")
                : new Table("model", "in $/M", "out $/M", "context", "can");
        for (CatalogueEntry entry : found) {
            Profile profile = entry.profile();
            Price price = profile.price();
            String name = cut(entry.name(), wide ? 44 : 40);
            if (wide) {
                LocalDate released = entry.released();
                table.row(
                        name,
                        rate(price, Rate.INPUT),
                        rate(price, Rate.CACHED),
                        rate(price, Rate.OUTPUT),
                        tokens(profile.contextTokens()),
                        tokens(profile.outputTokens()),
                        abilities(profile),
                        released == null ? "?" : released.toString().substring(0, 7),
                        entry.asOf().toString());
            } else {
                table.row(
                        name,
                        rate(price, Rate.INPUT),
                        rate(price, Rate.OUTPUT),
                        tokens(profile.contextTokens()),
                        abilities(profile));
            }
        }
        List<String> lines = new ArrayList<>(table.lines());
        if (found.isEmpty()) return List.of();
        lines.add("");
        lines.add(
                found.size() + (found.size() == 1 ? " model" : " models")
                        + "; can: T tools, S schema, I images, A audio, V video, P PDF; + dearer for long prompts; ? not known");
        if (lines.get(lines.size() - 1).length() > width) {
            int cut = lines.get(lines.size() - 1).lastIndexOf(' ', width);
            String last = lines.remove(lines.size() - 1);
            lines.add(last.substring(0, cut));
            lines.add(last.substring(cut + 1));
        }
        return lines;
    }

    private int width() {
        String columns = terminal.variable("COLUMNS");
        return columns != null && columns.matches("\\d{1,4}") ? Integer.parseInt(columns) : NARROW;
    }

    private enum Rate {
        INPUT,
        CACHED,
        OUTPUT
    }

    private static String rate(Price price, Rate which) {
        if (price instanceof Price.PerToken tokens) {
            BigDecimal cached = tokens.cachedInput();
            return switch (which) {
                case INPUT -> tokens.input().toPlainString() + (tokens.longer() == null ? "" : "+");
                case CACHED -> cached == null ? "-" : cached.toPlainString();
                case OUTPUT -> tokens.output().toPlainString();
            };
        }
        return price.known() ? which == Rate.INPUT ? price.toString() : "" : "?";
    }

    private static String tokens(int tokens) {
        if (tokens == 0) return "?";
        int tenths = tokens / 100_000;
        if (tenths >= 10) return tenths / 10 + (tenths % 10 == 0 ? "M" : "." + tenths % 10 + "M");
        return tokens >= 1000 ? tokens / 1000 + "k" : "" + tokens;
    }

    private static String abilities(Profile profile) {
        StringBuilder letters = new StringBuilder();
        if (profile.tools()) letters.append('T');
        if (profile.jsonSchema()) letters.append('S');
        for (Kind kind : Kind.values()) {
            if (profile.inputs().contains(kind.modality()))
                letters.append(Character.toUpperCase(kind.name().charAt(0)));
        }
        return letters.toString();
    }

    private static String cut(String name, int most) {
        return name.length() <= most ? name : name.substring(0, most - 3) + "...";
    }

    private static Map<String, Object> facts(CatalogueEntry entry) {
        Map<String, Object> facts = new LinkedHashMap<>();
        Profile profile = entry.profile();
        facts.put("name", entry.name());
        facts.put("vendor", entry.vendor());
        facts.put("aliases", entry.aliases());
        facts.put("price", price(profile.price()));
        facts.put("context", known(profile.contextTokens()));
        facts.put("output", known(profile.outputTokens()));
        facts.put(
                "reads",
                profile.inputs().stream()
                        .map(m -> m.name().toLowerCase(Locale.ROOT))
                        .sorted()
                        .toList());
        facts.put("tools", profile.tools());
        facts.put("schema", profile.jsonSchema());
        facts.put("released", entry.released() == null ? null : String.valueOf(entry.released()));
        facts.put(
                "quality", profile.quality() == null ? null : profile.quality().toString());
        facts.put("source", entry.source());
        facts.put("as_of", entry.asOf().toString());
        return facts;
    }

    private static @Nullable Integer known(int tokens) {
        return tokens == 0 ? null : tokens;
    }

    /** Null for an unknown price, which is not zero. */
    private static @Nullable Map<String, Object> price(Price price) {
        Map<String, Object> facts = new LinkedHashMap<>();
        if (price instanceof Price.PerToken tokens) {
            facts.putAll(rates(tokens));
            Price.PerToken.Longer longer = tokens.longer();
            if (longer != null) {
                Map<String, Object> step = new LinkedHashMap<>();
                step.put("over", longer.tokens());
                step.putAll(rates(longer.rates()));
                facts.put("longer", step);
            }
        } else if (price instanceof Price.PerCall call) {
            facts.put("per_call", call.usd());
        }
        return facts.isEmpty() ? null : facts;
    }

    private static Map<String, Object> rates(Price.PerToken tokens) {
        Map<String, Object> rates = new LinkedHashMap<>();
        rates.put("input", tokens.input());
        rates.put("output", tokens.output());
        if (tokens.cachedInput() != null) rates.put("cached_input", tokens.cachedInput());
        if (tokens.cacheWrite() != null) rates.put("cache_write", tokens.cacheWrite());
        if (tokens.reasoning() != null) rates.put("reasoning", tokens.reasoning());
        return rates;
    }
}
