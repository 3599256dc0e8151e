package waybill.cli;

import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.wallet.SigningException;
import waybill.x402.Amount;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Network;

/** {@code waybill wallet approve-token}. */
@Command(
        name = "approve-token",
        header = "Let Permit2 move a token of the wallet's, so that it can be paid with; or take that back.",
        description = {
            "",
            "Needed once for a token that knows no signatures, as USDT, and for 'upto'. Permit2 still moves nothing without a",
            "signature for each payment. The passphrase is asked at the terminal, and the account itself pays the gas.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill wallet approve-token USDT              # for good",
            "  waybill wallet approve-token USDT --most 20    # at most 20 USDT",
            "  waybill wallet approve-token USDT --revoke",
        })
final class ApproveTokenCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "SYMBOL", description = "The token, as 'waybill wallet balance' lists it.")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private String symbol;

    @ArgGroup
    private Sum sum = new Sum();

    @Mixin
    private final WalletOptions wallets = new WalletOptions();

    /** How much; no limit when neither is named. */
    static final class Sum {
        @Option(names = "--most", paramLabel = "TOKENS", description = "The most that Permit2 may move altogether.")
        private @Nullable String most; // null for no limit

        @Option(names = "--revoke", description = "Permit2 may move nothing any more.")
        private boolean revoke;

        private BigInteger atomic(Asset asset) {
            if (revoke) return BigInteger.ZERO;
            return most == null
                    ? ApprovalTransaction.UNLIMITED
                    : Amount.parse(most, asset).atomic();
        }
    }

    ApproveTokenCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        WalletSettings settings = wallets.settings(terminal);
        Node node = wallets.node(settings, terminal);
        if (node == null) {
            throw new Failure(
                    Exit.WALLET, "no node is known to send to; name one with WAYBILL_RPC_URL or 'rpc' in wallet.yaml.");
        }
        Network network = node.network();
        Asset asset = settings.assets()
                .find(network, symbol)
                .orElseThrow(() -> Failure.usage("no token %s is known on %s; 'assets' in wallet.yaml adds one."
                        .formatted(Words.printable(symbol, 40), network)));
        try (OpenWallet opened = wallets.toApprove(terminal)) {
            List<String> approvals = opened.wallet().approvals(asset, sum.atomic(asset));
            for (String approval : approvals) terminal.print(node.send(approval));
            terminal.progress(
                    approvals.isEmpty()
                            ? "It is so already; nothing was sent."
                            : "Sent; the wallet pays with it as soon as a block shows it.");
            return Exit.OK;
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
        } catch (SigningException | IOException e) {
            throw new Failure(Exit.WALLET, String.valueOf(e.getMessage()), e);
        }
    }
}
