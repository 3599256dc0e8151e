package waybill.wallet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Reads every line that the tests of this module print or log, from the first test to the last, and keeps what kind of
 * secret was in one, never the secret. {@link SecretsInLogTest} runs last and looks at what was found.
 */
public final class LogWatch implements LauncherSessionListener {
    /** What the whole suite is watched for. */
    static final LogWatch OF_THE_SUITE = new LogWatch();

    /** Keys, passphrases and tokens of the suite, without 0x. */
    private static final List<String> KNOWN = List.of(
            Fixture.KEY.substring(2),
            "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d",
            "correct horse \u00fc",
            "testpassword",
            "guess-4711",
            "a-token-of-the-test-0123456789");

    private static final Pattern SIGNATURE = Pattern.compile("(?<![0-9a-fA-F])(0x)?[0-9a-fA-F]{128}(1[bcBC]|0[01])");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{200,}={0,2}");

    private final List<String> found = new CopyOnWriteArrayList<>();
    private final AtomicLong lines = new AtomicLong();

    /** Made by JUnit once more, to listen; the findings are those of {@link #OF_THE_SUITE}. */
    public LogWatch() {}

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        System.setOut(
                new PrintStream(OF_THE_SUITE.reading("standard output", System.out), true, StandardCharsets.UTF_8));
        System.setErr(
                new PrintStream(OF_THE_SUITE.reading("standard error", System.err), true, StandardCharsets.UTF_8));
        // A Spring Boot application would reset logging for the tests after it, and this handler with it.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        Logger root = Logger.getLogger("");
        root.setLevel(Level.ALL); // the console keeps its own level
        root.addHandler(OF_THE_SUITE.handler());
    }

    List<String> found() {
        return List.copyOf(found);
    }

    long lines() {
        return lines.get();
    }

    /** What goes into {@code out}, read on the way. */
    OutputStream reading(String where, OutputStream out) {
        return new OutputStream() {
            private final ByteArrayOutputStream line = new ByteArrayOutputStream();

            @Override
            public synchronized void write(int b) throws IOException {
                out.write(b);
                if (b == '\n') {
                    read(where, line.toString(StandardCharsets.UTF_8));
                    line.reset();
                } else {
                    line.write(b);
                }
            }

            @Override
            public void flush() throws IOException {
                out.flush();
            }
        };
    }

    private Handler handler() {
        SimpleFormatter formatter = new SimpleFormatter();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                read("the log " + record.getLoggerName(), formatter.format(record));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        handler.setLevel(Level.ALL);
        return handler;
    }

    void read(String where, String text) {
        lines.incrementAndGet();
        for (int i = 0; i < KNOWN.size(); i++) {
            if (text.contains(KNOWN.get(i))) {
                found.add("secret " + i + " of the suite in " + where);
            }
        }
        if (SIGNATURE.matcher(text).find()) {
            found.add("a signature in " + where);
        }
        Matcher encoded = BASE64.matcher(text);
        while (encoded.find()) {
            if (isPayment(encoded.group())) {
                found.add("a payment header in " + where);
            }
        }
    }

    private static boolean isPayment(String base64) {
        try {
            String json = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            return json.contains("\"signature\"");
        } catch (IllegalArgumentException e) {
            return false; // cut, or no base64
        }
    }
}
