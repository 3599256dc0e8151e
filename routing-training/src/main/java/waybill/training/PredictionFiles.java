package waybill.training;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import waybill.routing.learned.Ability;
import waybill.routing.learned.PromptDemand;
import waybill.routing.learned.ToolText;
import waybill.routing.learned.Weights;
import waybill.routing.learned.Wording;

/**
 * Writes what weights expect for prompts in a file, so that anybody can measure them. Reads JSON lines, plain or gzip,
 * each {@code {"id", "prompt", "in_tok"?, "tools"?, "system"?, "models": [names]}}, and writes one line for each:
 * {@code {"id", "p": {model: chance}, "cost": {model: usd}, "ood": number, "micros": number}}. No label is read.
 */
public final class PredictionFiles {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(64).build())
            .build();

    private static final int WARM_UP = 3_000;

    private final Weights weights;
    private final Map<String, Known> profiles;
    private final Map<String, Ability> abilities = new TreeMap<>();

    /** What a profile says of a model: accuracies by area, dollars per million tokens; NaN where not said. */
    private record Known(Map<String, Double> accuracy, double input, double output) {
        static final Known NOTHING = new Known(Map.of(), Double.NaN, Double.NaN);

        double blended() {
            return (3 * input + output) / 4;
        }
    }

    private PredictionFiles(Weights weights, Map<String, Known> profiles) {
        this.weights = weights;
        this.profiles = profiles;
    }

    /**
     * Predicts every line.
     *
     * @param profiles a JSON object of {@code name: {"accuracy": {area: number}, "price": {"input", "output"}}}; null
     *     for none
     * @return the number of lines
     */
    public static int predict(Weights weights, Path in, Path out, @Nullable Path profiles) throws IOException {
        PredictionFiles files = new PredictionFiles(weights, profiles == null ? Map.of() : profiles(profiles));
        warmUp(weights);
        int lines = 0;
        try (InputStream source = open(in);
                JsonParser parser = JSON.createParser(source);
                OutputStream target = create(out);
                JsonGenerator generator = JSON.createGenerator(target)) {
            generator.setRootValueSeparator(new com.fasterxml.jackson.core.io.SerializedString("\n"));
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                files.line(parser, generator);
                lines++;
            }
            generator.writeRaw('\n');
        }
        return lines;
    }

    /** Lets the JVM compile what is timed, as it has in a program that has run for a second. */
    private static void warmUp(Weights weights) {
        Ability some = weights.ability(null, Map.of(), 1);
        List<ToolText> tools = List.of(new ToolText("get_weather", "Tells the weather of a city.", List.of("city")));
        double unused = 0;
        for (int i = 0; i < WARM_UP; i++) {
            String text = "Which of these " + i
                    + " is prime, and why? Explain each step, then compute the sum of all.\n".repeat(1 + i % 8);
            unused += weights.read(Wording.of(text, i % 2 == 0 ? tools : List.of()))
                    .good(some);
        }
        if (!(unused > 0)) {
            throw new IllegalStateException("chances are above 0");
        }
    }

    private void line(JsonParser parser, JsonGenerator to) throws IOException {
        String id = "";
        String prompt = "";
        String system = "";
        double tokens = Double.NaN;
        List<ToolText> tools = List.of();
        List<String> models = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (value == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (field) {
                case "id" -> id = parser.getText();
                case "prompt" -> prompt = parser.getText();
                case "system" -> system = parser.getText();
                case "in_tok" -> tokens = parser.getDoubleValue();
                case "tools" -> tools = OutcomeFiles.tools(parser);
                case "models" -> {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        models.add(parser.getText());
                    }
                }
                default -> parser.skipChildren();
            }
        }
        if (Double.isNaN(tokens)) {
            tokens = (prompt.length() + system.length()) / 4.0;
        }
        List<Ability> known = models.stream().map(this::ability).toList();
        double[] chance = new double[known.size()];
        double[] usd = new double[known.size()];
        long start = System.nanoTime();
        PromptDemand demand = weights.read(Wording.of(prompt, tools));
        for (int m = 0; m < chance.length; m++) {
            Ability ability = known.get(m);
            chance[m] = demand.good(ability);
            usd[m] = (tokens * ability.inputPrice() + demand.outputTokens(ability) * ability.outputPrice()) / 1e6;
        }
        long nanos = System.nanoTime() - start;
        write(to, id, models, chance, usd, 1 - demand.familiarity(), nanos / 1000.0);
    }

    private static void write(
            JsonGenerator to, String id, List<String> models, double[] chance, double[] usd, double ood, double micros)
            throws IOException {
        to.writeStartObject();
        to.writeStringField("id", id);
        to.writeObjectFieldStart("p");
        for (int m = 0; m < chance.length; m++) {
            to.writeNumberField(models.get(m), chance[m]);
        }
        to.writeEndObject();
        to.writeObjectFieldStart("cost");
        for (int m = 0; m < usd.length; m++) {
            if (Double.isNaN(usd[m])) {
                to.writeNullField(models.get(m));
            } else {
                to.writeNumberField(models.get(m), usd[m]);
            }
        }
        to.writeEndObject();
        to.writeNumberField("ood", ood);
        to.writeNumberField("micros", micros);
        to.writeEndObject();
    }

    private Ability ability(String model) {
        return abilities.computeIfAbsent(model, name -> {
            Known known = profiles.getOrDefault(name, Known.NOTHING);
            Ability ability = weights.ability(name, known.accuracy, known.blended());
            return Double.isNaN(known.input) ? ability : ability.pricedAt(known.input, known.output);
        });
    }

    private static Map<String, Known> profiles(Path file) throws IOException {
        Map<String, Known> all = new TreeMap<>();
        try (InputStream source = open(file);
                JsonParser parser = JSON.createParser(source)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException(file + " is not a JSON object of model names and profiles");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                all.put(name, profile(parser));
            }
        }
        return all;
    }

    private static Known profile(JsonParser parser) throws IOException {
        Map<String, Double> accuracy = Map.of();
        Map<String, Double> price = Map.of();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "accuracy" -> accuracy = numbers(parser, "overall");
                case "price" -> price = numbers(parser, "input");
                default -> parser.skipChildren();
            }
        }
        double input = price.getOrDefault("input", Double.NaN);
        return new Known(accuracy, input, price.getOrDefault("output", input));
    }

    /** An object of numbers, or one number under this name. */
    private static Map<String, Double> numbers(JsonParser parser, String alone) throws IOException {
        Map<String, Double> numbers = new TreeMap<>();
        if (parser.currentToken().isNumeric()) {
            numbers.put(alone, parser.getDoubleValue());
            return numbers;
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (parser.nextToken().isNumeric()) {
                numbers.put(name, parser.getDoubleValue());
            } else {
                parser.skipChildren();
            }
        }
        return numbers;
    }

    private static InputStream open(Path file) throws IOException {
        BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip ? new GZIPInputStream(in, 1 << 16) : in;
    }

    private static OutputStream create(Path file) throws IOException {
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        return file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
    }
}
