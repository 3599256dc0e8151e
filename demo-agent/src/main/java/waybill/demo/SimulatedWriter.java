package waybill.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.Script;
import waybill.testing.ToolCall;

/**
 * What a simulated model says: it asks for the tools that a task needs, and puts the figures that they return into
 * sentences written beforehand. It understands nothing; a figure that no tool returned shows as a question mark.
 */
final class SimulatedWriter implements Script {
    private static final List<Task> TASKS = List.of(
            new Task("Headline:", " ", calls("market_facts"), SimulatedWriter::headline),
            new Task("Market section:", " ", calls("market_facts"), SimulatedWriter::market),
            new Task(
                    "Pool section:",
                    " ",
                    List.of(
                            new ToolCall("call_1", "pool_facts", "{}"),
                            new ToolCall("call_2", "quote_sale", "{\"ether\":\"10\"}")),
                    SimulatedWriter::pool),
            new Task("Strategy section:", "\n", calls("play_facts"), SimulatedWriter::plays),
            new Task("Risk section:", "\n\n", calls("risk_facts", "pool_facts"), SimulatedWriter::risk),
            new Task("Rating:", "", List.of(), SimulatedWriter::rating),
            new Task("", "", List.of(), f -> List.of("This simulated model only knows the demo's own tasks.")));

    private final SimulatedModel model;

    SimulatedWriter(SimulatedModel model) {
        this.model = model;
    }

    @Override
    public Answer answer(ModelRequest request) {
        if (model.fails()) {
            return Answer.error(503, "This simulated provider is down.").latency(model.latency());
        }
        return said(request).latency(model.latency());
    }

    private Answer said(ModelRequest request) {
        String prompt = request.lastUserText();
        Task task = TASKS.stream()
                .filter(each -> prompt.startsWith(each.opening))
                .findFirst()
                .orElseThrow();
        List<String> results = request.toolResults();
        if (results.isEmpty() && !task.tools.isEmpty() && !request.toolNames().isEmpty()) {
            return Answer.toolCalls(task.tools);
        }
        List<String> sentences = task.write.apply(new Told(String.join("\n", results) + "\n" + prompt));
        List<String> kept = model.terse() ? sentences.subList(0, Math.min(2, sentences.size())) : sentences;
        return Answer.text(String.join(task.separator, kept));
    }

    private record Task(String opening, String separator, List<ToolCall> tools, Function<Told, List<String>> write) {}

    private static List<ToolCall> calls(String... names) {
        List<ToolCall> calls = new ArrayList<>();
        for (String name : names) {
            calls.add(new ToolCall("call_" + (calls.size() + 1), name, "{}"));
        }
        return List.copyOf(calls);
    }

    private static List<String> headline(Told f) {
        return List.of("Ether ends the window at " + f.get("Last close") + ", " + f.moved("Return 24 h")
                + " in 24 h and at worst " + f.size("Maximum drawdown") + " under its peak.");
    }

    private static List<String> market(Told f) {
        return List.of(
                "Ether last traded at " + f.get("Last close") + ", " + f.moved("Return 24 h") + " over 24 h and "
                        + f.moved("Return whole window") + " over the whole window, while the last hour changed it by "
                        + f.get("Return 1 h") + ".",
                "Realised volatility stands at " + f.get("Realised volatility, annualised")
                        + " a year, and a bar of five minutes spans " + f.get("Average true range, 14 bars")
                        + " on average.",
                "The deepest fall, " + f.size("Maximum drawdown") + ", ran from " + f.get("Drawdown from") + " to "
                        + f.get("Drawdown to") + "; the extremes were " + f.get("Highest price") + " and "
                        + f.get("Lowest price") + ".");
    }

    private static List<String> pool(Told f) {
        List<String> sales = f.sales();
        String small = sales.get(0);
        String large = sales.get(Math.max(0, sales.size() - 2)); // the last one is the quote that was asked for
        return List.of(
                "The pool holds " + f.get("Ether reserve") + " against " + f.get("Dollar reserve")
                        + ", which prices ether at " + f.get("Pool price") + " and locks " + f.get("Value locked")
                        + ".",
                "About " + f.get("Depth -2 %") + " of selling moves that price by -2 %, and " + f.get("Depth +2 %")
                        + " of buying by +2 %.",
                "A sale of " + small + " loses " + f.impact(small) + " to fee and impact, one of " + large + " loses "
                        + f.impact(large) + ".",
                "Asked for a quote, the contract pays " + f.get("Sale of 10 WETH pays") + " for 10 WETH, an impact of "
                        + f.get("Sale of 10 WETH impact with fee") + ": size costs far more here than the fee of "
                        + f.get("Swap fee") + ".");
    }

