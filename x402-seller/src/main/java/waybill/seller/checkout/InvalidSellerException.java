package waybill.seller.checkout;

import java.util.List;

/** Properties under {@code waybill.seller}, or paid handlers, that cannot be used; each with a sentence that begins with its name. */
public final class InvalidSellerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // an immutable list of strings
    private final List<String> problems;

    /** With these problems, at least one. */
    public InvalidSellerException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong. */
    public List<String> problems() {
        return problems;
    }
}
