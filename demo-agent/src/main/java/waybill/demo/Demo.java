package waybill.demo;

import io.micronaut.context.ApplicationContext;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.routing.RoutingException;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.Wallet;
import waybill.x402.Address;
import waybill.x402.Amount;

/**
 * The DeFi analyst in one run: computes the facts, has routed and paid models comment on them, checks what they wrote and
 * what was paid, and leaves a report.
 *
 * <pre>{@code
 * int exit = new Demo(DemoOptions.defaults(), new PrintWriter(System.out, true)).run();
 * }</pre>
 */
public final class Demo {
    /** Everything was written and the sums agree. */
    public static final int OK = 0;

    /** A part is missing, or chain and ledger disagree. */
    public static final int FAILED = 1;

    /** The options cannot be used. */
    public static final int MISUSED = 2;

    private static final Duration UNTIL_HOLDS_EXPIRE = Duration.ofMinutes(20);

    private final DemoOptions options;
    private final Console console;
    private final Clock clock = Clock.systemUTC();

    /** A run with these options that tells its progress here. */
    public Demo(DemoOptions options, PrintWriter out) {
        this.options = options;
        this.console = new Console(out, options.colour());
    }

    /**
     * Runs once.
     *
     * @return {@link #OK}, {@link #FAILED} or {@link #MISUSED}
     */
    public int run() {
        boolean simulated = options.models() == null;
        CallRecorder recorder = new CallRecorder(call -> console.call(call, simulated));
        MarketFacts market = MarketFacts.from(BarSeries.recorded());
        console.heading("Waybill demo: the DeFi analyst");
        try (Stage stage = stage(market, recorder)) {
            return run(stage, market, recorder);
        } catch (InvalidModelsFileException e) {
            console.bad("the models file " + options.models() + " cannot be used");
            e.problems().forEach(problem -> console.line("", problem));
            return MISUSED;
        } catch (IOException | RuntimeException e) {
            console.bad(e.toString());
            return FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            console.bad("interrupted");
            return FAILED;
        }
    }

    private Stage stage(MarketFacts market, CallRecorder recorder) throws IOException, InterruptedException {
        Path models = options.models();
        return models == null
                ? Stage.simulated(market, recorder)
                : Stage.of(ModelsFile.read(models, options.environment()), market, recorder);
    }

    private int run(Stage stage, MarketFacts market, CallRecorder recorder) throws IOException {
        Instant start = clock.instant();
        try (ApplicationContext context = context(stage, market, recorder)) {
            FactBook facts = context.getBean(FactBook.class);
            describe(stage, facts);
            Before before = Before.of(stage);
            Written written = write(context.getBean(Analyst.class), facts, recorder);
            Report report = report(start, stage, facts, written, recorder, before);
            new ReportFolder(options.report()).write(report);
            boolean sound = totals(report, written);
            console.blank();
            console.line("report", new ReportFolder(options.report()).page().toString());
            return sound ? OK : FAILED;
        }
    }

    private static ApplicationContext context(Stage stage, MarketFacts market, CallRecorder recorder) {
        return ApplicationContext.builder("waybill-demo")
                .deduceEnvironment(false)
                .enableDefaultPropertySources(false)
                .environmentPropertySource(false)
                .bootstrapEnvironment(false)
                .banner(false)
                .singletons(stage, market, recorder)
                .start();
    }

    private void describe(Stage stage, FactBook facts) {
        BarSeries series = facts.market().series();
        console.line(
                "data",
                "recorded " + series.name() + ", " + series.bars().size() + " bars up to "
                        + Figures.time(series.last().end()));
        console.line(
                "pool",
                Figures.amount(facts.pool().pool().ether(), 2, "WETH") + " and "
                        + Figures.amount(facts.pool().pool().dollars(), 2, "USDC") + " at "
                        + facts.pool().address());
        stage.description().forEach(fact -> console.line(fact.label(), fact.value()));
    }

    /** The balances before anything was paid; absent when the money does not go to this stage's own chain. */
    private record Before(Address buyer, BigDecimal buyerHas, Address seller, BigDecimal sellerHas) {
        static @Nullable Before of(Stage stage) {
            Wallet wallet = stage.wallet();
            Address seller = stage.seller();
            return wallet == null || seller == null
                    ? null
                    : new Before(wallet.address(), stage.balance(wallet.address()), seller, stage.balance(seller));
        }

        Report.Balances after(Stage stage) {
            return new Report.Balances(
                    buyer.toString(),
                    buyerHas,
                    stage.balance(buyer),
                    seller.toString(),
                    sellerHas,
                    stage.balance(seller));
        }
    }

    private record Written(List<Report.Section> sections, @Nullable RiskRating rating, List<String> missing) {}

    private Written write(Analyst analyst, FactBook facts, CallRecorder recorder) {
        List<Report.Section> sections = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        write(Part.HEADLINE, analyst::headline, facts, recorder, sections, missing);
        write(Part.MARKET, analyst::market, facts, recorder, sections, missing);
        write(Part.POOL, analyst::pool, facts, recorder, sections, missing);
        write(Part.PLAYS, analyst::plays, facts, recorder, sections, missing);
        write(Part.RISK, analyst::risk, facts, recorder, sections, missing);
        RiskRating[] rating = new RiskRating[1];
        String lines = AnalystTools.lines(facts.market().market()) + "\n"
                + AnalystTools.lines(facts.market().risk());
        write(
                Part.RATING,
                () -> {
                    rating[0] = analyst.rating(lines);
                    return String.join("\n", rating[0].drivers()) + "\nwatch " + rating[0].watch();
                },
                facts,
                recorder,
                sections,
                missing);
        return new Written(sections, rating[0], missing);
    }

