package waybill.cli;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.routing.learned.Weights;
import waybill.routing.learned.WeightsFile;
import waybill.training.Example;
import waybill.training.OutcomeFiles;
import waybill.training.Trainer;
import waybill.training.TrainerSettings;

/** {@code waybill train}: learns the router's weights from outcomes. */
@Command(
        name = "train",
        header = "Learn the router's weights from the routing data.",
        description = {
            "",
            "Reads the train split of every set in the folder and writes the file that the router ships. The same data",
            "give the same bytes on every JVM and with any number of threads; it takes about a minute on two cores.",
        },
        exitCodeList = {
            Exit.Words.OK,
            "1:with --compare: the bytes differ; or something unexpected failed",
            Exit.Words.USAGE
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill train --data routing-data --out routing.weights",
            "  waybill train --data routing-data --compare     # is the shipped file what these data give?",
        })
final class TrainCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "Folder of the routing data.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private Path data;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the weights are written.")
    private @Nullable Path out;

    @Option(names = "--compare", description = "Compare with the shipped weights.")
    private boolean compare;

    TrainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        if (out == null && !compare) {
            throw Failure.usage("train needs --out FILE, --compare, or both");
        }
        List<Example> examples = OutcomeFiles.read(EvalCommand.folder(data), "train");
        Weights weights = Trainer.train(examples, TrainerSettings.shipped(), terminal::progress);
        if (out != null) {
            try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(out))) {
                WeightsFile.write(weights, to);
            }
            terminal.print("wrote " + out + " (" + Files.size(out) + " bytes)");
        }
        if (!compare) {
            return Exit.OK;
        }
        boolean same = WeightsFile.sha256(weights).equals(WeightsFile.sha256(Weights.shipped()));
        terminal.print(
                same
                        ? "the shipped weights are what these data give: " + WeightsFile.sha256(weights)
                        : "these data give other weights than the shipped ones: " + WeightsFile.sha256(weights)
                                + " instead of " + WeightsFile.sha256(Weights.shipped()));
        return same ? Exit.OK : Exit.FAILED;
    }
}
