package waybill.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a keystore's passphrase: from a file that only its owner can read, or from the terminal without echo. Never from
 * the command line, which every process of the machine can read.
 */
final class Passphrase {

    static final int LEAST = 8;
    private static final int MAX_BYTES = 1024;

    private Passphrase() {}

    /** The passphrase of an existing keystore. The caller wipes it. */
    static char[] existing(Terminal terminal, @Nullable Path file) {
        return file == null ? ask(terminal, "Passphrase: ") : read(file);
    }

    /** A passphrase for a new keystore, typed twice or read from the file. The caller wipes it. */
    static char[] chosen(Terminal terminal, @Nullable Path file) {
        char[] first = file == null ? ask(terminal, "New passphrase: ") : read(file);
        if (first.length < LEAST) {
            Arrays.fill(first, '\0');
            throw Failure.usage(
                    "the passphrase has %d characters; at least %d are needed.".formatted(first.length, LEAST));
        }
        if (file != null) return first;
        char[] second = ask(terminal, "The same again: ");
        boolean same = Arrays.equals(first, second);
        Arrays.fill(second, '\0');
        if (same) return first;
        Arrays.fill(first, '\0');
        throw Failure.usage("the two passphrases differ; nothing was written.");
    }

    private static char[] ask(Terminal terminal, String prompt) {
        char[] typed = terminal.secret().apply(prompt);
        if (typed != null) return typed;
        throw new Failure(
                Exit.WALLET,
                "nobody can be asked for the passphrase here; put it in a file only you can read (chmod 600) and name it"
                        + " with --passphrase-file or WAYBILL_PASSPHRASE_FILE.");
    }

    private static char[] read(Path file) {
        byte[] bytes = null;
        try (InputStream in = Files.newInputStream(file)) {
            OthersAccess.refuse("passphrase file", file, OthersAccess.READ_OR_WRITE, "chmod 600");
            bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw Failure.usage(
                        "%s is longer than %,d bytes, too long for a passphrase.".formatted(file, MAX_BYTES));
            }
            CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            int end = chars.length();
            while (end > 0 && (chars.get(end - 1) == '\n' || chars.get(end - 1) == '\r')) end--;
            char[] passphrase = Arrays.copyOf(chars.array(), end);
            Arrays.fill(chars.array(), '\0');
            return passphrase;
        } catch (CharacterCodingException e) {
            throw new Failure(Exit.USAGE, "%s is not UTF-8 text.".formatted(file), e);
        } catch (IOException e) {
            throw new Failure(
                    Exit.USAGE, "the passphrase file %s cannot be read: %s".formatted(file, e.getMessage()), e);
        } finally {
            if (bytes != null) Arrays.fill(bytes, (byte) 0);
        }
    }
}
