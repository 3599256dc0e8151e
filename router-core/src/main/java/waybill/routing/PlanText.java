package waybill.routing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes a plan for people. */
final class PlanText {

    private static final List<String> HEADER = List.of(
            "", "candidate", "P(good)", "gain", "price", "time", "risk", "switch", "= worth", "seconds", "fails");

    private PlanText() {}

    static String why(Plan plan) {
        if (plan.choices().isEmpty()) {
            return whyEmpty(plan);
        }
        Choice first = plan.choices().get(0);
        StringBuilder line = new StringBuilder(first.candidate()).append(": ");
        if (plan.lead() != Lead.RANKED) {
            line.append(plan.lead().words()).append(", ");
        } else if (first.candidate().equals(plan.call().incumbent())) {
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
        line.append(String.format(
                Locale.ROOT,
                "; P(good) %.2f (%s), expected price %s, %.1f s",
                first.prediction().good(),
                first.prediction().basis(),
                price(first),
                first.worth().seconds()));
        nearest(plan).ifPresent(boundary -> line.append("; would change to ").append(boundary));
        return line.toString();
    }

    private static String price(Choice choice) {
        String usd = Dollars.about(choice.worth().price());
        return choice.price().known() ? usd : "unknown, taken as " + usd;
    }

    /** The boundary that the least change of V reaches, as a factor. */
    private static Optional<Boundary> nearest(Plan plan) {
        double value = plan.call().objective().value();
        Boundary nearest = null;
        for (Boundary boundary : plan.boundaries()) {
            if (boundary.term() == Boundary.Term.VALUE
                    && (nearest == null || factor(boundary, value) < factor(nearest, value))) {
                nearest = boundary;
            }
        }
        return Optional.ofNullable(nearest);
    }

    private static double factor(Boundary boundary, double value) {
        return boundary.above() ? boundary.usd() / value : value / boundary.usd();
    }

    /**
     * Names the rule that emptied the set: of the candidates with the fewest reasons against them, the one rule or the
     * few rules that stand between them and the call. The others are told shortly.
     */
    private static String whyEmpty(Plan plan) {
        if (plan.excluded().isEmpty()) {
            return "there are no candidates";
        }
        int fewest =
                plan.excluded().stream().mapToInt(e -> e.also().size()).min().orElseThrow();
        Map<String, String> closest = new LinkedHashMap<>();
        Set<String> further = new LinkedHashSet<>();
        for (Exclusion exclusion : plan.excluded()) {
            if (exclusion.also().size() == fewest) {
                closest.merge(reasons(exclusion), exclusion.candidate(), (one, other) -> one + ", " + other);
            } else {
                further.add(exclusion.candidate());
            }
        }
        StringBuilder text = new StringBuilder("no candidate is eligible");
        String separator = ": ";
        for (Map.Entry<String, String> each : closest.entrySet()) {
            text.append(separator).append(each.getValue()).append(" by ").append(each.getKey());
            separator = "; ";
        }
        return further.isEmpty()
                ? text.toString()
                : text.append("; more rules are against ")
                        .append(String.join(", ", further))
                        .toString();
    }

    private static String reasons(Exclusion exclusion) {
        StringBuilder text = new StringBuilder(reason(exclusion.verdict()));
        exclusion.also().forEach(no -> text.append(" and ").append(reason(no)));
        return text.toString();
    }

    private static String reason(Verdict.Excluded no) {
        return "rule \"" + no.rule() + "\" (" + no.reason() + "; to lift it, " + no.remedy() + ")";
    }

    static String table(Plan plan) {
        StringBuilder out = new StringBuilder();
        heading(plan, out);
        if (plan.choices().isEmpty()) {
            out.append("  nobody is eligible\n");
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(HEADER);
            plan.choices().forEach(choice -> rows.add(row(rows.size(), choice)));
            align(rows, out);
            out.append("  worth = gain (1-e)*V*P - price (1-e)*p - time T*s - risk e*failure - switch\n");
            lead(plan, out);
            plan.choices().forEach(choice -> about(choice, out));
        }
        for (Exclusion exclusion : plan.excluded()) {
            leftOut(exclusion.candidate(), exclusion.verdict(), out);
            exclusion.also().forEach(no -> leftOut(exclusion.candidate(), no, out));
        }
        return out.toString();
    }

    private static void heading(Plan plan, StringBuilder out) {
        Objective objective = plan.call().objective();
        String incumbent = plan.call().incumbent();
        out.append(String.format(
                Locale.ROOT,
                "plan for about %,d tokens in, objective %s (good answer V = %s, second T = %s)%s%n",
                plan.call().features().inputTokens(),
                objective.name(),
                Dollars.about(objective.value()),
                Dollars.about(objective.second()),
                incumbent == null ? "" : ", incumbent " + incumbent));
    }

    private static void lead(Plan plan, StringBuilder out) {
        if (plan.lead() != Lead.RANKED) {
            out.append("  ")
                    .append(plan.choices().get(0).candidate())
                    .append(" is first: ")
                    .append(plan.lead().words())
                    .append('\n');
        }
        List<Boundary> boundaries = plan.boundaries();
        String separator = "  would change to ";
        for (Boundary boundary : boundaries) {
            out.append(separator).append(boundary);
            separator = ", to ";
        }
        out.append(boundaries.isEmpty() ? "" : "\n");
    }

    private static void about(Choice choice, StringBuilder out) {
        out.append("  ")
                .append(choice.candidate())
                .append(": P(good) from ")
                .append(choice.prediction().basis())
                .append("; price ")
                .append(choice.price())
                .append(choice.price().known() ? "" : ", taken as the dearest on sale")
                .append(choice.fallBack() ? "; " + choice.aside().words() : "")
                .append(choice.notBefore() == null ? "" : "; not before " + choice.notBefore())
                .append('\n');
    }

    private static void leftOut(String candidate, Verdict.Excluded no, StringBuilder out) {
        out.append("  left out: ")
                .append(candidate)
                .append(" by \"")
                .append(no.rule())
                .append("\": ")
                .append(no.reason())
                .append("; to lift it, ")
                .append(no.remedy())
                .append('\n');
    }

    private static List<String> row(int place, Choice choice) {
        Worth worth = choice.worth();
        return List.of(
                Integer.toString(place),
                choice.candidate(),
                String.format(Locale.ROOT, "%.2f", choice.prediction().good()),
                Dollars.about(worth.gain()),
                (choice.price().known() ? "" : "?") + taken(worth.charge()),
                taken(worth.time()),
                taken(worth.risk()),
                taken(worth.switching()),
                Dollars.about(worth.total()),
                String.format(Locale.ROOT, "%.1f", worth.seconds()),
                String.format(Locale.ROOT, "%.1f%%", worth.failChance() * 100));
    }

    private static String taken(double usd) {
        return Dollars.about(-usd);
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
