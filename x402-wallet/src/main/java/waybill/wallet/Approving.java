package waybill.wallet;

import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a person about a payment, within the policy's time; silence, failure and interruption are no. */
final class Approving {
    private final @Nullable PaymentApprover approver; // null when nobody can be asked
    private final Policy policy;
    private final Journal journal;
    private final ExecutorService threads;

    Approving(@Nullable PaymentApprover approver, Policy policy, Journal journal, ExecutorService threads) {
        this.approver = approver;
        this.policy = policy;
        this.journal = journal;
        this.threads = threads;
    }

    /** Whether there is somebody to ask. */
    boolean possible() {
        return approver != null;
    }

    /** Writes a person's yes down; does nothing where the decision does not ask for one. */
    void ask(Call call, Quote quote) {
        PaymentApprover asked = approver;
        if (asked == null || !(quote.decision() instanceof Decision.NeedsApproval)) {
            return;
        }
        Instant now = journal.now();
        Instant until = now.plus(policy.approvalTimeout());
        Reservation begun = journal.ledger().awaitApproval(quote.id(), call, quote.amount(), quote.payTo(), until, now);
        if (begun instanceof Reservation.Refused refused) {
            throw Refusal.recorded(refused.payment());
        }
        journal.told(begun.payment());
        String no = answer(asked, quote);
        if (no != null) {
            throw Refusal.recorded(journal.ledger()
                    .deny(
                            quote.id(),
                            call,
                            quote.amount(),
                            quote.payTo(),
                            PaymentCode.APPROVAL_DENIED,
                            no,
                            journal.now()));
        }
        journal.ledger().approve(quote.id(), journal.now());
    }

    /** Null for yes, a sentence for no. */
    private @Nullable String answer(PaymentApprover asked, Quote quote) {
        Future<Boolean> answer = threads.submit(() -> asked.approves(quote.id(), quote));
        try {
            boolean yes = answer.get(policy.approvalTimeout().toMillis(), TimeUnit.MILLISECONDS);
            return yes ? null : "a person said no to " + quote.amount() + " for " + quote.origin();
        } catch (TimeoutException e) {
            return "nobody answered within " + policy.approvalTimeout().toSeconds() + " s to " + quote.amount()
                    + " for " + quote.origin() + " (waybill.wallet.approval-timeout)";
        } catch (ExecutionException e) {
            return "the approver failed: " + e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the wait for a person was interrupted";
        } finally {
            answer.cancel(true);
        }
    }
}