    /** Has one part written; a part that nobody could write is reported and left out. */
    private void write(
            Part part,
            Supplier<@Nullable String> writer,
            FactBook facts,
            CallRecorder recorder,
            List<Report.Section> sections,
            List<String> missing) {
        recorder.begin(part);
        try {
            String text = writer.get();
            if (text == null || text.isBlank()) {
                throw new IllegalStateException("the model wrote nothing");
            }
            List<String> unknown = new NumberCheck(facts.all()).unknown(text);
            if (!unknown.isEmpty()) {
                console.line(
                        "flagged", part.title() + " has numbers that nothing computed: " + String.join(", ", unknown));
            }
            sections.add(new Report.Section(part.id(), part.title(), text, unknown));
        } catch (RoutingException e) {
            missing.add(part.title() + ": " + e.getMessage());
        } catch (RuntimeException e) {
            missing.add(part.title() + ": " + e);
        }
    }

    private Report report(
            Instant start, Stage stage, FactBook facts, Written written, CallRecorder recorder, @Nullable Before before)
            throws IOException {
        Wallet wallet = stage.wallet();
        BigDecimal held = wallet == null ? BigDecimal.ZERO : sum(wallet.totals().held());
        BigDecimal released = wallet == null ? BigDecimal.ZERO : released(stage, wallet);
        List<ModelCall> calls = recorder.calls();
        Report.Spending spending = new Report.Spending(
                wallet == null ? BigDecimal.ZERO : sum(wallet.totals().settled()),
                held.subtract(released),
                released,
                calls.stream().map(ModelCall::billed).reduce(BigDecimal.ZERO, BigDecimal::add),
                wallet == null ? null : wallet.policy().perDay());
        return new Report(
                clock.instant(),
                Duration.between(start, clock.instant()),
                stage.isSimulated(),
                facts.market(),
                facts.pool(),
                facts.playbook(),
                written.sections(),
                written.rating(),
                calls,
                spending,
                before == null ? null : before.after(stage));
    }

    /**
     * Lets the development chain's clock pass the end of every authorisation, and has the wallet ask the chain: what was
     * paid is confirmed, and what was held and never collected is free again.
     */
    private BigDecimal released(Stage stage, Wallet wallet) throws IOException {
        if (!stage.isSimulated()) {
            return BigDecimal.ZERO;
        }
        stage.letPass(UNTIL_HOLDS_EXPIRE);
        BigDecimal released = BigDecimal.ZERO;
        for (PaymentRecord payment : wallet.reconcile()) {
            Amount amount = payment.amount();
            released =
                    payment.state() == PaymentState.VOID && amount != null ? released.add(amount.decimal()) : released;
        }
        return released;
    }

    private boolean totals(Report report, Written written) {
        Report.Spending spending = report.spending();
        Set<String> models = new HashSet<>();
        int attempts = 0;
        for (ModelCall call : report.calls()) {
            attempts += call.attempts().size();
            call.attempts().stream().filter(ModelCall.Attempt::answered).forEach(a -> models.add(a.candidate()));
        }
        console.blank();
        console.heading("Totals");
        console.line(
                "calls",
                report.calls().size() + " (" + attempts + " attempts), answered by " + models.size() + " models");
        BigDecimal budget = spending.budget();
        if (budget != null) {
            console.line(
                    "spent",
                    Figures.price(spending.settled()) + " settled, " + Figures.price(spending.held()) + " held");
            console.line(
                    "budget left",
                    Figures.price(budget.subtract(spending.settled()).subtract(spending.held())) + " of "
                            + Figures.price(budget) + " in 24 h");
        }
        if (spending.billed().signum() > 0) {
            console.line("billed", Figures.price(spending.billed()) + " by keys, by the prices in the models file");
        }
        if (spending.released().signum() > 0) {
            console.line(
                    "released",
                    Figures.price(spending.released()) + " that was held: the chain's clock was moved on "
                            + UNTIL_HOLDS_EXPIRE.toMinutes() + " min, and it proves that nobody collected");
        }
        boolean sound = written.missing().isEmpty();
        Report.Balances balances = report.balances();
        if (balances != null) {
            console.line(
                    "buyer",
                    Figures.amount(balances.buyerBefore(), 6, "USDC") + " before, "
                            + Figures.amount(balances.buyerAfter(), 6, "USDC") + " after, on chain");
            console.line(
                    "seller",
                    Figures.amount(balances.sellerBefore(), 6, "USDC") + " before, "
                            + Figures.amount(balances.sellerAfter(), 6, "USDC") + " after, on chain");
            boolean agrees = balances.agreesWith(spending.settled());
            if (agrees) {
                console.line(
                        "check",
                        "both moved by exactly the " + Figures.price(spending.settled()) + " that the ledger settled");
            } else {
                console.bad("the balances on the chain and the ledger's " + Figures.price(spending.settled())
                        + " disagree");
            }
            sound &= agrees;
        }
        written.missing().forEach(part -> console.bad("not written: " + part));
        return sound;
    }

    private static BigDecimal sum(List<Amount> amounts) {
        return amounts.stream().map(Amount::decimal).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
