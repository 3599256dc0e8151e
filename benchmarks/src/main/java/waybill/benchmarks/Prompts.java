package waybill.benchmarks;

/** Prompts of a given length that read like an agent's work: prose, numbers, code. */
final class Prompts {

    private static final String PARAGRAPH =
            """
            Our payments service writes one row for each transfer and a nightly job adds them up. Since the last release \
            the sums of about 3 in 1,000 accounts are off by a few cents, always after a refund that crossed midnight. \
            Explain step by step which invariants the ledger has to keep, prove that the following function can break \
            one of them, and refactor it so that it cannot:
            def settle(entries, cutoff):
                total = 0.0
                for e in entries:
                    if e.time < cutoff: total += e.amount * (1 - e.fee)
                return round(total, 2)
            Then compare the cost of fixing 4 years of history with the cost of a correction entry of $12,500.75. \
            """;

    private Prompts() {}

    /** A prompt of exactly so many characters. */
    static String of(int characters) {
        return PARAGRAPH.repeat(characters / PARAGRAPH.length() + 1).substring(0, characters);
    }
}
