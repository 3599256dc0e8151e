package waybill.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A models file that cannot be used; the message names the file and every field that is wrong. */
final class InvalidModelsFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> problems;

    InvalidModelsFileException(Path file, List<String> problems) {
        super("The models file " + file + " cannot be used:\n  " + String.join("\n  ", problems));
        this.problems = new ArrayList<>(problems);
    }

    /** What is wrong, one sentence for each field. */
    List<String> problems() {
        return List.copyOf(problems);
    }
}
