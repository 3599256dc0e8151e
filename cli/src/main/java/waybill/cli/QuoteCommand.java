package waybill.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.wallet.Decision;
import waybill.wallet.Inquiry;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.Quote;

/** {@code waybill quote}: what a URL would cost and whether the wallet would pay it. */
@Command(
        name = "quote",
        header = "Show what a URL would cost, and whether the wallet would pay, without paying.",
        description = {
            "",
            "Sends the request once, reads the bill, picks the offer that 'pay' would pick and judges it by the wallet's",
            "limits. No passphrase is needed: nothing is signed.",
        },
        exitCodeList = {
            "0:the wallet would pay, or nothing is asked",
            Exit.Words.FAILED,
            Exit.Words.USAGE,
            "3:the wallet would refuse",
            Exit.Words.UNREACHABLE,
            Exit.Words.WALLET,
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill quote https://api.example.com/report",
            "  waybill quote --max 0.01 -d '{\"q\": 1}' https://api.example.com/search",
            "",
            "'waybill wallet --help' tells of the wallet's key, limits, tokens and environment variables.",
        })
final class QuoteCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private final RequestOptions ask = new RequestOptions();

    @Option(
            names = "--max",
            paramLabel = "PRICE",
            converter = Dollars.class,
            description = "Judge as 'pay --max PRICE' would.")
    private @Nullable BigDecimal max;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private final WalletOptions wallets = new WalletOptions();

    QuoteCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        HttpRequest request = ask.request(terminal);
        try (OpenWallet opened = wallets.toQuote(request.uri(), max, terminal)) {
            Inquiry inquiry = PayingHttpClient.over(OpenWallet.plainClient(), opened.wallet())
                    .inquire(request);
            if (inquiry instanceof Inquiry.Priced priced) return show(priced.quote());
            terminal.progress("waybill: no x402 bill came back; nothing would be paid.");
            return Exit.OK;
        } catch (IOException e) {
            throw PaymentFailure.of(e, request.uri(), max);
        }
    }

    private int show(Quote quote) {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("price", quote.amount().toString());
        lines.put("payTo", quote.payTo().toString());
        lines.put("network", quote.amount().asset().network().toString());
        lines.put("asset", quote.amount().asset().address().toString());
        String description = quote.resource().description();
        if (description != null && !description.isEmpty()) lines.put("description", Words.printable(description, 200));
        lines.put("why", quote.why());
        boolean payable = !(quote.decision() instanceof Decision.Denied);
        lines.put("verdict", verdict(quote.decision()));
        if (json) {
            terminal.print(Json.write(lines));
        } else {
            lines.forEach((name, value) -> terminal.print("%-12s %s".formatted(name, value)));
            for (Quote.Passed other : quote.passed())
                terminal.print("%-12s %s: %s".formatted("not chosen", other.offer(), other.reason()));
        }
        return payable ? Exit.OK : Exit.REFUSED;
    }

    private static String verdict(Decision decision) {
        if (decision instanceof Decision.Denied denied) return "would be refused: " + denied.message();
        if (decision instanceof Decision.NeedsApproval asked)
            return "would be paid after a person's yes: " + asked.message();
        return "would be paid";
    }
}
