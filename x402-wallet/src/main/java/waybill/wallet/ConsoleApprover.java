package waybill.wallet;

import java.io.Console;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Asks at the terminal that the program runs in. Only {@code yes}, typed whole, is a yes; one question at a time. Where
 * there is no terminal the answer is no.
 */
public final class ConsoleApprover implements PaymentApprover {
    private final UnaryOperator<@Nullable String> ask;

    private ConsoleApprover(UnaryOperator<@Nullable String> ask) {
        this.ask = ask;
    }

    /** Asks at the process's own terminal. */
    public static ConsoleApprover system() {
        return new ConsoleApprover(ConsoleApprover::read);
    }

    /**
     * Asks through {@code ask}, which shows the question and returns what was typed, or null where nobody can be asked.
     */
    public static ConsoleApprover asking(UnaryOperator<@Nullable String> ask) {
        return new ConsoleApprover(ask);
    }

    @Override
    public synchronized boolean approves(String paymentId, Quote quote) {
        String answer = ask.apply(
                "Pay " + quote.amount() + " on " + quote.amount().asset().network() + " to "
                        + quote.payTo() + " for " + quote.method() + " " + quote.origin() + "? "
                        + quote.decision().message()
                        + "\nType yes to pay: ");
        return answer != null && answer.strip().equals("yes");
    }

    @SuppressWarnings("SystemConsoleNull") // null before 22; from then on reading gives null where there is no terminal
    private static @Nullable String read(@Nullable String question) {
        Console console = System.console();
        return console == null ? null : console.readLine("%s", question);
    }
}
