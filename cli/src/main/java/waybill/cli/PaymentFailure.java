package waybill.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.PaymentCode;
import waybill.wallet.PaymentException;

/** Says what became of a request that got no answer: its exit code and a sentence. */
final class PaymentFailure {

    private PaymentFailure() {}

    /** The wallet's own account of {@code error}, if the wallet had a part in it. */
    static Optional<PaymentException> wallets(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof PaymentException payment) return Optional.of(payment);
        }
        return Optional.empty();
    }

    /**
     * What to end the command with.
     *
     * @param max the limit that the person gave for this call, or null
     */
    static Failure of(IOException error, URI url, @Nullable BigDecimal max) {
        return wallets(error)
                .map(payment -> new Failure(exit(payment.code()), sentence(payment, max), error))
                .orElseGet(() -> new Failure(Exit.UNREACHABLE, unreachable(error, url), error));
    }

    static int exit(PaymentCode code) {
        return switch (code) {
            case OUTCOME_UNKNOWN, PAYMENT_REJECTED, DUPLICATE_PAYMENT -> Exit.UNKNOWN;
            case ANSWER_LOST -> Exit.NOT_SERVED;
            case LEDGER_UNAVAILABLE, SIGNER_REFUSED, KILL_SWITCH -> Exit.WALLET;
            case PER_PAYMENT_CAP,
                    CUMULATIVE_CAP,
                    VELOCITY,
                    HOST_NOT_ALLOWED,
                    INSECURE_TRANSPORT,
                    PAYEE_NOT_ALLOWED,
                    PAYEE_CHANGED,
                    NETWORK_NOT_ALLOWED,
                    ASSET_NOT_ALLOWED,
                    SCHEME_NOT_ALLOWED,
                    AMOUNT_UNPARSEABLE,
                    RESOURCE_MISMATCH,
                    OFFER_AMBIGUOUS,
                    QUOTE_DRIFT,
                    QUOTE_EXPIRED,
                    QUOTE_USED,
                    APPROVAL_REQUIRED,
                    BILL_MALFORMED,
                    BILL_TOO_LARGE,
                    BODY_NOT_REPEATABLE,
                    APPROVAL_DENIED,
                    INSUFFICIENT_FUNDS,
                    ALLOWANCE_MISSING -> Exit.REFUSED;
        };
    }

    private static String sentence(PaymentException payment, @Nullable BigDecimal max) {
        String message = String.valueOf(payment.getMessage());
        if (max != null && payment.code() == PaymentCode.PER_PAYMENT_CAP) {
            message += " (this call has --max " + max.toPlainString() + ")";
        }
        return switch (exit(payment.code())) {
            case Exit.UNKNOWN -> message + " (the amount stays held; see: waybill wallet ledger)";
            case Exit.REFUSED -> "not paid. " + message;
            default -> message;
        };
    }

    private static String unreachable(IOException error, URI url) {
        String where = url.getScheme() + "://" + url.getAuthority();
        if (error instanceof HttpTimeoutException) {
            return where + " did not answer in time; nothing was signed. --timeout SECONDS waits longer.";
        }
        if (error instanceof ConnectException) {
            return where
                    + " cannot be reached; nothing was signed. Is the address right, and does somebody listen there?";
        }
        String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        return where + " gave no answer that can be read (" + message + "); nothing was signed.";
    }
}
