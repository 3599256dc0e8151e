package waybill.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options that say what to ask for, shared by {@code pay} and {@code quote}; curl's letters where curl has them. */
final class RequestOptions {

    private static final int MAX_BODY_BYTES = 8 * 1024 * 1024; // what the wallet repeats after a 402

    @Parameters(paramLabel = "URL", description = "What to ask for, https (http on loopback).")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private String url;

    @Option(
            names = {"-X", "--request"},
            paramLabel = "METHOD",
            description = "The HTTP method (default: GET, or POST with -d).")
    private @Nullable String method;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "'NAME: VALUE'",
            description = "A request header; may be given several times.")
    private List<String> headers = List.of();

    @Option(
            names = {"-d", "--data"},
            paramLabel = "DATA|@FILE",
            description = "The request body: text, or a file's content with @, or standard input with @-.")
    private @Nullable String data;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "The longest wait for an answer (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    /** The request, complete. */
    HttpRequest request(Terminal terminal) {
        if (timeoutSeconds < 1 || timeoutSeconds > 3600) {
            throw Failure.usage("--timeout is %d; it is 1 to 3600 seconds.".formatted(timeoutSeconds));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder().timeout(Duration.ofSeconds(timeoutSeconds));
        try {
            request.uri(uri());
            for (String header : headers) add(header, request);
            String verb = method == null ? (data == null ? "GET" : "POST") : method.toUpperCase(Locale.ROOT);
            return request.method(
                            verb,
                            data == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body(data, terminal)))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, "this request cannot be made: " + e.getMessage(), e);
        }
    }

    /** The URL, which names a host. */
    URI uri() {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, "'%s' is not a URL: %s".formatted(url, e.getMessage()), e);
        }
        String scheme = uri.getScheme();
        if (uri.getHost() == null || !("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))) {
            throw Failure.usage(
                    "'%s' is not a URL with a host, such as https://api.example.com/v1/data.".formatted(url));
        }
        if (uri.getUserInfo() != null) {
            throw Failure.usage("a user name or password in the URL would end up in the ledger; send it with -H.");
        }
        return uri;
    }

    private static void add(String header, HttpRequest.Builder request) {
        int colon = header.indexOf(':');
        if (colon < 1) throw Failure.usage("-H '%s' is not of the form 'Name: value'.".formatted(header));
        request.header(
                header.substring(0, colon).strip(), header.substring(colon + 1).strip());
    }

    private static byte[] body(String data, Terminal terminal) {
        if (!data.startsWith("@")) return data.getBytes(StandardCharsets.UTF_8);
        String file = data.substring(1);
        try {
            byte[] bytes;
            if (file.equals("-")) {
                bytes = terminal.in().readNBytes(MAX_BODY_BYTES + 1);
            } else {
                try (var in = Files.newInputStream(Path.of(file))) {
                    bytes = in.readNBytes(MAX_BODY_BYTES + 1);
                }
            }
            if (bytes.length > MAX_BODY_BYTES) {
                throw Failure.usage("-d %s is longer than %,d bytes, the most that can be repeated after a 402."
                        .formatted(data, MAX_BODY_BYTES));
            }
            return bytes;
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "-d %s cannot be read: %s".formatted(data, e), e);
        }
    }
}
