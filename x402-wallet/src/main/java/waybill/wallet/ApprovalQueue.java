package waybill.wallet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;

/**
 * Asks a person in another terminal, through files in a folder that only the owner can open. A yes carries the person's
 * {@link Seal} on the very question; without the keystore's passphrase nobody can write one, and one for another payment
 * is worthless. A no needs no seal. The folder holds questions while they are open and nothing else. Thread-safe.
 */
public final class ApprovalQueue implements PaymentApprover {
    private static final String PURPOSE = "approve";
    private static final String ASKED = ".ask";
    private static final String ANSWERED = ".answer";
    private static final String NO = "no";
    private static final int MAX_BYTES = 8 * 1024;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

    private final Path folder;
    private final Seal seal;
    private final Duration timeout;
    private final Clock clock;

    /**
     * A question that is open.
     *
     * @param paymentId the ledger's id
     * @param text what is asked, one line of JSON, exactly as it was written
     */
    public record Open(String paymentId, String text) {
        /** One of its fields, such as {@code amount}, {@code payTo}, {@code origin}; empty when it has none of that name. */
        public String field(String name) {
            try {
                Map<String, @Nullable Object> fields =
                        Json.parseObject(text.getBytes(StandardCharsets.UTF_8), MAX_BYTES);
                return Words.cut(String.valueOf(fields.getOrDefault(name, "")), 500);
            } catch (MalformedWireException e) {
                return "";
            }
        }
    }

    private ApprovalQueue(Path folder, Seal seal, Duration timeout, Clock clock) {
        this.folder = folder;
        this.seal = seal;
        this.timeout = timeout;
        this.clock = clock;
    }

    /**
     * An approver that asks through {@code folder}, which is made when it is missing.
     *
     * @param seal of the keystore whose payments are asked about
     * @param timeout what the question says of its end; the wallet itself stops waiting after the policy's time
     */
    public static ApprovalQueue in(Path folder, Seal seal, Duration timeout, Clock clock) {
        return new ApprovalQueue(folder, seal, timeout, clock);
    }

    @Override
    public boolean approves(String paymentId, Quote quote) throws InterruptedException {
        Instant until = clock.instant().plus(timeout);
        ApprovalQuestion question = ApprovalQuestion.about(paymentId, quote, until);
        Path asked = folder.resolve(paymentId + ASKED);
        Path answered = folder.resolve(paymentId + ANSWERED);
        try {
            OwnerOnly.createFolder(folder);
            try (WatchService watch = folder.getFileSystem().newWatchService()) {
                folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                publish(asked, question.json());
                while (true) {
                    String answer = read(answered);
                    if (answer != null) {
                        return seal.isOn(PURPOSE, question.bytes(), answer);
                    }
                    var key = watch.poll(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                    if (key != null) {
                        key.pollEvents();
                        key.reset();
                    }
                }
            } finally {
                Files.deleteIfExists(asked);
                Files.deleteIfExists(answered);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of open questions " + folder + " cannot be used", e);
        }
    }

    /** The open questions in {@code folder}, oldest first. */
    public static List<Open> open(Path folder) throws IOException {
        List<Open> open = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return open;
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*" + ASKED)) {
            stream.forEach(files::add);
        }
        for (Path file : files.stream().sorted().toList()) { // ids sort by time
            String name = file.getFileName().toString();
            String id = name.substring(0, name.length() - ASKED.length());
            String text = ID.matcher(id).matches() ? read(file) : null;
            if (text != null) {
                open.add(new Open(id, text));
            }
        }
        return open;
    }

    /** Says yes to a question, in the person's name. */
    public static void approve(Path folder, Open question, Seal seal) throws IOException {
        publish(
                folder.resolve(question.paymentId() + ANSWERED),
                seal.on(PURPOSE, question.text().getBytes(StandardCharsets.UTF_8)));
    }

    /** Says no to a question. */
    public static void refuse(Path folder, Open question) throws IOException {
        publish(folder.resolve(question.paymentId() + ANSWERED), NO);
    }

    /** Makes a file appear whole. */
    private static void publish(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".draft");
        Files.deleteIfExists(draft);
        OwnerOnly.createFile(draft);
        OwnerOnly.write(draft, text);
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static @Nullable String read(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                return NO;
            }
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
