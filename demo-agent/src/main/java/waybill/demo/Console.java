package waybill.demo;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;

/** The demo's lines on the terminal: plain ASCII, colours only when wanted, and nothing of foreign origin unprinted. */
final class Console {
    private static final int WRAP = 100;

    private final PrintWriter out;
    private final boolean colour;

    Console(PrintWriter out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    void heading(String text) {
        out.println(paint("1", text));
        out.flush();
    }

    void blank() {
        out.println();
        out.flush();
    }

    /** A name and what there is to say of it. */
    void line(String name, String text) {
        out.println("  " + paint("2", String.format(Locale.ROOT, "%-12s", name)) + printable(text));
        out.flush();
    }

    /** One call: the choice, why, the price and the transaction, and whatever went wrong before. */
    void call(ModelCall call, boolean simulated) {
        String model = Objects.requireNonNullElse(call.model(), "nobody");
        out.println();
        out.println(paint("1", String.format(Locale.ROOT, "%3d  %-9s", call.number(), call.section())) + " "
                + paint(call.model() == null ? "31" : "36", printable(model)) + (simulated ? " (simulated)" : "") + "  "
                + Figures.price(call.price()) + "  " + Figures.seconds(call.took()));
        under("why", call.why());
        for (ModelCall.Attempt attempt : call.attempts()) {
            attempt(attempt);
        }
        out.flush();
    }

    private void attempt(ModelCall.Attempt attempt) {
        ModelCall.Payment payment = attempt.payment();
        if (!attempt.answered()) {
            under("failed", "31", attempt.candidate() + ": " + attempt.outcome());
        }
        if (payment == null) {
            return;
        }
        String amount = payment.amount().stripTrailingZeros().toPlainString() + " " + payment.token();
        if (payment.settled()) {
            under("paid", amount + ", tx " + payment.transaction());
        } else if (payment.state().equals("DENIED")) {
            under("denied", amount + ": the wallet signed nothing");
        } else {
            under(
                    "held",
                    amount + ": signed, " + payment.state().toLowerCase(Locale.ROOT) + ", counts until it expires");
        }
    }

    /** Something that makes the run fail. */
    void bad(String text) {
        out.println(paint("31", "  FAILED: ") + printable(text));
        out.flush();
    }

    private void under(String name, String text) {
        under(name, "2", text);
    }

    /** A line below a call, wrapped between words. */
    private void under(String name, String colour, String text) {
        StringBuilder line = new StringBuilder();
        String start = "     " + paint(colour, String.format(Locale.ROOT, "%-7s", name)) + " ";
        for (String word : printable(text).split(" ", -1)) {
            if (line.length() > 0 && line.length() + 1 + word.length() > WRAP) {
                out.println(start + line);
                start = " ".repeat(13);
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        out.println(start + line);
    }

    private String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /** Sellers and models write part of this; control characters could repaint the terminal. */
    private static String printable(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            int kind = Character.getType(c);
            boolean hides = kind == Character.CONTROL || kind == Character.FORMAT || kind == Character.SURROGATE;
            safe.appendCodePoint(hides ? ' ' : c);
        });
        return safe.toString();
    }
}