    private static List<String> plays(Told f) {
        boolean trendWon = f.number("Follow the trend, result") > f.number("Do nothing, result");
        return List.of(
                "- Do nothing: " + f.get("Do nothing, result") + ", and " + f.get("Do nothing, deepest fall")
                        + " at worst. It is the baseline, and it has no decision to get wrong.",
                "- Provide liquidity: " + f.get("Provide liquidity, result")
                        + ", behind the baseline by an impermanent loss of "
                        + f.size("Impermanent loss over the window") + ". The pool had to trade "
                        + f.get("Pool volume that makes up for it")
                        + " to earn that back in fees. Wrong once the price passes "
                        + f.get("Lower price to leave the pool") + " or " + f.get("Upper price to leave the pool")
                        + ".",
                "- Follow the trend: " + f.get("Follow the trend, result") + " after "
                        + f.get("Follow the trend, switches")
                        + " switches, each of which paid the fee. Wrong while the close stays below its mean of 6 h, now "
                        + f.get("Mean of 6 h now") + ".",
                "\nThe window " + (trendWon ? "paid for following the trend" : "rewarded doing nothing")
                        + "; a risk budget of " + f.get("Risk budget of one hour") + " on "
                        + f.get("Capital of each play") + " holds the ether to "
                        + f.get("Ether exposure that keeps the budget") + " in any case.");
    }

    private static List<String> risk(Told f) {
        boolean heavier = f.number("VaR 99 % of one hour, normal") < f.number("VaR 99 % of one hour, historical");
        List<String> sales = f.sales();
        String large = sales.get(sales.size() - 1);
        return List.of(
                "One hour in twenty cost more than " + f.get("VaR 95 % of one hour, historical")
                        + " in this window, and one in a hundred more than "
                        + f.get("VaR 99 % of one hour, historical") + ". Beyond those levels the mean loss was "
                        + f.get("CVaR 95 % of one hour, historical") + " and "
                        + f.get("CVaR 99 % of one hour, historical") + ".",
                "A normal model puts the same levels at " + f.get("VaR 95 % of one hour, normal") + " and "
                        + f.get("VaR 99 % of one hour, normal") + ": at 99 % it "
                        + (heavier
                                ? "promises less loss than the history shows, so the tail is heavier than the model."
                                : "asks for as much as the history shows, in a window too short to prove the tail.")
                        + " The " + f.get("Overlapping one-hour returns used")
                        + " hours overlap, which makes them fewer than they look.",
                "Leaving costs too: a sale of " + large + " loses " + f.impact(large)
                        + " in the pool, more than the worst hours do, and both can come together.",
                "Verdict: size for the tail mean, not for the volatility; a drawdown of " + f.size("Maximum drawdown")
                        + " happened within this very window.");
    }

    private static List<String> rating(Told f) {
        return List.of("{\"level\":\"HIGH\",\"drivers\":[\"Realised volatility is "
                + f.get("Realised volatility, annualised") + " a year.\",\"The drawdown reached "
                + f.get("Maximum drawdown") + ".\",\"One hour in a hundred lost more than "
                + f.get("VaR 99 % of one hour, historical") + ".\"],\"watch\":\"the lowest price, "
                + f.get("Lowest price") + "\"}");
    }

    /** The figures that the tools told, by name. */
    private static final class Told {
        private static final String SALE = "Sale of ";
        private static final String IMPACT = " impact with fee";

        private final Map<String, String> values = new LinkedHashMap<>();

        Told(String lines) {
            lines.lines().forEach(line -> {
                int colon = line.indexOf(": ");
                if (colon > 0) {
                    values.put(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 2).strip());
                }
            });
        }

        String get(String name) {
            return values.getOrDefault(name, "?");
        }

        /** Without its sign, for sentences that say the direction in words. */
        String size(String name) {
            String value = get(name);
            return value.startsWith("-") ? value.substring(1) : value;
        }

        String moved(String name) {
            return (get(name).startsWith("-") ? "down " : "up ") + size(name);
        }

        double number(String name) {
            String digits = get(name).replaceAll("[^0-9.-]", "");
            return digits.isEmpty() ? Double.NaN : Double.parseDouble(digits);
        }

        /** The sizes of the quoted sales, with their unit, in the order told. */
        List<String> sales() {
            List<String> sizes = values.keySet().stream()
                    .filter(name -> name.startsWith(SALE) && name.endsWith(IMPACT))
                    .map(name -> name.substring(SALE.length(), name.length() - IMPACT.length()))
                    .toList();
            return sizes.isEmpty() ? List.of("?") : sizes;
        }

        String impact(String sale) {
            return size(SALE + sale + IMPACT);
        }
    }
}
