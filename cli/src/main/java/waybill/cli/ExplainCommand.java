package waybill.cli;

import java.math.BigDecimal;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.routing.Call;
import waybill.routing.Features;
import waybill.routing.Hints;
import waybill.routing.Objective;
import waybill.routing.Plan;
import waybill.routing.Router;

/** {@code waybill explain}: the plan for a prompt, without calling anybody. */
@Command(
        name = "explain",
        header = "Show which model would answer a prompt, and why, without calling anybody.",
        description = {
            "",
            "Prints the routing plan as a table in dollars: every candidate's chance to answer well, its expected price and",
            "time, and who is left out by which rule. The candidates are four made-up example profiles.",
        },
        optionListHeading = "%nOptions:%n",
        exitCodeListHeading = Exit.Words.HEADING,
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill explain \"Translate 'good morning' into French\"",
            "  waybill explain --objective best \"Prove that the square root of 2 is irrational\"",
        })
final class ExplainCommand implements Callable<Integer> {

    /** How a caller's preference is called on the command line. */
    enum Preference {
        cheapest,
        balanced,
        best,
        fastest;

        Objective objective() {
            return switch (this) {
                case cheapest -> Objective.cheapest();
                case balanced -> Objective.balanced();
                case best -> Objective.best();
                case fastest -> Objective.fastest();
            };
        }
    }

    private final Terminal terminal;

    @Parameters(paramLabel = "PROMPT", description = "The prompt, as one argument.")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private String prompt;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            defaultValue = "balanced",
            description = "What to prefer: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Preference preference = Preference.balanced;

    @Option(
            names = "--max-cost",
            paramLabel = "PRICE",
            converter = Dollars.class,
            description = "The most that all attempts together may cost, in dollars.")
    private @Nullable BigDecimal maxCost;

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (prompt.isBlank()) throw Failure.usage("the prompt is empty; there is nothing to route.");
        Hints hints = Hints.NONE.withObjective(preference.objective());
        if (maxCost != null) hints = hints.withCostCeiling(maxCost.toPlainString());
        Plan plan = Router.builder(Examples.CANDIDATES).build().plan(new Call(Features.of(prompt), hints, null));
        terminal.progress("The candidates are made-up examples.");
        terminal.out().print(plan);
        terminal.print(plan.why());
        return Exit.OK;
    }
}
