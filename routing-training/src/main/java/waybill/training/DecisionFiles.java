package waybill.training;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.routing.DecisionLog;

/** Reads what {@link DecisionLog} wrote. A last line that was cut short is left out; any other mistake names its line. */
final class DecisionFiles {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(16).build())
            .build();

    private DecisionFiles() {}

    /** The decisions of a log, those of its older file first, with their scores; of two with one id the first holds. */
    static List<Decision> read(Path log) throws IOException {
        Map<String, Decision> decisions = new LinkedHashMap<>();
        Map<String, Double> scores = new LinkedHashMap<>();
        Path older = DecisionLog.older(log);
        if (Files.exists(older)) {
            readFile(older, decisions, scores);
        }
        readFile(log, decisions, scores);
        scores.forEach((id, score) -> decisions.computeIfPresent(id, (same, decision) -> decision.scored(score)));
        return List.copyOf(decisions.values());
    }

    private static void readFile(Path file, Map<String, Decision> decisions, Map<String, Double> scores)
            throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            String next = lines.readLine();
            while (next != null) {
                String line = next;
                next = lines.readLine();
                number++;
                try {
                    read(line, decisions, scores);
                } catch (IOException | IllegalArgumentException e) {
                    if (next != null) {
                        throw new IOException(file + ", line " + number + " is no decision: " + e.getMessage(), e);
                    }
                }
            }
        }
    }

    private static void read(String line, Map<String, Decision> decisions, Map<String, Double> scores)
            throws IOException {
        Line said = new Line();
        try (JsonParser json = JSON.createParser(line)) {
            said.read(json);
        }
        if (said.version != 1 || said.id == null) {
            throw new IllegalArgumentException("it has no \"v\":1 and \"id\"");
        }
        if (said.score != null) {
            scores.putIfAbsent(said.id, share(said.score, "score"));
        } else {
            decisions.putIfAbsent(said.id, said.decision());
        }
    }

    private static double share(double value, String name) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " is " + value + ", it lies from 0 to 1");
        }
        return value;
    }

    /** What one line says, as far as it is read. */
    private static final class Line {
        private int version;
        private @Nullable String id;
        private @Nullable Double score;
        private @Nullable String first;
        private @Nullable String answered;
        private double cost;
        private double seconds;
        private final List<Decision.Option> choices = new ArrayList<>();

        void read(JsonParser json) throws IOException {
            require(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                switch (name) {
                    case "v" -> version = json.getIntValue();
                    case "id" -> id = json.getText();
                    case "score" -> score = json.getDoubleValue();
                    case "first" -> first = json.getText();
                    case "answered" -> answered = value == JsonToken.VALUE_NULL ? null : json.getText();
                    case "cost" -> cost = json.getDoubleValue();
                    case "seconds" -> seconds = json.getDoubleValue();
                    case "choices" -> readChoices(json);
                    default -> json.skipChildren();
                }
            }
            require(json.currentToken() == JsonToken.END_OBJECT);
        }

        private void readChoices(JsonParser json) throws IOException {
            require(json.currentToken() == JsonToken.START_ARRAY);
            while (json.nextToken() == JsonToken.START_OBJECT) {
                choices.add(option(json));
            }
        }

        private static Decision.Option option(JsonParser json) throws IOException {
            String name = "";
            boolean aside = false;
            Map<String, Double> numbers = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("name")) {
                    name = json.getText();
                } else if (field.equals("aside")) {
                    aside = json.getBooleanValue();
                } else if (value.isNumeric()) {
                    numbers.put(field, json.getDoubleValue());
                } else {
                    json.skipChildren();
                }
            }
            return new Decision.Option(
                    name,
                    share(number(numbers, "p"), "p"),
                    number(numbers, "price"),
                    share(number(numbers, "fail"), "fail"),
                    number(numbers, "seconds"),
                    number(numbers, "switching"),
                    aside,
                    share(number(numbers, "propensity"), "propensity"));
        }

        private static double number(Map<String, Double> numbers, String name) {
            Double value = numbers.get(name);
            if (value == null) {
                throw new IllegalArgumentException("a choice has no number \"" + name + "\"");
            }
            return value;
        }

        Decision decision() {
            String leader = first;
            String receipt = id;
            if (leader == null
                    || receipt == null
                    || choices.stream().noneMatch(c -> c.name().equals(leader))) {
                throw new IllegalArgumentException("who came first is not among the choices");
            }
            return new Decision(receipt, leader, answered, cost, seconds, List.copyOf(choices), null);
        }

        private static void require(boolean holds) {
            if (!holds) {
                throw new IllegalArgumentException("it is not the object that the log writes");
            }
        }
    }
}
