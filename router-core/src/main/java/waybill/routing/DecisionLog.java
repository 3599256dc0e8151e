package waybill.routing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes every decision as one line of JSON: what was expected of whom, who came first with which chance, and what came
 * of it; and every score that is given later. No prompt and no answer is written. When the file is full it is moved to
 * the same name with {@code .1}, in place of an older one, so both together stay within twice the size. Safe for use by
 * many threads of one program.
 */
public final class DecisionLog implements RoutingListener {

    /** Bytes that a file may have unless told otherwise. */
    public static final long BYTES = 10_000_000;

    private final Path file;
    private final long most;
    private @Nullable String problem;

    private DecisionLog(Path file, long most) {
        this.file = file;
        this.most = most;
    }

    /**
     * A log that goes on where this file ends.
     *
     * @throws UncheckedIOException when it cannot be written
     */
    public static DecisionLog to(Path file) {
        return to(file, BYTES);
    }

    /** The same with files of at most this many bytes, and a line more. */
    public static DecisionLog to(Path file, long bytes) {
        if (bytes < 10_000) {
            throw new IllegalArgumentException(
                    "a log of " + bytes + " bytes is too small for its lines; 10000 is the least");
        }
        try {
            Files.write(file, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("decisions cannot be written to " + file, e);
        }
        return new DecisionLog(file, bytes);
    }

    /** Where the older decisions of a log are, once it was full. */
    public static Path older(Path file) {
        return file.resolveSibling(file.getFileName() + ".1");
    }

    @Override
    public void onReceipt(Receipt receipt) {
        if (!receipt.plan().choices().isEmpty()) {
            write(line(receipt));
        }
    }

    /** Writes the score that was given for an answer. */
    void scored(String receipt, double score) {
        write("{\"v\":1,\"id\":" + quoted(receipt) + ",\"score\":" + score + "}\n");
    }

    /** Why the last line could not be written; empty when it could. A call is not troubled with it. */
    public synchronized Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private synchronized void write(String line) {
        try {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            if (Files.exists(file) && Files.size(file) + bytes.length > most) {
                Files.move(file, older(file), StandardCopyOption.REPLACE_EXISTING);
            }
            Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            problem = null;
        } catch (IOException e) {
            problem = "decisions cannot be written to " + file + ": " + e;
        }
    }

    private static String line(Receipt receipt) {
        Plan plan = receipt.plan();
        Objective objective = plan.call().objective();
        Draw draw = plan.draw();
        String first = plan.choices().get(0).candidate();
        StringBuilder json = new StringBuilder(200 + 200 * plan.choices().size());
        json.append("{\"v\":1,\"id\":").append(quoted(receipt.id()));
        json.append(",\"at\":").append(quoted(plan.at().toString()));
        json.append(",\"objective\":").append(quoted(objective.name()));
        json.append(",\"value\":").append(objective.value());
        json.append(",\"second\":").append(objective.second());
        json.append(",\"fail_cost\":").append(objective.failCost());
        json.append(",\"first\":").append(quoted(first));
        json.append(",\"lead\":").append(quoted(plan.lead().name()));
        json.append(",\"answered\":")
                .append(receipt.answeredBy().map(DecisionLog::quoted).orElse("null"));
        json.append(",\"cost\":").append(receipt.cost().usd().toPlainString());
        json.append(",\"seconds\":").append(receipt.duration().toMillis() / 1000.0);
        json.append(",\"choices\":[");
        String separator = "";
        for (Choice choice : plan.choices()) {
            double chance =
                    draw == null ? choice.candidate().equals(first) ? 1 : 0 : draw.propensity(choice.candidate());
            append(json.append(separator), choice, chance);
            separator = ",";
        }
        return json.append("]}\n").toString();
    }

    private static void append(StringBuilder json, Choice choice, double propensity) {
        Worth worth = choice.worth();
        json.append("{\"name\":").append(quoted(choice.candidate()));
        json.append(",\"p\":").append(choice.prediction().good());
        json.append(",\"price\":").append(worth.price());
        json.append(",\"fail\":").append(worth.failChance());
        json.append(",\"seconds\":").append(worth.seconds());
        json.append(",\"switching\":").append(worth.switching());
        json.append(",\"tokens\":").append(choice.prediction().outputTokens());
        json.append(",\"aside\":").append(choice.fallBack());
        json.append(",\"propensity\":").append(propensity).append('}');
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
