package waybill.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One command run inside the test, with its streams captured. */
record Ran(int exit, String out, String err) {

    /** Runs a command in an empty environment. */
    static Ran waybill(String... args) {
        return with().run(args);
    }

    /** A command's surroundings, to be filled before it runs. */
    static Setup with() {
        return new Setup();
    }

    static final class Setup {
        private final Map<String, String> environment = new LinkedHashMap<>();
        private byte[] in = {};
        private @Nullable String secret;

        Setup variable(String name, String value) {
            environment.put(name, value);
            return this;
        }

        Setup in(String text) {
            in = text.getBytes(StandardCharsets.UTF_8);
            return this;
        }

        /** What the person types where a secret is asked for; without it nobody can be asked. */
        Setup secret(String typed) {
            secret = typed;
            return this;
        }

        Ran run(String... args) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            Terminal terminal = new Terminal(
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    new ByteArrayInputStream(in),
                    environment,
                    prompt -> secret == null ? null : secret.toCharArray(),
                    false);
            int exit = Main.run(terminal, args);
            return new Ran(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }
    }
}
