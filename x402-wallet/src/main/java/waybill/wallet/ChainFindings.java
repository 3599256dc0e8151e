package waybill.wallet;

import java.util.List;

/**
 * What the chains show of the settled payments.
 *
 * @param asked how many settled payments were looked up
 * @param shown how many of them a chain shows, to payer, payee and amount
 * @param findings what contradicts the ledger, a sentence each that names the payment
 */
public record ChainFindings(int asked, int shown, List<String> findings) {
    public ChainFindings {
        findings = List.copyOf(findings);
    }

    /** True when nothing contradicts the ledger. */
    public boolean sound() {
        return findings.isEmpty();
    }
}
