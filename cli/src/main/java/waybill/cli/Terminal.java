package waybill.cli;

import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/**
 * Where a command reads and writes: results go to {@code out}, progress and errors to {@code err}.
 *
 * @param out results, nothing else
 * @param err progress lines and errors
 * @param in standard input, for {@code @-}
 * @param environment the environment variables
 * @param secret asks for a secret without echo and returns it, or null where nobody can be asked
 * @param colour whether {@code out} and {@code err} may be coloured
 */
record Terminal(
        PrintStream out,
        PrintStream err,
        InputStream in,
        Map<String, String> environment,
        Function<String, char @Nullable []> secret,
        boolean colour) {

    /** The process's own streams; colour where they are a terminal and {@code NO_COLOR} is not set. */
    static Terminal system() {
        return new Terminal(System.out, System.err, System.in, System.getenv(), Terminal::ask, Ansi.AUTO.enabled());
    }

    /** One line about what is going on. */
    void progress(String line) {
        err.println(line);
        err.flush();
    }

    /** One line of the result. */
    void print(String line) {
        out.println(line);
        out.flush();
    }

    /** An environment variable's value; null when it is unset or blank. */
    @Nullable
    String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    @SuppressWarnings("SystemConsoleNull") // null before 22; from then on reading gives null where there is no terminal
    private static char @Nullable [] ask(String prompt) {
        Console console = System.console();
        return console == null ? null : console.readPassword("%s", prompt);
    }
}
