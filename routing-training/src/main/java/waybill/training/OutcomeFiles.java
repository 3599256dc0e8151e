package waybill.training;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import waybill.routing.learned.ToolText;

/** Reads the gzip JSON lines of the routing data, a folder for each set with a file for each split. */
public final class OutcomeFiles {

    /** The sets, in the order in which they are read. */
    public static final List<String> SETS = List.of("routellm", "mmlupro", "zeroeval", "bfcl");

    private static final JsonFactory JSON = new JsonFactory();

    private OutcomeFiles() {}

    /** All examples of a split ("train" or "dev"), in the order of the files. */
    public static List<Example> read(Path data, String split) throws IOException {
        List<Example> all = new ArrayList<>();
        for (String set : SETS) {
            Path file = data.resolve(set).resolve(split + ".jsonl.gz");
            try (InputStream in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)));
                    JsonParser parser = JSON.createParser(in)) {
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    all.add(example(parser, set));
                }
            }
        }
        return all;
    }

    /** The domain of a benchmark, as the shipped weights call it. */
    static String domain(String benchmark) {
        return switch (benchmark) {
            case "mmlu" -> "knowledge";
            case "mmlu_pro" -> "expert";
            case "gsm8k" -> "arithmetic";
            case "math_l5" -> "mathematics";
            default -> "tools";
        };
    }

    private static Example example(JsonParser parser, String set) throws IOException {
        String id = "";
        String benchmark = "";
        String category = "";
        String text = "";
        double tokens = 0;
        boolean contaminated = false;
        List<ToolText> tools = List.of();
        Map<String, Outcome> outcomes = new TreeMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "id" -> id = parser.getText();
                case "benchmark" -> benchmark = parser.getText();
                case "category" -> category = parser.getText();
                case "prompt" -> text = parser.getText();
                case "in_tok" -> tokens = parser.getDoubleValue();
                case "contaminated" -> contaminated = parser.getBooleanValue();
                case "tools" -> tools = tools(parser);
                case "r" -> outcomes(parser, outcomes);
                default -> parser.skipChildren();
            }
        }
        String domain = domain(benchmark);
        boolean byCategory = domain.equals("knowledge") || domain.equals("expert");
        String kind = domain + "/" + (byCategory ? category : benchmark);
        return new Example(id, set, domain, kind, text, tools, tokens, !contaminated, outcomes);
    }

    /** Reads an array of tools as the routing data write them: name, description, names of parameters. */
    static List<ToolText> tools(JsonParser parser) throws IOException {
        List<ToolText> tools = new ArrayList<>();
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            String name = "";
            String description = "";
            List<String> parameters = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "name" -> name = parser.getText();
                    case "description" -> description = parser.getText();
                    case "params" -> {
                        while (parser.nextToken() != JsonToken.END_ARRAY) {
                            parameters.add(parser.getText());
                        }
                    }
                    default -> parser.skipChildren();
                }
            }
            tools.add(new ToolText(name, description, parameters));
        }
        return tools;
    }

    private static void outcomes(JsonParser parser, Map<String, Outcome> to) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String model = parser.currentName();
            parser.nextToken();
            double[] numbers = new double[3];
            int n = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (n < numbers.length) {
                    numbers[n] = parser.getDoubleValue();
                }
                n++;
            }
            to.put(model, new Outcome(numbers[0], numbers[1], numbers[2]));
        }
    }
}
