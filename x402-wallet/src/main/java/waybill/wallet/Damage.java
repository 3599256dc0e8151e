package waybill.wallet;

/** Something was found that nobody but this ledger may have written, or that it did not write. Never leaves it. */
final class Damage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Damage(String sentence) {
        super(sentence);
    }
}
