package waybill.routing;

import org.jspecify.annotations.Nullable;

/** Says what kind of failure an exception is. An application passes its own for clients that the binding does not know. */
@FunctionalInterface
public interface FailureClassifier {

    /** Knows nothing: leaves every exception to the binding. */
    FailureClassifier NONE = thrown -> null;

    /** The failure, or null when this classifier does not know the exception. Called once for each failed attempt. */
    @Nullable
    Failure classify(Throwable thrown);

    /** This classifier, then the other for what this one does not know. */
    default FailureClassifier orElse(FailureClassifier other) {
        return thrown -> {
            Failure failure = classify(thrown);
            return failure != null ? failure : other.classify(thrown);
        };
    }
}
