package waybill.cli;

import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;
import waybill.wallet.LedgerException;

/** The program {@code waybill}. */
@Command(
        name = "waybill",
        versionProvider = Main.Version.class,
        header = "One chat model that picks the right model for each prompt, and pays for it.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nStart here:%n",
        footer = {
            "  waybill demo                         the whole line on a chain inside the program: offline, no keys",
            "  waybill help COMMAND                 what a command does, with examples and exit codes",
        },
        subcommands = {
            DemoCommand.class,
            GatewayCommand.class,
            FacilitatorCommand.class,
            SellerCommand.class,
            DevnetCommand.class,
            PayCommand.class,
            QuoteCommand.class,
            WalletCommand.class,
            ModelsCommand.class,
            ExplainCommand.class,
            TrainCommand.class,
            EvalCommand.class,
            HelpCommand.class,
        })
public final class Main implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of an error. Never prints a key or a signature.")
    private boolean debug;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(run(Terminal.system(), args));
    }

    /** Runs one command and returns its exit code. */
    static int run(Terminal terminal, String... args) {
        CommandLine line = commandLine(terminal);
        int exit = line.execute(args);
        terminal.out().flush();
        terminal.err().flush();
        return exit;
    }

    static CommandLine commandLine(Terminal terminal) {
        Main main = new Main();
        CommandLine line = new CommandLine(main, new Commands(terminal));
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version and exit.")
                        .build());
        complete(line);
        return line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(Help.defaultColorScheme(terminal.colour() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler((error, args) -> wrongUsage(terminal, error))
                .setExecutionExceptionHandler((error, failing, parsed) -> failed(terminal, main.debug, error));
    }

    /** Gives every command its --help and the same headings. */
    private static void complete(CommandLine line) {
        if (line.getCommand() instanceof HelpCommand) return; // has its own
        CommandSpec spec = line.getCommandSpec();
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
        UsageMessageSpec usage = spec.usageMessage();
        usage.parameterListHeading("%nArguments:%n").optionListHeading("%nOptions:%n");
        if (!usage.exitCodeList().isEmpty()) usage.exitCodeListHeading("%nExit codes:%n");
        line.getSubcommands().values().forEach(Main::complete);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? 'waybill --help' lists them.");
    }

    private static int wrongUsage(Terminal terminal, ParameterException error) {
        CommandLine line = error.getCommandLine();
        say(terminal, String.valueOf(error.getMessage()));
        if (!UnmatchedArgumentException.printSuggestions(error, line.getErr())) {
            terminal.progress("Try '%s --help'.".formatted(line.getCommandSpec().qualifiedName()));
        }
        return Exit.USAGE;
    }

    private static int failed(Terminal terminal, boolean debug, Exception error) {
        Failure failure = error instanceof Failure said ? said : unexpected(error);
        say(terminal, String.valueOf(failure.getMessage()));
        if (debug) error.printStackTrace(terminal.err());
        return failure.exit();
    }

    private static Failure unexpected(Exception error) {
        if (error instanceof LedgerException) {
            return new Failure(Exit.WALLET, String.valueOf(error.getMessage()), error);
        }
        String message = error.getMessage() == null ? "" : ": " + error.getMessage();
        return new Failure(
                Exit.FAILED,
                "unexpected %s%s (run again with --debug to see where)"
                        .formatted(error.getClass().getSimpleName(), message));
    }

    private static void say(Terminal terminal, String message) {
        String label = terminal.colour() ? "\u001b[1;31mwaybill:\u001b[0m " : "waybill: ";
        terminal.progress(label + message);
    }

    /** Makes the commands, which take the terminal they talk to. */
    private record Commands(Terminal terminal) implements IFactory {

        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Terminal.class})) {
                    return type.cast(constructor.newInstance(terminal));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }

    /** The version of this build. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {
                "waybill %s (Java %s)"
                        .formatted(BuildInfo.version(), Runtime.version().feature())
            };
        }
    }
}
