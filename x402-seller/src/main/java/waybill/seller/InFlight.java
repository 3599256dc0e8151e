package waybill.seller;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The payments that this process is working on right now; each has one owner at a time. Thread-safe. */
final class InFlight {
    private final Set<String> payments = ConcurrentHashMap.newKeySet();

    /** Becomes the owner of a payment; false when somebody is. */
    boolean begin(String payment) {
        return payments.add(payment);
    }

    /** Gives a payment up. */
    void end(String payment) {
        payments.remove(payment);
    }

    /**
     * Runs {@code step} as the one owner of a payment. Who is admitted by it stays the owner until the admission ends.
     *
     * @param taken what is said when somebody else owns it
     */
    Admission owned(String payment, Supplier<Admission> step, Supplier<Admission> taken) {
        if (!begin(payment)) {
            return taken.get();
        }
        boolean admitted = false;
        try {
            Admission admission = step.get();
            admitted = admission instanceof Admitted;
            return admission;
        } finally {
            if (!admitted) {
                end(payment);
            }
        }
    }
}
