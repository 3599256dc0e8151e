package waybill.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.routing.Objective;
import waybill.training.DecisionReplay;

/** {@code waybill eval replay}: what a log of decisions says of another objective. */
@Command(
        name = "replay",
        header = "Estimate from a log of decisions what would have come of another objective.",
        description = {
            "",
            "The log is what a router with a DecisionLog writes; the older file beside it is read too. Decisions count whose",
            "answer was scored by feedback, or that nobody answered. Where the log never or seldom tried what the objective",
            "would do, nothing is estimated and the exit code is 1: explore first (docs/learning.md).",
        },
        exitCodeList = {Exit.Words.OK, "1:the log does not support an estimate, or something failed", Exit.Words.USAGE})
final class ReplayCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(names = "--log", paramLabel = "FILE", required = true, description = "The log of decisions.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private Path log;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            defaultValue = "balanced",
            description = "What would have been preferred: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private ExplainCommand.Preference preference = ExplainCommand.Preference.balanced;

    @Option(names = "--value", paramLabel = "USD", description = "V: what a good answer is worth, in dollars.")
    private @Nullable Double value;

    @Option(names = "--second", paramLabel = "USD", description = "T: what a second of waiting costs, in dollars.")
    private @Nullable Double second;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Bootstrap samples for the intervals (default: ${DEFAULT-VALUE}).")
    private int draws;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the bootstrap (default: ${DEFAULT-VALUE}).")
    private long seed;

    ReplayCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (draws < 40 || draws > 100_000) {
            throw Failure.usage("--draws is " + draws + "; 40 to 100000 give an interval.");
        }
        DecisionReplay replay;
        try {
            replay = DecisionReplay.of(log, objective(), draws, seed);
        } catch (NoSuchFileException e) {
            throw new Failure(Exit.USAGE, "there is no log " + log, e);
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()), e);
        }
        String refusal = replay.refusal();
        if (!refusal.isEmpty()) throw new Failure(Exit.FAILED, refusal + ".");
        terminal.out().print(replay.table());
        return Exit.OK;
    }

    private Objective objective() {
        try {
            Objective objective = preference.objective();
            if (value != null) objective = objective.withValue(value);
            return second == null ? objective : objective.withSecond(second);
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()), e);
        }
    }
}
