package waybill.demo;

import static waybill.demo.Html.escape;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The report as one page that needs nothing else: no script, no font, no picture from elsewhere. What models and sellers
 * wrote is escaped, and the page's own policy forbids scripts and loads besides.
 */
final class HtmlReport {
    private static final Pattern BLANK_LINE = Pattern.compile("\\n\\s*\\n");

    private final Report report;
    private final StringBuilder out = new StringBuilder(1 << 17);

    HtmlReport(Report report) {
        this.report = report;
    }

    /** The whole page. */
    String page() {
        out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        out.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
                + " 'unsafe-inline'\">");
        out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        out.append("<title>ETH-USD and a WETH/USDC pool: a report that paid for its own words</title>");
        out.append("<style>").append(style()).append("</style></head>\n<body>\n");
        header();
        out.append("<main>\n");
        market();
        pool();
        plays();
        risk();
        calls();
        money();
        method();
        out.append("</main>\n");
        out.append("<footer><p>").append(escape(Report.DISCLAIMER)).append("</p><p>Written ");
        out.append(Figures.time(report.written())).append(" in ").append(Figures.seconds(report.took()));
        out.append(
                ". Every figure was computed in Java; models wrote the sentences, and each number in them was looked");
        out.append(" up among the computed figures.</p></footer>\n</body></html>\n");
        return out.toString();
    }

    private void header() {
        MarketFacts market = report.market();
        out.append("<header><div class=\"eyebrow\">Waybill · DeFi analyst</div>");
        out.append("<h1>ETH-USD and a WETH/USDC pool</h1>");
        Report.Section headline = report.section("headline");
        if (headline != null) {
            out.append("<p class=\"lede\">").append(escape(headline.text())).append("</p>");
            flags(headline);
            by("headline");
        }
        out.append("<ul class=\"badges\"><li><b>Recorded</b> market data, ");
        out.append(Figures.time(market.series().start())).append(" to ");
        out.append(Figures.time(market.series().last().end())).append("</li>");
        out.append("<li><b>Development chain</b> ").append(report.pool().chainId());
        out.append(", block ").append(report.pool().block()).append("</li>");
        out.append(
                report.simulated()
                        ? "<li class=\"sim\"><b>Simulated</b> models: scripts that quote the tools' results</li>"
                        : "<li><b>Real</b> models</li>");
        out.append("</ul><dl class=\"figures\">");
        figure("Last close", Figures.dollars(market.price()), "");
        figure("Return 24 h", Figures.percent(market.return24h()), market.return24h() < 0 ? "down" : "up");
        figure("Volatility, annualised", Figures.percent(market.volatility(), 1), "");
        figure("Maximum drawdown", Figures.percent(market.maxDrawdown()), "down");
        figure("VaR 99 % of one hour", Figures.percent(market.hourly().historical99()), "");
        figure("Spent on models", Figures.price(report.spending().total()), "");
        out.append("</dl></header>\n");
    }

    private void market() {
        MarketFacts market = report.market();
        open("market", "Market");
        chart("wide", "Closing price and volume", Charts.price(market), dataset());
        chart(
                "wide",
                "Drawdown",
                Charts.drawdown(market),
                "How far each close lies under the highest close before it. " + dataset());
        facts("Computed figures", market.market());
        out.append("</section>\n");
    }

    private void pool() {
        PoolFacts pool = report.pool();
        open("pool", "Pool");
        out.append("<div class=\"pair\">");
        String source = "Pool " + pool.address() + " on development chain " + pool.chainId() + ", block " + pool.block()
                + ". Simulated liquidity.";
        chart(
                "",
                "Price impact of a sale",
                Charts.impact(pool),
                "Against the pool's price, the fee of "
                        + Figures.percent(pool.pool().feePerMille() / 1000.0, 1)
                        + " included. Dots were quoted by the contract and computed again in Java. " + source);
        chart(
                "",
                "Impermanent loss",
                Charts.impermanentLoss(report.market().price()
                        / report.market().series().first().close()),
                "IL(r) = 2√r / (1 + r) − 1. The dashed line is the price change of the recorded window.");
        out.append("</div>");
        facts("Computed figures", pool.facts());
        out.append("</section>\n");
    }

    private void plays() {
        open("plays", "Three plays, one baseline");
        out.append("<div class=\"card\"><div class=\"scroll\" style=\"overflow-x:auto\"><table><thead><tr><th>Play</th>"
                + "<th class=\"n\">Result</th><th class=\"n\">Deepest fall</th><th class=\"n\">Switches</th>"
                + "<th style=\"padding-left:1.4rem\">What would prove it wrong</th></tr></thead><tbody>");
        for (Playbook.Play play : report.playbook().plays()) {
            out.append("<tr><td><b>").append(escape(play.name())).append("</b><span class=\"sub\">");
            out.append(escape(play.idea())).append("</span></td><td class=\"n ");
            out.append(play.result() < 0 ? "down" : "up").append("\">").append(Figures.percent(play.result()));
            out.append("</td><td class=\"n\">").append(Figures.percent(play.drawdown()));
            out.append("</td><td class=\"n\">").append(play.switches());
            out.append("</td><td class=\"w\" style=\"padding-left:1.4rem\">").append(escape(play.invalidation()));
            out.append("</td></tr>");
        }
        out.append("</tbody></table></div></div>");
        facts("Levels and sizes", report.playbook().levels());
        out.append("</section>\n");
    }

    private void risk() {
        MarketFacts market = report.market();
        open("risk", "Risk");
        RiskRating rating = report.rating();
        if (rating != null) {
            out.append("<div class=\"card\"><h3>Rating, answered in a JSON schema</h3><div class=\"rating\"><strong>");
            out.append(escape(rating.level().name())).append("</strong><span>watch: ");
            out.append(escape(rating.watch())).append("</span><ul>");
            for (String driver : rating.drivers()) {
                out.append("<li>").append(escape(driver)).append("</li>");
            }
            out.append("</ul></div>");
            Report.Section section = report.section("rating");
            if (section != null) {
                flags(section);
            }
            by("rating");
            out.append("</div>");
        }
        out.append("<div class=\"pair\">");
        chart(
                "",
                "One-hour returns",
                Charts.returns(market),
                "All " + market.hourly().samples() + " overlapping hours. " + dataset());
        out.append("<div>");
        facts("Value at risk of one hour", market.risk());
        out.append("</div></div></section>\n");
    }

    private void calls() {
        out.append("<section id=\"calls\"><h2>What the words cost</h2>");
        out.append("<p class=\"by\">Each line opens to the plan behind it, in dollars.</p>");
        chart(
                "wide",
                "Price of each attempt",
                Charts.costs(report.calls()),
                "1 USDC is taken as $1. Dashed: signed or refused, and not settled.");
        out.append("<div class=\"card\"><div style=\"overflow-x:auto\"><table class=\"calls\"><thead><tr><th>#</th>"
                + "<th>Part</th><th>Model</th><th>Why it was chosen</th><th class=\"n\">Price</th>"
                + "<th style=\"padding-left:1.2rem\">Payment</th></tr></thead><tbody>");
        report.calls().forEach(this::call);
        out.append("</tbody></table></div></div></section>\n");
    }

    private void call(ModelCall call) {
        out.append("<tr><td>").append(call.number()).append("</td><td>").append(escape(call.section()));
        out.append("<span class=\"sub\">").append(Figures.seconds(call.took())).append("</span></td><td>");
        out.append("<span class=\"model\">").append(escape(Objects.requireNonNullElse(call.model(), "none")));
        out.append("</span><span class=\"sub\">").append(label()).append(", ").append(call.inputTokens());
        out.append(" + ").append(call.outputTokens()).append(" tokens</span></td><td class=\"w\">");
        out.append("<details><summary>").append(escape(call.why())).append("</summary>");
        plan(call);
        out.append("</details></td><td class=\"n\">")
                .append(Figures.price(call.price()))
                .append("</td>");
        out.append("<td class=\"w\" style=\"padding-left:1.2rem\">");
        for (ModelCall.Attempt attempt : call.attempts()) {
            payment(attempt);
        }
        out.append("</td></tr>");
    }

    private void payment(ModelCall.Attempt attempt) {
        ModelCall.Payment payment = attempt.payment();
        String kind = attempt.answered()
                ? "good"
                : payment != null && !payment.state().equals("DENIED") ? "wait" : "bad";
        String state = payment == null ? (attempt.answered() ? "answered" : "failed") : payment.state();
        out.append("<div><span class=\"state ").append(kind).append("\">").append(escape(state));
        out.append("</span> ").append(escape(attempt.candidate()));
        if (!attempt.answered()) {
            out.append("<span class=\"sub\">").append(escape(attempt.outcome())).append("</span>");
        }
        if (payment != null) {
            if (!payment.reason().isEmpty()) {
                out.append("<span class=\"sub\">")
                        .append(escape(payment.reason()))
                        .append("</span>");
            }
            if (payment.transaction() != null) {
                out.append("<span class=\"sub mono\">").append(escape(payment.transaction()));
                out.append("</span>");
            }
        }
        out.append("</div>");
    }

    private void plan(ModelCall call) {
        out.append("<table><thead><tr><th>Candidate</th><th class=\"n\">Worth</th><th class=\"n\">Answers well</th>"
                + "<th class=\"n\">Price</th><th class=\"n\">Time</th></tr></thead><tbody>");
        for (ModelCall.Choice choice : call.plan()) {
            out.append("<tr><td>").append(escape(choice.candidate())).append("</td><td class=\"n\">");
            out.append(escape(Figures.dollars(choice.worth(), 5))).append("</td><td class=\"n\">");
            out.append(Figures.percent(choice.answersWell(), 0)).append("</td><td class=\"n\">");
            out.append(escape(Figures.dollars(choice.price(), 5))).append("</td><td class=\"n\">");
            out.append(Figures.rounded(choice.seconds(), 1)).append(" s</td></tr>");
        }
        for (ModelCall.Excluded excluded : call.excluded()) {
            out.append("<tr><td>").append(escape(excluded.candidate())).append("</td><td colspan=\"4\">left out: ");
            out.append(escape(excluded.reason())).append("</td></tr>");
        }
        out.append("</tbody></table>");
    }

    private void money() {
        Report.Spending spending = report.spending();
        List<Fact> sums = new ArrayList<>();
        sums.add(new Fact("Calls", Integer.toString(report.calls().size())));
        sums.addAll(spending.facts());
        out.append("<section id=\"money\"><h2>Totals</h2><div class=\"pair\">");
        out.append("<div>");
        facts("Spending", sums);
        out.append("</div><div>");
        Report.Balances balances = report.balances();
        if (balances != null) {
            boolean agrees = balances.agreesWith(spending.settled());
            facts(
                    "USDC on the chain",
                    List.of(
                            new Fact("Buyer before", usdc(balances.buyerBefore())),
                            new Fact("Buyer after", usdc(balances.buyerAfter())),
                            new Fact("Seller before", usdc(balances.sellerBefore())),
                            new Fact("Seller after", usdc(balances.sellerAfter())),
                            new Fact("Agrees with the ledger", agrees ? "yes, to the last unit" : "NO")));
        }
        out.append("</div></div>");
        if (balances != null) {
            out.append("<p class=\"by mono\">buyer ")
                    .append(escape(balances.buyer()))
                    .append("<br>seller ");
            out.append(escape(balances.seller())).append("</p>");
        }
        out.append("</section>\n");
    }

    private void method() {
        out.append("<section id=\"method\"><h2>How it was computed</h2>");
        facts("", Method.LINES);
        out.append("</section>\n");
    }

    private void open(String id, String title) {
        out.append("<section id=\"")
                .append(id)
                .append("\"><h2>")
                .append(escape(title))
                .append("</h2>");
        Report.Section section = report.section(id);
        if (section != null) {
            out.append("<div class=\"prose\">").append(prose(section.text())).append("</div>");
            flags(section);
            by(id);
        }
    }

    private void flags(Report.Section section) {
        if (!section.unknownNumbers().isEmpty()) {
            out.append("<p class=\"flag\">Not among the computed figures: ");
            out.append(escape(String.join(", ", section.unknownNumbers()))).append("</p>");
        }
    }

    /** Who wrote a part, and the payments that bought it. */
    private void by(String section) {
        List<ModelCall> calls = report.callsFor(section);
        if (calls.isEmpty()) {
            return;
        }
        String writers = calls.stream()
                .map(ModelCall::model)
                .filter(Objects::nonNull)
                .distinct()
                .map(name -> "<b>" + escape(name) + "</b>")
                .collect(Collectors.joining(", "));
        String hashes = calls.stream()
                .flatMap(c -> c.attempts().stream())
                .map(ModelCall.Attempt::payment)
                .map(p -> p == null ? null : p.transaction())
                .filter(Objects::nonNull)
                .map(h -> "<span class=\"mono\" title=\"" + escape(h) + "\">" + escape(shortened(h)) + "</span>")
                .collect(Collectors.joining(" "));
        out.append("<p class=\"by\">Written by ").append(writers).append(" (").append(label());
        out.append(") in ")
                .append(calls.size())
                .append(calls.size() == 1 ? " call" : " calls")
                .append(" for ");
        out.append(Figures.price(calls.stream().map(ModelCall::price).reduce(BigDecimal.ZERO, BigDecimal::add)));
        out.append(hashes.isEmpty() ? "" : ", paid by " + hashes).append("</p>");
    }

    private void chart(String style, String title, String svg, String caption) {
        out.append("<figure class=\"")
                .append(style)
                .append("\"><div class=\"title\">")
                .append(escape(title));
        out.append("</div><div class=\"scroll\">").append(svg).append("</div><figcaption>");
        out.append(escape(caption)).append("</figcaption></figure>");
    }

    private void facts(String title, List<Fact> facts) {
        out.append("<div class=\"card\">");
        if (!title.isEmpty()) {
            out.append("<h3>").append(escape(title)).append("</h3>");
        }
        out.append("<dl class=\"facts\">");
        for (Fact fact : facts) {
            out.append("<div><dt>").append(escape(fact.label())).append("</dt><dd>");
            out.append(escape(fact.value())).append("</dd></div>");
        }
        out.append("</dl></div>");
    }

    private void figure(String name, String value, String style) {
        out.append("<div><dt>")
                .append(escape(name))
                .append("</dt><dd class=\"")
                .append(style)
                .append("\">");
        out.append(escape(value)).append("</dd></div>");
    }

    private String dataset() {
        BarSeries series = report.market().series();
        return "Recorded: " + series.name() + ", " + series.bars().size() + " bars, " + Figures.time(series.start())
                + " to " + Figures.time(series.last().end()) + " (" + series.source() + ").";
    }

    private String label() {
        return report.simulated() ? "simulated" : "real";
    }

    private static String usdc(BigDecimal amount) {
        return Figures.amount(amount, 6, "USDC");
    }

    static String shortened(String hash) {
        return hash.length() <= 14 ? hash : hash.substring(0, 8) + "…" + hash.substring(hash.length() - 4);
    }

    /** Paragraphs and bullet lists; anything else stays plain text. */
    static String prose(String text) {
        StringBuilder html = new StringBuilder();
        for (String block : BLANK_LINE.splitAsStream(text.strip()).toList()) {
            @Nullable String open = null;
            for (String line : block.lines().toList()) {
                boolean item = line.stripLeading().startsWith("- ")
                        || line.stripLeading().startsWith("* ");
                String want = item ? "ul" : "p";
                if (!want.equals(open)) {
                    html.append(open == null ? "" : "</" + open + ">")
                            .append('<')
                            .append(want)
                            .append('>');
                    open = want;
                } else if (!item) {
                    html.append("<br>");
                }
                String content = escape(item ? line.stripLeading().substring(2) : line.strip());
                html.append(item ? "<li>" + content + "</li>" : content);
            }
            html.append(open == null ? "" : "</" + open + ">");
        }
        return html.toString();
    }

    private static String style() {
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(Objects.requireNonNull(in, "report.css").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("The report's style sheet cannot be read: " + e.getMessage(), e);
        }
    }
}
