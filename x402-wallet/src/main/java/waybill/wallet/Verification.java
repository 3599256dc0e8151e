package waybill.wallet;

import java.util.List;

/**
 * What a check of the whole ledger found.
 *
 * @param events how many events were read
 * @param findings what is wrong, a sentence each that names the row; empty when everything adds up
 */
public record Verification(long events, List<String> findings) {
    public Verification {
        findings = List.copyOf(findings);
    }

    /** True when nothing is wrong. */
    public boolean sound() {
        return findings.isEmpty();
    }
}
