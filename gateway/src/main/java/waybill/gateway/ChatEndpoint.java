package waybill.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import waybill.gateway.AnswerWriter.Heading;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.PriceTag;
import waybill.seller.PricedRequest;
import waybill.seller.Settlement;
import waybill.x402.StreamOutcome;

/**
 * {@code POST /v1/chat/completions}: reads the request, asks for the price, calls the model, settles, and lets the answer
 * go, in this order.
 *
 * <p>A plain answer is settled when it is complete and before it is released. A streamed one is settled when the model has
 * begun to answer and before the first byte is released: a model that fails to begin costs the caller nothing. Once paid,
 * a stream belongs to the payer: if the line breaks, it is brought to its end and kept, and sending the same payment again
 * gives the whole of it. A stream that nobody paid for ends when its reader leaves. What is sold by use is settled for what
 * was delivered: a plain answer before it is released, a stream when it has ended, however it ended.
 */
@Controller
@Requires(beans = Storefront.class)
final class ChatEndpoint {

    static final String ROUTE = "/v1/chat/completions";

    private static final Logger LOG = LoggerFactory.getLogger(ChatEndpoint.class);
    private static final int KEPT_STREAM = 1024 * 1024;

    /** How many pieces a model may be ahead of the reader of a stream that is sold by use. */
    private static final int RUN_AHEAD = 256;

    private final Storefront storefront;
    private final RequestReader reader = new RequestReader();

    ChatEndpoint(Storefront storefront) {
        this.storefront = storefront;
    }

    @Post(ROUTE)
    @Consumes(MediaType.ALL)
    @Produces({MediaType.APPLICATION_JSON, AnswerStream.EVENT_STREAM})
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> chat(HttpRequest<?> request, @Body byte[] body) {
        try {
            storefront.slots().take();
            boolean handedOn = false;
            try {
                Turn turn = read(request, body);
                handedOn = turn.answer();
                return turn.response;
            } finally {
                if (!handedOn) {
                    storefront.slots().giveBack();
                }
            }
        } catch (ApiException refused) {
            return error(refused.error(), Map.of());
        }
    }

    private Turn read(HttpRequest<?> request, byte[] body) {
        requireJson(request);
        storefront.requireHost(request.getHeaders().get(HttpHeaders.HOST));
        JsonNode root = reader.object(body);
        SoldModel model = storefront.model(RequestReader.model(root));
        ChatCall call = reader.call(root, model.readsImages());
        MeteredPrice metered = model.metered();
        PriceTag price = metered == null
                ? model.tag()
                : metered.tag(root, model.outputTokens(), storefront.till().settler());
        return new Turn(request, body, model, call, price);
    }

    /** A web page can post anything else here without the browser asking; JSON it cannot, and nobody allows it to. */
    private static void requireJson(HttpRequest<?> request) {
        if (!request.getContentType()
                .map(type -> type.getName().equals(MediaType.APPLICATION_JSON))
                .orElse(false)) {
            throw new ApiException(ApiError.of(
                    415,
                    ApiError.INVALID_REQUEST,
                    "unsupported_media_type",
                    "The body must be JSON, and say so: Content-Type: application/json."));
        }
    }

    static MutableHttpResponse<byte[]> error(ApiError error, Map<String, String> headers) {
        MutableHttpResponse<byte[]> response = HttpResponse.<byte[]>status(HttpStatus.OK)
                .status(error.status(), "")
                .body(AnswerWriter.bytes(AnswerWriter.error(error)))
                .contentType(MediaType.APPLICATION_JSON_TYPE);
        headers(response, headers);
        if (error.retryAfter() != null && !response.getHeaders().contains("Retry-After")) {
            response.header("Retry-After", error.retryAfter());
        }
        if (!response.getHeaders().contains("Cache-Control")) {
            response.header("Cache-Control", "no-store");
        }
        return response.header("X-Content-Type-Options", "nosniff");
    }

    private static void headers(MutableHttpResponse<?> response, Map<String, String> headers) {
        headers.forEach(response::header);
    }

    /** One request on its way. */
    private final class Turn {

        private final HttpRequest<?> request;
        private final byte[] body;
        private final SoldModel model;
        private final ChatCall call;
        private final @Nullable PriceTag price;
        private final Heading heading;
        private final long started = System.nanoTime();
        private MutableHttpResponse<?> response = HttpResponse.serverError();

