package waybill.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.training.OutcomeFiles;
import waybill.training.RewordingStudy;

/** {@code waybill eval robust}: count how often the choice stays when a prompt says the same in other words. */
@Command(
        name = "robust",
        header = "Count how often the choice stays when a prompt says the same in other words.",
        description = {
            "",
            "Renames options to choices, changes white space and puts courtesies before each prompt; reports how often the",
            "same model is chosen, at values of a good answer from a tenth of a cent to a dollar.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE})
final class RewordingCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "Folder of the routing data.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private Path data;

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            defaultValue = "dev",
            description = "Split to measure on (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private String split;

    @Option(names = "--weights", paramLabel = "FILE", description = "Other weights than the shipped ones.")
    private @Nullable Path file;

    RewordingCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        Path from = EvalCommand.folder(data);
        terminal.print(
                RewordingStudy.table(RewordingStudy.lines(EvalCommand.weights(file), OutcomeFiles.read(from, split)))
                        .strip());
        return Exit.OK;
    }
}
