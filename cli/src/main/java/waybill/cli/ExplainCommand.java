package waybill.cli;

import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.gateway.GatewaySettings;
import waybill.gateway.InvalidSettingsException;
import waybill.routing.Call;
import waybill.routing.Candidate;
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
            "Prints the routing plan as a table in dollars: what each candidate's answer is worth and what its price, time and",
            "risk take off, who is left out by which rule, and at which worth of an answer another would be chosen. Without",
            "--models the candidates are four made-up example profiles.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill explain \"Translate 'good morning' into French\"",
            "  waybill explain --value 0.20 --second 0.001 \"Translate 'good morning' into French\"",
            "  waybill explain --objective best \"Prove that the square root of 2 is irrational\"",
            "  waybill explain --models gateway.yaml \"Summarise this contract in three lines\"",
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
            names = "--value",
            paramLabel = "PRICE",
            converter = Dollars.class,
            description = "V, what a good answer is worth, in dollars, in place of the objective's.")
    private @Nullable BigDecimal value;

    @Option(
            names = "--second",
            paramLabel = "PRICE",
            converter = Dollars.class,
            description = "T, what a second of waiting costs, in dollars, in place of the objective's.")
    private @Nullable BigDecimal second;

    @Option(
            names = "--max-cost",
            paramLabel = "PRICE",
            converter = Dollars.class,
            description = "The most that all attempts together may cost, in dollars.")
    private @Nullable BigDecimal maxCost;

    @Option(
            names = "--models",
            paramLabel = "FILE",
            description = "Take the candidates from a gateway's configuration.")
    private @Nullable Path models;

    @Option(names = "--json", description = "Print the plan as one JSON object.")
    private boolean json;

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (prompt.isBlank()) throw Failure.usage("the prompt is empty; there is nothing to route.");
        List<Candidate<String>> candidates = models == null ? Examples.CANDIDATES : candidates(models);
        Hints hints = Hints.NONE.withObjective(preference.objective());
        if (value != null) hints = hints.withValue(value.doubleValue());
        if (second != null) hints = hints.withSecond(second.doubleValue());
        if (maxCost != null) hints = hints.withCostCeiling(maxCost.toPlainString());
        Plan plan = Router.builder(candidates).build().plan(new Call(Features.of(prompt), hints, null));
        if (models == null) terminal.progress("Candidates are made-up examples; --models FILE takes your own.");
        if (json) {
            terminal.print(Json.write(PlanJson.of(plan)));
            return Exit.OK;
        }
        terminal.out().print(plan);
        terminal.print(plan.why());
        return Exit.OK;
    }

    private static List<Candidate<String>> candidates(Path file) {
        // Nobody is paid by a plan, so a file that leaves out who is paid and where is complete enough.
        Map<String, Object> unpaid =
                Map.of("pay-to", "0x000000000000000000000000000000000000dEaD", "rpc", URI.create("http://127.0.0.1:1"));
        try {
            return GatewaySettings.read(file, unpaid).models().stream()
                    .map(model -> Candidate.of(model.id(), model.id(), model.profile()))
                    .toList();
        } catch (InvalidSettingsException e) {
            throw new Failure(Exit.USAGE, file + " cannot be used. " + e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()), e);
        }
    }
}
