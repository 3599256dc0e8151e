package waybill.gateway;

/** Ends a request with an {@link ApiError}. Carries no stack trace: it is an answer, not a fault. */
final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ApiError error;

    ApiException(ApiError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    ApiError error() {
        return error;
    }
}
