package waybill.gateway;

import org.jspecify.annotations.Nullable;

/**
 * A failure as callers of this API know it.
 *
 * @param status the HTTP status
 * @param type the family: {@code invalid_request_error}, {@code payment_error}, {@code rate_limit_error},
 *     {@code upstream_error} or {@code server_error}
 * @param code one word for programs
 * @param message a sentence for people, without secrets and without text of the prompt
 * @param param the field of the request that is wrong; absent when it is none
 * @param retryAfter what a {@code Retry-After} says; absent when waiting does not help
 */
record ApiError(
        int status, String type, String code, String message, @Nullable String param, @Nullable String retryAfter) {

    static final String INVALID_REQUEST = "invalid_request_error";
    static final String UPSTREAM = "upstream_error";
    static final String SERVER = "server_error";

    /** A request that is wrong in one field. */
    static ApiError invalid(String param, String message) {
        return new ApiError(400, INVALID_REQUEST, "invalid_value", message, param, null);
    }

    /** A failure without field or waiting time. */
    static ApiError of(int status, String type, String code, String message) {
        return new ApiError(status, type, code, message, null, null);
    }

    /** The same, with a time to wait. */
    ApiError retryAfter(String value) {
        return new ApiError(status, type, code, message, param, value);
    }
}
