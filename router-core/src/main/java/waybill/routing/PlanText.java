package waybill.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes a plan for people. */
final class PlanText {

    private static final List<String> HEADER = List.of(
            "", "candidate", "P(good)", "value", "price", "seconds", "time", "fails", "risk", "switch", "worth");

    private PlanText() {}

    static String why(Plan plan) {
        if (plan.choices().isEmpty()) {
            return whyEmpty(plan);
        }
        Choice first = plan.choices().get(0);
        StringBuilder line = new StringBuilder(first.candidate()).append(": ");
        boolean stays = first.candidate().equals(plan.call().incumbent());
        if (stays && plan.call().features().conversation().toolRound()) {
            line.append("stays for the tool round, ");
        } else if (stays) {
            line.append("stays, ");
        }
        line.append("worth ").append(Dollars.about(first.worth().total()));
        if (plan.choices().size() > 1) {
            Choice second = plan.choices().get(1);
            double lead = first.worth().total() - second.worth().total();
            line.append(", ")
                    .append(Dollars.about(Math.abs(lead)))
                    .append(lead >= 0 ? " more than " : " less than ")
                    .append(second.candidate());
        } else {
            line.append(plan.excluded().isEmpty() ? ", the only candidate" : ", the only one eligible");
        }
        return line.append(String.format(
                        Locale.ROOT,
                        "; P(good) %.2f (%s), expected price %s, %.1f s",
                        first.prediction().good(),
                        first.prediction().basis(),
                        price(first),
                        first.worth().seconds()))
                .toString();
    }

    private static String price(Choice choice) {
        String usd = Dollars.about(choice.worth().price());
        return choice.price().known() ? usd : "unknown, taken as " + usd;
    }

    /** The rule that emptied the set is the last one, in checking order, that excluded anybody. */
    private static String whyEmpty(Plan plan) {
        if (plan.excluded().isEmpty()) {
            return "there are no candidates";
        }
        StringBuilder text = new StringBuilder("no candidate is eligible");
        String separator = ": ";
        for (Exclusion exclusion : plan.excluded()) {
            Verdict.Excluded no = exclusion.verdict();
            text.append(separator)
                    .append(exclusion.candidate())
                    .append(" by rule \"")
                    .append(no.rule())
                    .append("\" (")
                    .append(no.reason())
                    .append("; to lift it, ")
                    .append(no.remedy())
                    .append(")");
            separator = ", ";
        }
        return text.toString();
    }

    static String table(Plan plan) {
        StringBuilder out = new StringBuilder();
        Features features = plan.call().features();
        Objective objective = plan.call().objective();
        out.append(String.format(
                Locale.ROOT,
                "plan for about %,d tokens in, objective %s (good answer %s, second %s)%s%n",
                features.inputTokens(),
                objective.name(),
                Dollars.about(objective.value()),
                Dollars.about(objective.second()),
                plan.call().incumbent() == null
                        ? ""
                        : ", incumbent " + plan.call().incumbent()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (Choice choice : plan.choices()) {
            rows.add(row(rows.size(), choice));
        }
        if (plan.choices().isEmpty()) {
            out.append("  nobody is eligible\n");
        } else {
            align(rows, out);
            for (Choice choice : plan.choices()) {
                out.append("  ")
                        .append(choice.candidate())
                        .append(": P(good) from ")
                        .append(choice.prediction().basis())
                        .append("; price ")
                        .append(choice.price())
                        .append(choice.notBefore() == null ? "" : "; not before " + choice.notBefore())
                        .append('\n');
            }
        }
        for (Exclusion exclusion : plan.excluded()) {
            out.append("  left out: ")
                    .append(exclusion.candidate())
                    .append(" by \"")
                    .append(exclusion.verdict().rule())
                    .append("\": ")
                    .append(exclusion.verdict().reason())
                    .append("; to lift it, ")
                    .append(exclusion.verdict().remedy())
                    .append('\n');
        }
        return out.toString();
    }

    private static List<String> row(int place, Choice choice) {
        Worth worth = choice.worth();
        return List.of(
                Integer.toString(place),
                choice.candidate(),
                String.format(Locale.ROOT, "%.2f", choice.prediction().good()),
                Dollars.about(worth.value()),
                (choice.price().known() ? "" : "?") + Dollars.about(worth.price()),
                String.format(Locale.ROOT, "%.1f", worth.seconds()),
                Dollars.about(worth.time()),
                String.format(Locale.ROOT, "%.1f%%", worth.failChance() * 100),
                Dollars.about(worth.risk()),
                Dollars.about(worth.switching()),
                Dollars.about(worth.total()));
    }

    private static void align(List<List<String>> rows, StringBuilder out) {
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - row.get(i).length());
                out.append("  ").append(i == 1 ? row.get(i) + pad : pad + row.get(i));
            }
            out.append('\n');
        }
    }
}
