package waybill.seller.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import waybill.seller.checkout.InvalidSellerException;

/** Tells which properties or handlers are wrong instead of a stack trace. */
final class InvalidSellerFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSellerException> {

    /** Made by Spring Boot. */
    InvalidSellerFailureAnalyzer() {}

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidSellerException cause) {
        return new FailureAnalysis(
                "Nothing can be sold:\n\n    - " + String.join("\n    - ", cause.problems()),
                "Set this right, or answer every paid handler with 503 by waybill.seller.enabled=false.",
                cause);
    }
}
