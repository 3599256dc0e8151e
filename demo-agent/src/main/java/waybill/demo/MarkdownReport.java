package waybill.demo;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;

/** The report as Markdown. What models and sellers wrote is escaped, so that it cannot become links, pictures or HTML. */
final class MarkdownReport {
    private final Report report;
    private final StringBuilder out = new StringBuilder(1 << 14);

    MarkdownReport(Report report) {
        this.report = report;
    }

    /** The whole text. */
    String text() {
        MarketFacts market = report.market();
        out.append("# ETH-USD and a WETH/USDC pool\n\n");
        commentary("headline");
        out.append("- Recorded market data: ").append(market.series().name()).append(", ");
        out.append(Figures.time(market.series().start())).append(" to ");
        out.append(Figures.time(market.series().last().end()))
                .append(" (")
                .append(market.series().source());
        out.append(")\n- Pool ").append(report.pool().address()).append(" on development chain ");
        out.append(report.pool().chainId())
                .append(", block ")
                .append(report.pool().block());
        out.append("\n- Models: ")
                .append(report.simulated() ? "simulated" : "real")
                .append("\n\n");
        part("market", "Market", market.market());
        part("pool", "Pool", report.pool().facts());
        part("plays", "Three plays, one baseline", report.playbook().facts());
        part("risk", "Risk", market.risk());
        RiskRating rating = report.rating();
        if (rating != null) {
            out.append("Rating: **").append(rating.level()).append("**, watch ");
            out.append(escape(rating.watch())).append("\n\n");
            rating.drivers().forEach(d -> out.append("- ").append(escape(d)).append('\n'));
            out.append('\n');
            flags("rating");
        }
        calls();
        totals();
        out.append("## How it was computed\n\n");
        table(Method.LINES);
        out.append(Report.DISCLAIMER).append('\n');
        return out.toString();
    }

    private void part(String id, String title, List<Fact> facts) {
        out.append("## ").append(title).append("\n\n");
        commentary(id);
        table(facts);
    }

    private void commentary(String id) {
        Report.Section section = report.section(id);
        if (section == null) {
            return;
        }
        for (String line : section.text().strip().lines().toList()) {
            out.append("> ").append(escape(line.strip())).append('\n');
        }
        out.append('\n');
        flags(id);
    }

    private void flags(String id) {
        Report.Section section = report.section(id);
        if (section != null && !section.unknownNumbers().isEmpty()) {
            out.append("Not among the computed figures: ");
            out.append(escape(String.join(", ", section.unknownNumbers()))).append("\n\n");
        }
    }

    private void calls() {
        out.append("## What the words cost\n\n");
        out.append("| # | Part | Model | Why | Price | Payment |\n|---|---|---|---|---|---|\n");
        for (ModelCall call : report.calls()) {
            out.append("| ")
                    .append(call.number())
                    .append(" | ")
                    .append(call.section())
                    .append(" | ");
            out.append(escape(Objects.requireNonNullElse(call.model(), "none"))).append(" | ");
            out.append(escape(call.why()))
                    .append(" | ")
                    .append(Figures.price(call.price()))
                    .append(" | ");
            for (ModelCall.Attempt attempt : call.attempts()) {
                ModelCall.Payment payment = attempt.payment();
                out.append(escape(attempt.candidate())).append(' ');
                out.append(payment == null ? (attempt.answered() ? "answered" : "failed") : payment.state());
                if (!attempt.answered()) {
                    out.append(" (").append(escape(attempt.outcome())).append(')');
                }
                if (payment != null && payment.transaction() != null) {
                    out.append(" `")
                            .append(payment.transaction().replace("`", ""))
                            .append('`');
                }
                out.append("; ");
            }
            out.append("|\n");
        }
        out.append("\n### Plans\n\n");
        for (ModelCall call : report.calls()) {
            out.append("Call ")
                    .append(call.number())
                    .append(", ")
                    .append(call.section())
                    .append("\n\n");
            out.append("| Candidate | Worth | Answers well | Price | Time |\n|---|---|---|---|---|\n");
            for (ModelCall.Choice choice : call.plan()) {
                out.append("| ").append(escape(choice.candidate()));
                out.append(" | ").append(Figures.dollars(choice.worth(), 5));
                out.append(" | ").append(Figures.percent(choice.answersWell(), 0));
                out.append(" | ").append(Figures.dollars(choice.price(), 5));
                out.append(" | ").append(Figures.rounded(choice.seconds(), 1)).append(" s |\n");
            }
            for (ModelCall.Excluded excluded : call.excluded()) {
                out.append("| ").append(escape(excluded.candidate())).append(" | left out: ");
                out.append(escape(excluded.reason())).append(" | | | |\n");
            }
            out.append('\n');
        }
    }

    private void totals() {
        Report.Spending spending = report.spending();
        out.append("## Totals\n\n| | |\n|---|---|\n");
        row("Calls", Integer.toString(report.calls().size()));
        spending.facts().forEach(fact -> row(fact.label(), fact.value()));
        Report.Balances balances = report.balances();
        if (balances != null) {
            row("Buyer " + balances.buyer(), change(balances.buyerBefore(), balances.buyerAfter()));
            row("Seller " + balances.seller(), change(balances.sellerBefore(), balances.sellerAfter()));
            row("Chain agrees with the ledger", balances.agreesWith(spending.settled()) ? "yes" : "NO");
        }
        out.append('\n');
    }

    private void table(List<Fact> facts) {
        out.append("| | |\n|---|---|\n");
        facts.forEach(fact -> row(fact.label(), fact.value()));
        out.append('\n');
    }

    private void row(String label, String value) {
        out.append("| ")
                .append(escape(label))
                .append(" | ")
                .append(escape(value))
                .append(" |\n");
    }

    private static String change(BigDecimal before, BigDecimal after) {
        return Figures.amount(before, 6, "USDC") + " before, " + Figures.amount(after, 6, "USDC") + " after";
    }

    /** Puts a backslash before what has a meaning in Markdown or would become a link, and drops control characters. */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean link = text.startsWith("://", i) || (text.startsWith(".", i) && endsWithWww(safe));
            if (link || "\\`*_[]<>!|#~&@".indexOf(c) >= 0) {
                safe.append('\\');
            }
            if (!Character.isISOControl(c)) {
                safe.append(c);
            }
        }
        return safe.toString();
    }

    private static boolean endsWithWww(StringBuilder text) {
        return text.length() >= 3 && text.substring(text.length() - 3).equalsIgnoreCase("www");
    }
}
