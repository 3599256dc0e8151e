package waybill.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import waybill.wallet.ApprovalQueue;
import waybill.wallet.ConsoleApprover;
import waybill.wallet.HttpApprover;
import waybill.wallet.PaymentApprover;
import waybill.wallet.Seal;

/**
 * Who is asked about payments above {@code approval-above}.
 *
 * @param by how they are asked
 * @param url where, for {@link By#HTTP}; else null
 * @param secret the file with the secret shared with that address; else null
 */
record Approvals(By by, @Nullable URI url, @Nullable Path secret) {

    /** The ways to ask a person. */
    enum By {
        /** Nobody is asked: a payment is made or refused by the limits alone. */
        NOBODY,
        /** At the terminal of the command that pays. */
        TERMINAL,
        /** In another terminal: {@code waybill wallet approve}. */
        QUEUE,
        /** At an address of the person's. */
        HTTP
    }

    static final Approvals NOBODY = new Approvals(By.NOBODY, null, null);

    /** Reads {@code approval-by}: nobody, terminal, queue or a URL; the last needs {@code approval-secret-file}. */
    static Approvals parse(@Nullable String by, @Nullable String secretFile) {
        if (by == null) return NOBODY;
        return switch (by) {
            case "nobody" -> NOBODY;
            case "terminal" -> new Approvals(By.TERMINAL, null, null);
            case "queue" -> new Approvals(By.QUEUE, null, null);
            default -> {
                if (!by.startsWith("https://") && !by.startsWith("http://")) {
                    throw new IllegalArgumentException(
                            "approval-by is nobody, terminal, queue or a URL, not '%s'".formatted(by));
                }
                if (secretFile == null) {
                    throw new IllegalArgumentException(
                            "approval-by is a URL, which needs approval-secret-file: a file with the shared secret");
                }
                yield new Approvals(By.HTTP, URI.create(by), Path.of(secretFile));
            }
        };
    }

    /**
     * Whom the wallet asks; null for nobody.
     *
     * @param seal the keystore's; null for a key from the environment, which has no queue
     */
    @Nullable
    PaymentApprover approver(WalletHome home, @Nullable Seal seal, Duration timeout) {
        return switch (by) {
            case NOBODY -> null;
            case TERMINAL -> ConsoleApprover.system();
            case QUEUE -> {
                if (seal == null) {
                    throw Failure.usage("approval-by: queue needs a keystore, whose passphrase seals the answer;"
                            + " a key from the environment has none.");
                }
                yield ApprovalQueue.in(home.questions(), seal, timeout, Clock.systemUTC());
            }
            case HTTP -> http(timeout);
        };
    }

    private HttpApprover http(Duration timeout) {
        if (url == null || secret == null) throw new IllegalStateException("a URL without its secret");
        try {
            OthersAccess.refuse("file with the approval secret", secret, OthersAccess.READ_OR_WRITE, "chmod 600");
            return new HttpApprover(
                    url,
                    Files.readString(secret).strip().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    timeout,
                    Clock.systemUTC());
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(secret, e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, "approval-by: %s".formatted(e.getMessage()), e);
        }
    }
}
