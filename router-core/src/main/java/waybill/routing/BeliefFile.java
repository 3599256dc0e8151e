package waybill.routing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Beliefs in a file of lines: shift, weight, prior, outcomes, time and candidate. Written beside the file and moved over
 * it, so a reader sees the old or the new. One program at a time.
 */
public final class BeliefFile {

    private static final String HEAD = "waybill beliefs 1";
    private static final long LARGEST = 4_000_000;

    private BeliefFile() {}

    /**
     * The beliefs by candidate; none when there is no such file.
     *
     * @throws IllegalArgumentException when the file is not one of beliefs, naming the line
     * @throws UncheckedIOException when it cannot be read
     */
    public static Map<String, Belief> load(Path file) {
        if (!Files.exists(file)) {
            return Map.of();
        }
        try {
            if (Files.size(file) > LARGEST) {
                throw new IllegalArgumentException(file + " is larger than " + LARGEST + " bytes");
            }
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty() || !lines.get(0).equals(HEAD)) {
                throw new IllegalArgumentException(file + ", line 1: expected \"" + HEAD + "\"");
            }
            Map<String, Belief> beliefs = new TreeMap<>();
            for (int i = 1; i < lines.size(); i++) {
                read(lines.get(i), file + ", line " + (i + 1), beliefs);
            }
            return beliefs;
        } catch (IOException e) {
            throw new UncheckedIOException("the beliefs in " + file + " cannot be read", e);
        }
    }

    /**
     * Writes these beliefs in place of what the file held.
     *
     * @throws UncheckedIOException when it cannot be written; the file is then as it was
     */
    public static void save(Path file, Map<String, Belief> beliefs) {
        StringBuilder text = new StringBuilder(HEAD).append('\n');
        new TreeMap<>(beliefs).forEach((name, b) -> text.append(b.shift())
                .append(' ')
                .append(b.weight())
                .append(' ')
                .append(b.prior())
                .append(' ')
                .append(b.outcomes())
                .append(' ')
                .append(b.asOf())
                .append(' ')
                .append(requireOneLine(name))
                .append('\n'));
        Path whole = file.toAbsolutePath();
        try {
            Path beside = Files.createTempFile(whole.getParent(), "beliefs", ".tmp");
            try {
                Files.writeString(beside, text);
                Files.move(beside, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the beliefs cannot be written to " + file, e);
        }
    }

    private static void read(String line, String where, Map<String, Belief> beliefs) {
        String[] words = line.split(" ", 6);
        try {
            if (words.length < 6) {
                throw new IllegalArgumentException("expected shift, weight, prior, outcomes, time and candidate");
            }
            Belief belief = new Belief(
                    Double.parseDouble(words[0]),
                    Double.parseDouble(words[1]),
                    Double.parseDouble(words[2]),
                    Long.parseLong(words[3]),
                    Instant.parse(words[4]));
            if (beliefs.put(words[5], belief) != null) {
                throw new IllegalArgumentException("\"" + words[5] + "\" is there twice");
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    private static String requireOneLine(String name) {
        if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a candidate's name with a line break cannot be written to a file");
        }
        return name;
    }
}
