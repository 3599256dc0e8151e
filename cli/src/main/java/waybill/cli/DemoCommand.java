package waybill.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.demo.Demo;
import waybill.demo.DemoOptions;

/** {@code waybill demo}: the DeFi analyst, the whole line in one command. */
@Command(
        name = "demo",
        header = "Run the DeFi analyst: routed models, each call paid in USDC on a chain inside the program.",
        description = {
            "",
            "Starts a chain, a gateway that sells simulated models, and an agent that buys from it; prints the choice, the",
            "price and the transaction of every call, and writes a report. Offline, no keys, nothing real is spent.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill demo",
            "  waybill demo --out report",
            "  waybill demo --models models.yaml     # real endpoints instead of the simulated ones",
        })
final class DemoCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "waybill-report",
            description = "Where the report goes (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("waybill-report");

    @Option(
            names = "--models",
            paramLabel = "FILE",
            description = "Use the OpenAI-compatible endpoints of this YAML file, by key or paid by x402.")
    private @Nullable Path models;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        DemoOptions options = DemoOptions.defaults()
                .withReport(out)
                .withColour(terminal.colour())
                .withEnvironment(terminal.environment());
        PrintWriter out = new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8);
        return new Demo(models == null ? options : options.withModels(models), out).run();
    }
}
