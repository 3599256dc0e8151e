package waybill.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.training.FamilyStudy;
import waybill.training.OutcomeFiles;
import waybill.training.TrainerSettings;

/** {@code waybill eval families}: leave one family of prompts after another out of training, and measure on it. */
@Command(
        name = "families",
        header = "Leave one family of prompts after another out of training, and measure on it.",
        description = {
            "",
            "Trains anew for each family on what is left of the train split, then measures on that family's train and dev",
            "prompts: AIQ above the best mix of single models in hindsight (the zero router), or APGR above 0.5 where there",
            "are two models. Takes about half a minute for each family on two cores.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE})
final class FamiliesCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "Folder of the routing data.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private Path data;

    @Option(
            names = "--family",
            paramLabel = "NAME",
            description = "Only this family, such as expert/physics or tools/simple; may be given several times.")
    private List<String> only = List.of();

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "100",
            description = "Bootstrap samples for the intervals (default: ${DEFAULT-VALUE}).")
    private int draws;

    FamiliesCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        Path from = EvalCommand.folder(data);
        List<FamilyStudy.Line> lines = FamilyStudy.lines(
                OutcomeFiles.read(from, "train"),
                OutcomeFiles.read(from, "dev"),
                TrainerSettings.shipped(),
                only,
                draws,
                terminal::progress);
        terminal.print(FamilyStudy.table(lines).strip());
        return Exit.OK;
    }
}
