package waybill.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code waybill wallet}: the key and the ledger that payments are made with. */
@Command(
        name = "wallet",
        header = "Make a wallet, see its address, balance and payments, and look after its ledger.",
        description = {
            "",
            "A wallet is a directory: keystore.json (the key, encrypted), wallet.yaml (limits, hosts and tokens; optional),",
            "wallet.seal (a person's seal on it) and ledger.db (every payment and refusal). No command shows the key.",
            "What loosens the wallet (seal, unfreeze, approve, release, cancel) asks for the passphrase at the terminal.",
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE, Exit.Words.WALLET},
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  WAYBILL_HOME              the wallet's directory (default: ~/.waybill)",
            "  WAYBILL_PASSPHRASE_FILE   a file with the passphrase, readable by you only",
            "  WAYBILL_RPC_URL           the node to ask for balances (or 'rpc' in wallet.yaml)",
            "  WAYBILL_PRIVATE_KEY       a key in the clear: development networks with a node on this machine only",
            "",
            "Example of a wallet.yaml; all of it is optional:",
            "  waybill:",
            "    wallet:",
            "      rpc: http://127.0.0.1:8545",
            "      per-payment: 0.25            # dollars; also first-payment, per-hour, per-day; per-minute is a count",
            "      approval-above: 0.05         # dollars; a person is asked above it",
            "      approval-by: queue           # nobody, terminal, queue ('wallet approve') or a URL",
            "      allowed-hosts: [api.example.com]",
            "      allowed-networks: [eip155:84532]",
            "      mainnet-enabled: false       # true lets real money be paid",
            "      ledger: jdbc:postgresql://db.example.com/waybill   # for several instances; ledger-login-file, -secret-file",
            "      signer: https://signer.example.com/sign            # holds the key; signer-account, signer-token-file",
            "      payees:                      # the only one who may be paid at a host",
            "        api.example.com: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"",
            "      assets:                      # tokens besides those that are built in",
            "        - {symbol: EURX, network: \"eip155:84532\", address: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\",",
            "           decimals: 6, name: Euro X, version: \"1\"}   # name and version of its EIP-712 domain",
        },
        subcommands = {
            KeyCommands.New.class,
            KeyCommands.ShowAddress.class,
            KeyCommands.Balance.class,
            KeyCommands.SealSettings.class,
            StatusCommands.Status.class,
            StatusCommands.ShowLimits.class,
            LedgerCommands.Payments.class,
            LedgerCommands.OnePayment.class,
            ProofCommands.Verify.class,
            ProofCommands.Reconcile.class,
            ProofCommands.Release.class,
            LedgerCommands.Export.class,
            GuardCommands.Freeze.class,
            GuardCommands.Unfreeze.class,
            GuardCommands.Approve.class,
            GuardCommands.Cancel.class,
            ApproveTokenCommand.class,
            McpCommand.class,
        })
final class WalletCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    WalletCommand() {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which wallet command? 'waybill wallet --help' lists them.");
    }
}
