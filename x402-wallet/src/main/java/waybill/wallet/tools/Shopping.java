package waybill.wallet.tools;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Inquiry;
import waybill.wallet.ModelHeaders;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentException;
import waybill.wallet.PaymentRecord;
import waybill.wallet.Quote;
import waybill.wallet.Wallet;

/** Asks for prices, pays quotes, and tells what came of it. One request of a model's is one request on the wire. */
final class Shopping {
    static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");

    private static final ModelHeaders HEADERS = ModelHeaders.standard();
    private static final int MAX_URL = 2048;
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_DESCRIPTION = 500;
    private static final int MAX_ANSWER_BYTES = 32 * 1024;
    private static final int MAX_DETAIL = 400;

    private final Wallet wallet;
    private final PayingHttpClient client;
    private final OpenQuotes quotes;
    private final Reports reports;
    private final Fence fence;
    private final Clock clock;
    private final Duration patience;

    Shopping(
            Wallet wallet,
            PayingHttpClient client,
            OpenQuotes quotes,
            Reports reports,
            Fence fence,
            Clock clock,
            Duration patience) {
        this.wallet = wallet;
        this.client = client;
        this.quotes = quotes;
        this.reports = reports;
        this.fence = fence;
        this.clock = clock;
        this.patience = patience;
    }

    /** What a request costs; the answer itself where it costs nothing. */
    ToolResult quote(Arguments arguments) throws InterruptedException {
        HttpRequest request = request(arguments);
        String host = host(request.uri());
        try {
            Inquiry inquiry = client.inquire(request);
            if (inquiry instanceof Inquiry.Priced priced) {
                quotes.keep(priced.quote(), request, clock.instant());
                return ToolResult.of(describe(priced.quote()));
            }
            return free((Inquiry.Answered) inquiry, host);
        } catch (PaymentException e) {
            return refused(e, host);
        } catch (IOException e) {
            return unreachable(host, e);
        }
    }

    /** Pays a quote. The request is the one that was quoted; nothing of it comes from the model again. */
    ToolResult pay(Arguments arguments, Turn turn) throws InterruptedException {
        String id = arguments.required("quoteId", 100);
        Optional<OpenQuotes.Open> open = quotes.take(id, clock.instant());
        if (open.isEmpty()) {
            String code = wallet.payment(id).isPresent() ? "quote_used" : "quote_expired";
            return ToolResult.error(code, NextStep.of(code));
        }
        return pay(open.get(), turn);
    }

    /** Asks and pays in one step, at most {@code maxPriceUsd} and what the policy permits without asking. */
    ToolResult fetch(Arguments arguments, Turn turn) throws InterruptedException {
        BigDecimal most = arguments.dollars("maxPriceUsd");
        if (most == null) {
            throw new BadArgumentsException("x402_fetch needs the argument 'maxPriceUsd', such as \"0.05\"");
        }
        HttpRequest request = request(arguments);
        String host = host(request.uri());
        try {
            Inquiry inquiry = client.inquire(request);
            if (inquiry instanceof Inquiry.Answered answered) {
                return free(answered, host);
            }
            Quote quote = ((Inquiry.Priced) inquiry).quote();
            if (quote.amount().decimal().compareTo(most) > 0) {
                return ToolResult.error("above_max_price", NextStep.of("above_max_price"))
                        .with("priceUsd", dollars(quote))
                        .with("maxPriceUsd", most.toPlainString());
            }
            return pay(new OpenQuotes.Open(quote, request), turn);
        } catch (PaymentException e) {
            return refused(e, host);
        } catch (IOException e) {
            return unreachable(host, e);
        }
    }

    private ToolResult pay(OpenQuotes.Open open, Turn turn) throws InterruptedException {
        Quote quote = open.quote();
        String host = quote.origin().authority();
        if (!turn.begin()) {
            return ToolResult.error("payments_per_turn", NextStep.of("payments_per_turn"))
                    .with("limit", turn.limit());
        }
        try {
            HttpResponse<CutBody.Part> response =
                    client.pay(quote, open.request(), info -> new CutBody(MAX_ANSWER_BYTES, patience));
            return ToolResult.of(bought(quote, response));
        } catch (PaymentException e) {
            if (!e.code().afterSending()) {
                turn.takeBack();
            }
            return refused(e, host);
        } catch (IOException e) {
            turn.takeBack();
            return unreachable(host, e);
        }
    }

