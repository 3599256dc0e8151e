package waybill.springboot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import waybill.configuration.InvalidConfigurationException;

/** Tells which properties are wrong instead of a stack trace. */
final class InvalidConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigurationException> {

    /** Made by Spring Boot. */
    InvalidConfigurationFailureAnalyzer() {}

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidConfigurationException cause) {
        return new FailureAnalysis(
                "The router or the wallet cannot be made:\n\n    - " + String.join("\n    - ", cause.problems()),
                "Set these properties right, or switch the router off with waybill.enabled=false.",
                cause);
    }
}
