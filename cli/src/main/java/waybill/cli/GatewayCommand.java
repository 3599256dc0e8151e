package waybill.cli;

import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.gateway.Gateway;
import waybill.gateway.GatewaySettings;
import waybill.gateway.InvalidSettingsException;
import waybill.gateway.ModelSettings;

/** {@code waybill gateway}: sells models by x402. */
@Command(
        name = "gateway",
        header = "Sell chat models as an OpenAI-compatible API, paid by x402.",
        description = {
            "",
            "Serves /v1/chat/completions (plain and streamed), /v1/models and /health. A model with a price answers 402",
            "until it is paid in USDC; the id 'auto' sells the router over all of them. Runs until interrupted (Ctrl-C).",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  WAYBILL_FACILITATOR_KEY   the key that pays gas, on development networks; elsewhere use facilitator-keystore",
            "",
            "Example, for a configuration file of your own:",
            "  waybill:",
            "    gateway:",
            "      pay-to: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"   # who is paid",
            "      rpc: http://127.0.0.1:8545                            # the chain's node; try: waybill devnet",
            "      models:",
            "        - id: small",
            "          base-url: http://127.0.0.1:11434/v1               # any OpenAI-compatible server",
            "          upstream-model: llama3.2",
            "          price: 0.002                                      # USDC per call, exact",
            "",
            "  waybill gateway gateway.yaml --port 8402",
        })
final class GatewayCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(
            paramLabel = "CONFIG",
            description = "The configuration, a YAML file with properties under waybill.gateway.")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private Path config;

    @Option(names = "--port", paramLabel = "PORT", description = "Listen here; 0 takes a free port.")
    private @Nullable Integer port;

    @Option(names = "--pay-to", paramLabel = "ADDRESS", description = "Who is paid.")
    private @Nullable String payTo;

    @Option(names = "--rpc", paramLabel = "URL", description = "The chain's node, where payments are settled.")
    private @Nullable URI rpc;

    GatewayCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        GatewaySettings settings = settings();
        Gateway gateway = Servers.listening("--port", settings.port(), () -> start(settings));
        terminal.print("Listening on " + gateway.uri());
        for (ModelSettings model : settings.models()) terminal.print(line(settings, model.id(), model.price()));
        if (settings.models().size() > 1) {
            terminal.print(
                    line(settings, GatewaySettings.AUTO, settings.autoPrice()) + "  (the router over all of them)");
        }
        GatewaySettings.Selling selling = settings.selling();
        if (selling != null)
            terminal.print("Paid to %s on %s"
                    .formatted(selling.payTo(), selling.asset().network()));
        terminal.progress("Running until interrupted (Ctrl-C).");
        Running.untilInterrupted(gateway);
        return Exit.OK;
    }

    private Gateway start(GatewaySettings settings) {
        try {
            return Gateway.start(settings, terminal.environment());
        } catch (InvalidSettingsException e) {
            throw unusable(e);
        }
    }

    private GatewaySettings settings() {
        Map<String, Object> given = new LinkedHashMap<>();
        if (port != null) given.put("port", port);
        if (payTo != null) given.put("pay-to", payTo);
        if (rpc != null) given.put("rpc", rpc);
        try {
            return GatewaySettings.read(config, given);
        } catch (InvalidSettingsException e) {
            throw unusable(e);
        } catch (UncheckedIOException e) {
            throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private Failure unusable(InvalidSettingsException e) {
        return new Failure(Exit.USAGE, config + " cannot be used. " + e.getMessage(), e);
    }

    private static String line(GatewaySettings settings, String id, @Nullable String price) {
        GatewaySettings.Selling selling = settings.selling();
        String shown = price == null || selling == null
                ? "free"
                : price + " " + selling.asset().symbol() + " per call";
        return "  %-24s %s".formatted(id, shown);
    }
}