    private Map<String, @Nullable Object> describe(Quote quote) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("quoteId", quote.id());
        all.put("priceUsd", dollars(quote));
        all.put("amount", quote.amount().toString());
        all.put("network", quote.amount().asset().network().toString());
        all.put("payTo", quote.payTo().toString());
        all.put("host", quote.origin().authority());
        Map<String, @Nullable Object> policy = new LinkedHashMap<>();
        policy.put("decision", quote.decision().word());
        if (quote.decision().code() != null) {
            policy.put("code", quote.decision().code().toString());
            policy.put("detail", Fence.line(quote.decision().message(), MAX_DETAIL));
        }
        all.put("policy", policy);
        all.put("expiresAt", quote.expiresAt().toString());
        all.put("next", next(quote));
        all.put(
                "sellerText",
                fence.words(quote.origin().authority(), quote.resource().description(), MAX_DESCRIPTION));
        return all;
    }

    private static String next(Quote quote) {
        return switch (quote.decision().word()) {
            case "ALLOW" -> "Call x402_pay with this quoteId within 60 seconds, if it is worth its price.";
            case "APPROVAL" -> "x402_pay with this quoteId asks the person first and waits for the answer.";
            default -> NextStep.of(String.valueOf(quote.decision().code()));
        };
    }

    private Map<String, @Nullable Object> bought(Quote quote, HttpResponse<CutBody.Part> response) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        Optional<PaymentRecord> line =
                response.headers().firstValue(PayingHttpClient.PAYMENT_ID).flatMap(wallet::payment);
        all.put("status", line.map(paid -> paid.state().name()).orElse("FREE"));
        line.ifPresent(paid -> {
            all.put("paymentId", paid.id());
            all.put("receipt", Reports.receipt(paid));
        });
        all.put("httpStatus", response.statusCode());
        all.put(
                "data",
                data(
                        quote.origin().authority(),
                        response.headers().firstValue("content-type").orElse(""),
                        response.body().bytes(),
                        response.body().whole()));
        all.put("budgetLeft", reports.left());
        return all;
    }

    private ToolResult free(Inquiry.Answered answered, String host) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("free", true);
        all.put("httpStatus", answered.status());
        all.put(
                "data",
                data(
                        host,
                        answered.headers().firstValue("content-type").orElse(""),
                        answered.body(),
                        answered.whole()));
        return ToolResult.of(all);
    }

    private Map<String, @Nullable Object> data(String host, String contentType, byte[] body, boolean whole) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(whole ? CodingErrorAction.REPORT : CodingErrorAction.IGNORE) // a cut character
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            text = "(" + body.length + " bytes that are not text)";
        }
        Map<String, @Nullable Object> data = new LinkedHashMap<>(fence.text(host, text, MAX_ANSWER_BYTES, whole));
        data.put("contentType", mediaType(contentType));
        return data;
    }

    /** Type and subtype, or nothing: a header of a stranger's is not for reading. */
    private static @Nullable String mediaType(String contentType) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.matches("[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}") ? type : null;
    }

    private ToolResult refused(PaymentException e, String host) {
        ToolResult result = ToolResult.error(e.code().toString(), NextStep.of(e.code()));
        if (e.paymentId().isPresent()) {
            result = result.with("paymentId", e.paymentId().get());
        }
        return result.with("detail", fence.words(host, e.getMessage(), MAX_DETAIL));
    }

    private ToolResult unreachable(String host, IOException e) {
        return ToolResult.error("unreachable", NextStep.of("unreachable"))
                .with("host", Fence.line(host, 100))
                .with("detail", e.getClass().getSimpleName());
    }

    private HttpRequest request(Arguments arguments) {
        URI url = url(arguments.required("url", MAX_URL));
        String method = arguments.optional("method", 10);
        method = method == null ? "GET" : method.toUpperCase(Locale.ROOT);
        if (!METHODS.contains(method)) {
            throw new BadArgumentsException("'method' is one of " + String.join(", ", METHODS));
        }
        String body = arguments.optional("body", MAX_BODY);
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(patience)
                    .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
            if (method.equals("GET") && body == null) {
                request.GET();
            }
            HEADERS.checked(arguments.texts("headers")).forEach(request::header);
            return request.build();
        } catch (IllegalArgumentException e) {
            throw new BadArgumentsException(String.valueOf(e.getMessage()));
        }
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text);
            if (url.getHost() != null && url.getRawFragment() == null) {
                return url;
            }
        } catch (java.net.URISyntaxException e) {
            // said below
        }
        throw new BadArgumentsException(
                "'url' is a whole URL without a fragment, such as https://api.example.com/data?day=1");
    }

    private static String host(URI url) {
        return String.valueOf(url.getRawAuthority());
    }

    private static String dollars(Quote quote) {
        return quote.amount().decimal().stripTrailingZeros().toPlainString();
    }
}