        Turn(HttpRequest<?> request, byte[] body, SoldModel model, ChatCall call, @Nullable PriceTag price) {
            this.price = price;
            this.request = request;
            this.body = body;
            this.model = model;
            this.call = call;
            this.heading = storefront.heading();
        }

        /** Sets the response; returns whether a stream goes on with this turn's slot. */
        boolean answer() {
            if (price == null) {
                return serve(null);
            }
            Admission admission = storefront
                    .till()
                    .gate()
                    .admit(PricedRequest.of(
                            "POST", ROUTE, url() + ROUTE, body, List.of(price), name -> request.getHeaders()
                                    .getAll(name)));
            if (admission instanceof Admitted admitted) {
                boolean handedOn = false;
                try {
                    handedOn = serve(admitted);
                    return handedOn;
                } finally {
                    if (!handedOn) {
                        admitted.close();
                    }
                }
            }
            if (admission instanceof Admission.Kept kept) {
                log(200, "kept answer");
                response = released(kept.answer(), kept.headers());
            } else {
                decline((Admission.Declined) admission);
            }
            return false;
        }

        private String url() {
            return storefront.urlFor(request.getHeaders().get(HttpHeaders.HOST));
        }

        private boolean serve(@Nullable Admitted admitted) {
            try {
                if (call.stream() && admitted != null && admitted.metered()) {
                    return meteredStream(admitted);
                }
                if (call.stream()) {
                    return stream(admitted);
                }
                plain(admitted);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                fail(ApiError.of(503, ApiError.SERVER, "stopping", "This gateway is stopping.")
                        .retryAfter("5"));
            } catch (RuntimeException e) {
                ApiError error = Failures.tell(e);
                log(error.status(), error.code() + " " + Failures.types(e));
                response = error(error, Map.of());
            }
            return false;
        }

        private void plain(@Nullable Admitted admitted) {
            ChatResponse answer = model.plain().chat(call.chat());
            byte[] document = AnswerWriter.bytes(
                    AnswerWriter.completion(heading, model.answeredBy().apply(answer), answer));
            Answer whole = Answer.of(200, MediaType.APPLICATION_JSON, document);
            if (admitted == null) {
                log(200, "free");
                response = released(whole, Map.of("Cache-Control", "no-store"));
                return;
            }
            Settlement settlement =
                    admitted.metered() ? admitted.settle(whole, used(admitted, answer)) : admitted.settle(whole);
            if (settlement instanceof Settlement.Settled settled) {
                log(200, "paid " + settled.response().transaction());
                response = released(whole, settled.headers());
            } else {
                withhold(settlement);
            }
        }

        /** What a plain answer comes to, by the model's count, or by ours when it gave none. */
        private static StreamOutcome used(Admitted admitted, ChatResponse answer) {
            Meter meter = new Meter(admitted.offer());
            AiMessage message = answer.aiMessage();
            meter.takes(message.thinking() == null ? "" : message.thinking(), true);
            meter.takes(message.text() == null ? "" : message.text(), false);
            message.toolExecutionRequests()
                    .forEach(request -> meter.takes(request.name() + request.arguments(), false));
            return meter.whole(answer.tokenUsage());
        }

        private boolean meteredStream(Admitted admitted) throws InterruptedException {
            AnswerStream stream =
                    AnswerStream.open(heading, model.id(), model.answeredBy(), call.includeUsage(), RUN_AHEAD);
            model.streaming().chat(call.chat(), stream);
            boolean goesOn = false;
            try {
                stream.awaitContent();
                MeteredStream metered = new MeteredStream(
                        stream,
                        admitted,
                        storefront.till().blocking(),
                        outcome -> AnswerWriter.event(AnswerWriter.outcomeChunk(heading, model.id(), outcome)),
                        AnswerWriter.event(AnswerWriter.chunk(heading, model.id(), AnswerWriter.noDelta(), "length")));
                Map<String, String> headers = Map.of(
                        "Cache-Control",
                        "private, no-store",
                        StreamOutcome.HEADER,
                        url() + OutcomeEndpoint.ROUTE + admitted.outcomeId());
                ScheduledFuture<?> expiry = storefront.till().before(admitted.expires(), metered::expire);
                response = streaming(Flux.from(metered.events()), headers);
                var unused = metered.outcome().thenAccept(outcome -> {
                    expiry.cancel(false);
                    log(200, "metered stream " + outcome.end() + " " + outcome.state() + " " + outcome.transaction());
                    storefront.slots().giveBack();
                    admitted.close();
                });
                goesOn = true;
                return true;
            } finally {
                if (!goesOn) {
                    stream.cancel();
                }
            }
        }

