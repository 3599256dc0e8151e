package waybill.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.training.NewcomerStudy;
import waybill.training.OutcomeFiles;
import waybill.training.TrainerSettings;

/** {@code waybill eval cold}: leave two models after two out of training, and add them by their accuracy alone. */
@Command(
        name = "cold",
        header = "Leave two models after two out of training, and add them by their accuracy alone.",
        description = {
            "",
            "Compares a pool to which two unseen models are added, known by their accuracy on the set and their price only,",
            "with the pool without them, and with having seen all their outcomes. Trains once for each pair.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE})
final class NewcomersCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "Folder of the routing data.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private Path data;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Pairs of models of each set, drawn with a fixed seed (default: ${DEFAULT-VALUE}).")
    private int pairs;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "100",
            description = "Bootstrap samples for the intervals (default: ${DEFAULT-VALUE}).")
    private int draws;

    NewcomersCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        Path from = EvalCommand.folder(data);
        List<NewcomerStudy.Line> lines = NewcomerStudy.lines(
                OutcomeFiles.read(from, "train"),
                OutcomeFiles.read(from, "dev"),
                TrainerSettings.shipped(),
                pairs,
                draws,
                terminal::progress);
        terminal.print(NewcomerStudy.table(lines).strip());
        return Exit.OK;
    }
}
