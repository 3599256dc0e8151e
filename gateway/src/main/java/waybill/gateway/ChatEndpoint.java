package waybill.gateway;

import com.fasterxml.jackson.databind.JsonNode;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import waybill.gateway.AnswerWriter.Heading;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.PricedRequest;
import waybill.seller.Settlement;

/**
 * {@code POST /v1/chat/completions}: reads the request, asks for the price, calls the model, settles, and lets the answer
 * go, in this order.
 *
 * <p>A plain answer is settled when it is complete and before it is released. A streamed one is settled when the model has
 * begun to answer and before the first byte is released: a model that fails to begin costs the caller nothing. Once paid,
 * a stream belongs to the payer: if the line breaks, it is brought to its end and kept, and sending the same payment again
 * gives the whole of it. A stream that nobody paid for ends when its reader leaves.
 */
@Controller
@Requires(beans = Storefront.class)
final class ChatEndpoint {

    static final String ROUTE = "/v1/chat/completions";

    private static final Logger LOG = LoggerFactory.getLogger(ChatEndpoint.class);
    private static final int KEPT_STREAM = 1024 * 1024;

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
        return new Turn(request, body, model, reader.call(root, model.readsImages()));
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
        private final Heading heading;
        private final long started = System.nanoTime();
        private MutableHttpResponse<?> response = HttpResponse.serverError();

        Turn(HttpRequest<?> request, byte[] body, SoldModel model, ChatCall call) {
            this.request = request;
            this.body = body;
            this.model = model;
            this.call = call;
            this.heading = storefront.heading();
        }

        /** Sets the response; returns whether a stream goes on with this turn's slot. */
        boolean answer() {
            if (model.tag() == null) {
                return serve(null);
            }
            Admission admission = storefront
                    .gate()
                    .admit(PricedRequest.of(
                            "POST",
                            ROUTE,
                            storefront.urlFor(request.getHeaders().get(HttpHeaders.HOST)) + ROUTE,
                            body,
                            List.of(model.tag()),
                            name -> request.getHeaders().getAll(name)));
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

        private boolean serve(@Nullable Admitted admitted) {
            try {
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
            Settlement settlement = admitted.settle(whole);
            if (settlement instanceof Settlement.Settled settled) {
                log(200, "paid " + settled.response().transaction());
                response = released(whole, settled.headers());
            } else {
                withhold(settlement);
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
            response = error(
                    ApiError.of(declined.status(), "payment_error", declined.code(), sentence(declined)),
                    declined.headers());
        }

        private String sentence(Admission.Declined declined) {
            if (declined.why() != Admission.Why.PAYMENT_REQUIRED || model.tag() == null) {
                return declined.message();
            }
            return "A call of " + model.id() + " costs " + model.tag().amount() + " on "
                    + model.tag().amount().asset().network() + ", paid by x402: " + declined.message() + ".";
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
