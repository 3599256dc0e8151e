package waybill.gateway;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the failures that the HTTP server answers by itself (unknown path, wrong method, body too long) into OpenAI's shape. */
@Singleton
@Requires(beans = Storefront.class)
final class FrameworkErrors implements ErrorResponseProcessor<byte[]> {

    private static final Logger LOG = LoggerFactory.getLogger(FrameworkErrors.class);

    private final GatewaySettings settings;

    FrameworkErrors(GatewaySettings settings) {
        this.settings = settings;
    }

    @Override
    public MutableHttpResponse<byte[]> processResponse(ErrorContext context, MutableHttpResponse<?> response) {
        int status = response.code();
        String method = context.getRequest().getMethodName();
        ApiError error =
                switch (status) {
                    case 400 -> invalid(400, "invalid_json", "The body must be a JSON object.");
                    case 404 ->
                        invalid(
                                404,
                                "unknown_url",
                                "There is no such URL; there are POST /v1/chat/completions, GET /v1/models, GET "
                                        + "/v1/models/{id} and GET /health.");
                    case 405 ->
                        invalid(
                                405,
                                "method_not_allowed",
                                "This URL does not take " + method + "; it takes "
                                        + response.getHeaders().get(HttpHeaders.ALLOW) + ".");
                    case 413 ->
                        invalid(413, "request_too_large", "A body has at most " + settings.maxBodyBytes() + " bytes.");
                    case 406 -> invalid(406, "not_acceptable", "Answers are application/json or text/event-stream.");
                    case 415 -> invalid(415, "unsupported_media_type", "The body must be JSON.");
                    default ->
                        status >= 500
                                ? ApiError.of(status, ApiError.SERVER, "internal_error", "This gateway failed.")
                                : invalid(status, "bad_request", "The request could not be read.");
                };
        if (status >= 500) {
            LOG.error(
                    "{} failed with {}", method, status, context.getRootCause().orElse(null));
        }
        return response.body(AnswerWriter.bytes(AnswerWriter.error(error)))
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header("X-Content-Type-Options", "nosniff");
    }

    private static ApiError invalid(int status, String code, String message) {
        return ApiError.of(status, ApiError.INVALID_REQUEST, code, message);
    }
}
