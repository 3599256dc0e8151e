package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command that runs until it is interrupted, on a thread of its own. Its output is read line by line. */
final class Started implements AutoCloseable {

    private final Thread thread;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final BufferedReader out;
    private final List<String> seen = new ArrayList<>();

    Started(Map<String, String> environment, String... args) throws IOException {
        PipedOutputStream pipe = new PipedOutputStream();
        out = new BufferedReader(new InputStreamReader(new PipedInputStream(pipe, 64 * 1024), StandardCharsets.UTF_8));
        PrintStream printed = new PrintStream(pipe, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(
                printed,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new ByteArrayInputStream(new byte[0]),
                environment,
                prompt -> null,
                false);
        thread = new Thread(() -> {
            try {
                exit.complete(Main.run(terminal, args));
            } catch (Throwable thrown) { // an Error of the command would leave the test waiting for a line
                exit.completeExceptionally(thrown);
            } finally {
                printed.close();
            }
        });
        thread.start();
    }

    /** Reads on until a line matches, and gives the match. */
    Matcher line(String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            seen.add(line);
            Matcher matcher = wanted.matcher(line);
            if (matcher.find()) return matcher;
        }
        throw new AssertionError(
                "no line matches %s in %s%n%s".formatted(pattern, seen, err.toString(StandardCharsets.UTF_8)));
    }

    /** Interrupts it, as Ctrl-C would, and gives its exit code. */
    int stop() {
        thread.interrupt();
        return exit.orTimeout(2, TimeUnit.MINUTES).join();
    }

    @Override
    public void close() {
        if (!exit.isDone()) assertThat(stop()).isZero();
    }
}
