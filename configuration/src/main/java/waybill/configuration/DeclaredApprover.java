package waybill.configuration;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.wallet.ApprovalQueue;
import waybill.wallet.ConsoleApprover;
import waybill.wallet.HttpApprover;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;

/** Reads who is asked above the threshold; what is wrong is collected under the properties' names. */
final class DeclaredApprover {

    private static final String ROOT = "waybill.wallet.";

    private final WalletSettings settings;
    private final Duration timeout;
    private final List<String> problems;

    DeclaredApprover(WalletSettings settings, Duration timeout, List<String> problems) {
        this.settings = settings;
        this.timeout = timeout;
        this.problems = problems;
    }

    /** Whom the wallet asks; null for nobody, and where there is a problem. */
    @Nullable
    PaymentApprover approver(PaymentSigner signer) {
        String by = settings.approvalBy();
        if (by == null || by.isBlank()) {
            requireNoneOfTheRest();
            return null;
        }
        return switch (by) {
            case "nobody" -> null;
            case "terminal" -> ConsoleApprover.system();
            case "queue" -> queue(signer);
            default -> {
                if (by.startsWith("https://") || by.startsWith("http://")) {
                    yield http(by);
                }
                problems.add(ROOT + "approval-by is '" + by + "'; there are nobody, terminal, queue, or a URL");
                yield null;
            }
        };
    }

    /** What says when or how a person is asked would ask nobody, and every payment above the threshold would be made. */
    private void requireNoneOfTheRest() {
        String given = null;
        if (settings.approvalAbove() != null) {
            given = "approval-above";
        } else if (settings.approvalTimeout() != null) {
            given = "approval-timeout";
        } else if (settings.approvalSecret() != null
                && !settings.approvalSecret().isBlank()) {
            given = "approval-secret";
        } else if (settings.approvalQueue() != null) {
            given = "approval-queue";
        }
        if (given != null) {
            problems.add(ROOT + given + " is set, which needs " + ROOT
                    + "approval-by: terminal, queue or a URL, where a person is asked, or nobody, and then none is");
        }
    }

    private @Nullable PaymentApprover queue(PaymentSigner signer) {
        if (!(signer instanceof KeystoreSigner keystore)) {
            problems.add(ROOT + "approval-by: queue needs " + ROOT
                    + "keystore, whose passphrase seals a person's yes; ask at a URL instead");
            return null;
        }
        Path folder = settings.approvalQueue();
        if (folder == null && settings.keystore() != null) {
            folder = settings.keystore().toAbsolutePath().resolveSibling("questions");
        }
        if (folder == null) {
            problems.add(ROOT + "approval-queue is missing: the folder in which a person is asked");
            return null;
        }
        return ApprovalQueue.in(folder, keystore.seal(), timeout, Clock.systemUTC());
    }

    private @Nullable PaymentApprover http(String url) {
        Secret secret = settings.approvalSecret();
        if (secret == null || secret.isBlank()) {
            problems.add(ROOT + "approval-by is a URL, which needs " + ROOT + "approval-secret: what both sides know");
            return null;
        }
        try {
            return new HttpApprover(
                    URI.create(url), secret.reveal().getBytes(StandardCharsets.UTF_8), timeout, Clock.systemUTC());
        } catch (IllegalArgumentException e) {
            problems.add(ROOT + "approval-by: " + e.getMessage());
            return null;
        }
    }
}