        private boolean stream(@Nullable Admitted admitted) throws InterruptedException {
            AnswerStream stream = new AnswerStream(
                    heading, model.id(), model.answeredBy(), call.includeUsage(), admitted == null ? 0 : KEPT_STREAM);
            model.streaming().chat(call.chat(), stream);
            boolean goesOn = false;
            try {
                stream.awaitContent();
                Map<String, String> headers = Map.of("Cache-Control", "no-store");
                if (admitted != null) {
                    Settlement settlement = admitted.settleFirst();
                    if (!(settlement instanceof Settlement.Settled settled)) {
                        withhold(settlement);
                        return false;
                    }
                    headers = settled.headers();
                }
                Flux<byte[]> events = Flux.from(stream.events());
                response = streaming(admitted == null ? events.doOnCancel(stream::cancel) : events, headers);
                var unused = stream.ended().thenAccept(ending -> finish(ending, admitted));
                goesOn = true;
                return true;
            } finally {
                if (!goesOn) {
                    stream.cancel();
                }
            }
        }

        /** The end of a stream, on the model's thread and before the reader sees it. */
        private void finish(AnswerStream.Ending ending, @Nullable Admitted admitted) {
            try {
                if (ending instanceof AnswerStream.Ending.Whole whole) {
                    log(200, admitted == null ? "free stream" : "paid stream");
                    if (admitted != null) {
                        admitted.delivered(whole.copy());
                    }
                } else if (ending instanceof AnswerStream.Ending.Broken broken) {
                    log(
                            200,
                            "broken stream: " + Failures.tell(broken.cause()).code() + " "
                                    + Failures.types(broken.cause()));
                } else {
                    log(200, "reader left");
                }
            } catch (RuntimeException e) {
                LOG.error("The end of a paid stream could not be recorded; its payer keeps a credit.", e);
            } finally {
                storefront.slots().giveBack();
                if (admitted != null) {
                    admitted.close();
                }
            }
        }

        private void withhold(Settlement settlement) {
            if (settlement instanceof Settlement.Withheld withheld) {
                decline(withheld.answer());
            } else {
                fail(ApiError.of(502, ApiError.UPSTREAM, "upstream_failed", "The provider failed."));
            }
        }

        private void decline(Admission.Declined declined) {
            log(declined.status(), declined.code());
            ApiError error = ApiError.of(declined.status(), "payment_error", declined.code(), sentence(declined));
            response = error(error, declined.headers())
                    .body(AnswerWriter.bytes(
                            AnswerWriter.error(error, declined.version1Body().orElse(null))));
        }

        private String sentence(Admission.Declined declined) {
            if (declined.why() != Admission.Why.PAYMENT_REQUIRED || price == null) {
                return declined.message();
            }
            return "A call of " + model.id() + " costs " + (price.metered() ? "at most " : "") + price.amount() + " on "
                    + price.amount().asset().network() + ", paid by x402: " + declined.message() + ".";
        }

        private void fail(ApiError error) {
            log(error.status(), error.code());
            response = error(error, Map.of());
        }

        private MutableHttpResponse<?> released(Answer answer, Map<String, String> headers) {
            MutableHttpResponse<byte[]> released =
                    HttpResponse.<byte[]>ok(answer.body()).header("X-Content-Type-Options", "nosniff");
            headers(released, answer.headers());
            headers(released, headers);
            return released;
        }

        private MutableHttpResponse<?> streaming(Flux<byte[]> events, Map<String, String> headers) {
            MutableHttpResponse<Flux<byte[]>> streaming = HttpResponse.ok(events)
                    .contentType(AnswerStream.EVENT_STREAM)
                    .header("X-Content-Type-Options", "nosniff")
                    .header("X-Accel-Buffering", "no");
            headers(streaming, headers);
            return streaming;
        }

        private void log(int status, String what) {
            LOG.info(
                    "chat model={} stream={} status={} ms={} {}",
                    model.id(),
                    call.stream(),
                    status,
                    (System.nanoTime() - started) / 1_000_000,
                    what);
        }
    }
}
