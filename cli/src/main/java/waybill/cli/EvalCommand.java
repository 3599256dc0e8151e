package waybill.cli;

import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import waybill.routing.learned.Weights;
import waybill.routing.learned.WeightsFile;
import waybill.training.Evaluation;
import waybill.training.OutcomeFiles;
import waybill.training.PredictionFiles;

/** {@code waybill eval}: measures what the router learned. */
@Command(
        name = "eval",
        header = "Measure what the router learned, or write its predictions for others to measure.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill eval score --data routing-data --split dev",
            "  waybill eval families --data routing-data",
            "  waybill eval predict --in prompts.jsonl --out predictions.jsonl",
            "  waybill eval replay --log decisions.jsonl --objective balanced --value 0.2",
        },
        subcommands = {
            EvalCommand.Score.class,
            FamiliesCommand.class,
            NewcomersCommand.class,
            RewordingCommand.class,
            EvalCommand.Predict.class,
            ReplayCommand.class
        })
final class EvalCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "eval needs a command: score, families, cold, robust, predict or replay");
    }

    static Path folder(Path data) {
        if (!Files.isDirectory(data.resolve(OutcomeFiles.SETS.get(0)))) {
            throw Failure.usage(data + " does not hold the routing data: it has no folder " + OutcomeFiles.SETS.get(0)
                    + ". Give the folder that holds " + OutcomeFiles.SETS + ".");
        }
        return data;
    }

    static Weights weights(@Nullable Path file) throws Exception {
        if (file == null) {
            return Weights.shipped();
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return WeightsFile.read(in);
        }
    }

    /** {@code waybill eval score}: the table of metrics. */
    @Command(
            name = "score",
            header = "Print every measure beside length, keywords, the zero router, the category and the oracle.",
            exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE})
    static final class Score implements Callable<Integer> {

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

        @Option(
                names = "--beside",
                paramLabel = "FILE",
                description = "Weights that get a line of their own, with the paired difference.")
        private @Nullable Path beside;

        @Option(
                names = "--draws",
                paramLabel = "N",
                defaultValue = "300",
                description = "Bootstrap samples for the intervals (default: ${DEFAULT-VALUE}).")
        private int draws;

        Score(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws Exception {
            Path from = folder(data);
            Evaluation evaluation = new Evaluation(
                    weights(file),
                    OutcomeFiles.read(from, "train"),
                    OutcomeFiles.read(from, split),
                    draws,
                    beside == null ? null : weights(beside));
            terminal.print(Evaluation.table(evaluation.lines()).strip());
            return Exit.OK;
        }
    }

    /** {@code waybill eval predict}: predictions as JSON lines. */
    @Command(
            name = "predict",
            header = "Write chances and expected dollars for prompts in a file. Reads no labels.",
            description = {
                "",
                "Each line of the input, plain or gzip: {\"id\", \"prompt\", \"in_tok\"?, \"tools\"?, \"system\"?,",
                "\"models\": [names]}. Each line of the output: {\"id\", \"p\": {model: chance}, \"cost\": {model: usd},",
                "\"ood\": number, \"micros\": number}; \"ood\" is 0 for familiar wording and 1 for unfamiliar; a cost is null",
                "where no price is known. \"micros\" is the time from the text to the last chance and cost, on one thread, after",
                "the JVM has compiled that code on made-up prompts, as in a program that has run for a second.",
            },
            exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE})
    static final class Predict implements Callable<Integer> {

        private final Terminal terminal;

        @Option(names = "--in", paramLabel = "FILE", required = true, description = "Prompts, JSON lines.")
        @SuppressWarnings("NullAway.Init") // picocli sets it before call()
        private Path in;

        @Option(names = "--out", paramLabel = "FILE", required = true, description = "Predictions, JSON lines.")
        @SuppressWarnings("NullAway.Init") // picocli sets it before call()
        private Path out;

        @Option(
                names = "--profiles",
                paramLabel = "FILE",
                description =
                        "JSON: name to {\"accuracy\": {area: share}, \"price\": {\"input\", \"output\"}} in dollars per"
                                + " million tokens, for models whose outcomes were never seen.")
        private @Nullable Path profiles;

        @Option(names = "--weights", paramLabel = "FILE", description = "Other weights than the shipped ones.")
        private @Nullable Path file;

        Predict(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws Exception {
            int lines = PredictionFiles.predict(weights(file), in, out, profiles);
            terminal.progress(lines + " predictions in " + out);
            return Exit.OK;
        }
    }
}
