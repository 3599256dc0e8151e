package waybill.cli;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentRecord;
import waybill.wallet.SellerReceipt;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.SettlementResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** {@code waybill pay}: one request, paid for when the answer is a bill within the limits. */
@Command(
        name = "pay",
        header = "Ask for a URL, pay its x402 bill if there is one, and print the answer.",
        description = {
            "",
            "A 402 is paid at most once, within the wallet's limits: test networks only, $1 a payment ($0.50 the first",
            "time to a payee), $5 in any 24 hours, unless wallet.yaml says otherwise. The host on the command line counts",
            "as allowed for this call. No redirect is followed. The body goes to standard output, all else to",
            "standard error.",
        },
        exitCodeList = {
            Exit.Words.PAID,
            Exit.Words.FAILED,
            Exit.Words.USAGE,
            Exit.Words.REFUSED,
            Exit.Words.UNKNOWN,
            Exit.Words.NOT_SERVED,
            Exit.Words.UNREACHABLE,
            Exit.Words.WALLET,
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill pay --max 0.01 https://api.example.com/report",
            "  waybill pay -H 'Content-Type: application/json' -d @question.json http://127.0.0.1:8402/v1/chat/completions",
            "  waybill pay --json https://api.example.com/report | jq .settlement.transaction",
            "",
            "'waybill wallet --help' tells of the wallet's key, limits, tokens and environment variables.",
        })
final class PayCommand implements Callable<Integer> {

    private static final int MAX_JSON_BODY_BYTES = 32 * 1024 * 1024;

    private final Terminal terminal;

    @Mixin
    private final RequestOptions ask = new RequestOptions();

    @Option(
            names = "--max",
            paramLabel = "PRICE",
            converter = Dollars.class,
            description = "Pay at most this many dollars. Narrows the wallet's limit on one payment, never widens it.")
    private @Nullable BigDecimal max;

    @Option(
            names = "--json",
            description =
                    "Print one JSON object: status, paymentId, amount, payTo, settlement, receipt, signedIn, body (or error,"
                            + " message).")
    private boolean json;

    @Mixin
    private final WalletOptions wallets = new WalletOptions();

    PayCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        HttpRequest request = ask.request(terminal);
        Payments payments = new Payments(terminal);
        try (OpenWallet opened = wallets.toPay(request.uri(), max, payments, terminal)) {
            HttpResponse<InputStream> response = PayingHttpClient.over(OpenWallet.plainClient(), opened.wallet())
                    .send(request, BodyHandlers.ofInputStream());
            Optional<SellerReceipt> receipt = receipt(response, opened);
            try (InputStream body = response.body()) {
                if (json) {
                    Map<String, Object> answer = answer(response, payments, body.readNBytes(MAX_JSON_BODY_BYTES));
                    receipt.ifPresent(found -> answer.put("receipt", found.toString()));
                    terminal.print(Json.write(answer));
                } else {
                    body.transferTo(terminal.out());
                    terminal.out().flush();
                }
            }
            receipt.ifPresent(found -> terminal.progress("Receipt  " + PaymentText.words(found)));
            return end(response, payments);
        } catch (IOException e) {
            throw refused(e, request);
        }
    }

    /** What the seller's signed receipt of this payment was found to be. */
    private static Optional<SellerReceipt> receipt(HttpResponse<?> response, OpenWallet opened) {
        return response.headers()
                .firstValue(PayingHttpClient.PAYMENT_ID)
                .flatMap(opened.wallet()::payment)
                .map(PaymentRecord::receipt);
    }

    private int end(HttpResponse<?> response, Payments payments) {
        response.headers()
                .firstValue(PayingHttpClient.SIGNED_IN)
                .ifPresent(id -> terminal.progress(
                        "Nothing paid: came back by signature to what payment %s paid for".formatted(id)));
        int status = response.statusCode();
        if (status / 100 == 2) return Exit.OK;
        terminal.progress("waybill: the seller answered %d%s."
                .formatted(status, payments.last() == null ? "; nothing was paid" : " to a paid request"));
        return Exit.NOT_SERVED;
    }

    private Failure refused(IOException error, HttpRequest request) {
        Failure failure = PaymentFailure.of(error, request.uri(), max);
        if (json) {
            Map<String, Object> object = new LinkedHashMap<>();
            PaymentFailure.wallets(error).ifPresent(payment -> {
                payment.paymentId().ifPresent(id -> object.put("paymentId", id));
                object.put("error", payment.code().toString());
            });
            object.putIfAbsent("error", "unreachable");
            object.put("message", String.valueOf(failure.getMessage()));
            terminal.print(Json.write(object));
        }
        return failure;
    }

    private static Map<String, Object> answer(HttpResponse<?> response, Payments payments, byte[] body) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("status", response.statusCode());
        response.headers().firstValue(PayingHttpClient.PAYMENT_ID).ifPresent(id -> object.put("paymentId", id));
        response.headers().firstValue(PayingHttpClient.SIGNED_IN).ifPresent(id -> object.put("signedIn", id));
        payments.describe(object);
        settlement(response.headers()).ifPresent(settled -> object.put("settlement", fields(settled)));
        try {
            object.put(
                    "body",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(body))
                            .toString());
        } catch (CharacterCodingException notText) {
            object.put("bodyBase64", Base64.getEncoder().encodeToString(body));
        }
        return object;
    }

    /** What the seller says became of the payment, in either version of the protocol. */
    private static Optional<SettlementResponse> settlement(HttpHeaders headers) {
        try {
            Optional<String> header = headers.firstValue(Headers.PAYMENT_RESPONSE);
            return header.isPresent()
                    ? header.map(WireFormat::settlementResponse)
                    : headers.firstValue(Headers.V1_PAYMENT_RESPONSE).map(Version1::settlementResponse);
        } catch (MalformedWireException unreadable) {
            return Optional.empty(); // an unpaid answer may carry anything; of a paid one the wallet has judged it
        }
    }

    private static Map<String, Object> fields(SettlementResponse response) {
        Map<String, Object> settlement = new LinkedHashMap<>();
        settlement.put("success", response.success());
        settlement.put("transaction", response.transaction());
        settlement.put("network", response.network());
        if (response.payer() != null) settlement.put("payer", response.payer());
        if (response.errorReason() != null) settlement.put("errorReason", response.errorReason());
        return settlement;
    }
}
