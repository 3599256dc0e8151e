package waybill.langchain4j;

import dev.langchain4j.exception.HttpException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A provider's error answer, with what its headers say of trying again. */
final class RefusedException extends HttpException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;

    RefusedException(int status, String body, @Nullable Duration retryAfter) {
        super(status, body);
        this.retryAfter = retryAfter;
    }

    /** How long the provider asks to be left alone; null when its headers do not say. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }
}
