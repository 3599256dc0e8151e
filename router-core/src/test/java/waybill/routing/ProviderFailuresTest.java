package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderFailuresTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            400 | maximum context length is 8192 tokens        | CONTEXT_EXCEEDED
            400 | Unsupported parameter: 'max_tokens'          | UNSUPPORTED_PARAMETER
            400 | content_policy_violation                     | CONTENT_REFUSED
            400 | messages must not be empty                   | BAD_REQUEST
            401 | wrong key                                    | AUTHENTICATION
            403 | your credit balance is too low               | QUOTA_EXHAUSTED
            402 | payment required                             | QUOTA_EXHAUSTED
            404 | not here                                     | MODEL_MISSING
            408 | slow                                         | TIMEOUT
            413 | too large                                    | CONTEXT_EXCEEDED
            422 | no such model                                | MODEL_MISSING
            429 | slow down                                    | RATE_LIMITED
            429 | You exceeded your current quota              | QUOTA_EXHAUSTED
            500 | oops                                         | SERVER_ERROR
            500 | the server is overloaded                     | OVERLOADED
            503 | later                                        | OVERLOADED
            504 | upstream                                     | TIMEOUT
            529 | later                                        | OVERLOADED
            """)
    void reads_a_status_with_its_words(int status, String words, FailureKind kind) {
        assertThat(ProviderFailures.byStatus(status, words)).isEqualTo(kind);
    }

    @Test
    void words_that_say_nothing_have_no_kind() {
        assertThat(ProviderFailures.byWords("hello")).isNull();
        assertThat(ProviderFailures.byWords(null)).isNull();
        assertThat(ProviderFailures.byWords("x".repeat(8_000) + "overloaded")).isNull();
    }

    @Test
    void reads_the_exceptions_of_the_transport() {
        assertThat(ProviderFailures.byTransport(new HttpConnectTimeoutException("")))
                .isEqualTo(FailureKind.CONNECT);
        assertThat(ProviderFailures.byTransport(new ConnectException(""))).isEqualTo(FailureKind.CONNECT);
        assertThat(ProviderFailures.byTransport(new UnknownHostException(""))).isEqualTo(FailureKind.CONNECT);
        assertThat(ProviderFailures.byTransport(new HttpTimeoutException(""))).isEqualTo(FailureKind.TIMEOUT);
        assertThat(ProviderFailures.byTransport(new SocketTimeoutException("Read timed out")))
                .isEqualTo(FailureKind.TIMEOUT);
        assertThat(ProviderFailures.byTransport(new SocketTimeoutException("Connect timed out")))
                .isEqualTo(FailureKind.CONNECT);
        assertThat(ProviderFailures.byTransport(new InterruptedIOException("timeout")))
                .isEqualTo(FailureKind.TIMEOUT);
        assertThat(ProviderFailures.byTransport(new InterruptedIOException("interrupted")))
                .isEqualTo(FailureKind.CANCELLED);
        assertThat(ProviderFailures.byTransport(new CancellationException())).isEqualTo(FailureKind.CANCELLED);
        assertThat(ProviderFailures.byTransport(new InterruptedException())).isEqualTo(FailureKind.CANCELLED);
        assertThat(ProviderFailures.byTransport(new IOException("reset"))).isNull();
    }

    @Test
    void knows_an_answer_that_could_not_be_read() {
        assertThat(ProviderFailures.unreadable(new EOFException())).isTrue();
        assertThat(ProviderFailures.unreadable(new NullPointerException())).isTrue();
        assertThat(ProviderFailures.unreadable(new IllegalStateException())).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            Please try again in 1.5s                | 1500
            please try again in 20ms.               | 20
            try again in 2m                         | 120000
            Retry after 20 seconds                  | 20000
            {"retryDelay": "17s"}                   | 17000
            try again in a while                    |
            try again in 99999999 seconds           |
            nothing                                 |
            """)
    void reads_a_delay_from_words(String words, @Nullable Long millis) {
        assertThat(ProviderFailures.retryAfter(words)).isEqualTo(millis == null ? null : Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            retry-after                 | 2                              | 2000
            retry-after                 | 0.5                            | 500
            retry-after                 | 0                              | 0
            retry-after                 | Sun, 22 Nov 2026 12:00:07 GMT  | 7000
            retry-after                 | Sun, 22 Nov 2026 11:00:00 GMT  | 0
            retry-after                 | Sun, 22 Nov 2027 11:00:00 GMT  |
            retry-after                 | -3                             |
            retry-after                 | 1e3                            |
            retry-after                 | soon                           |
            retry-after                 | 86401                          |
            retry-after-ms              | 250                            | 250
            x-ratelimit-reset-requests  | 1m30s                          | 90000
            x-ratelimit-reset-requests  | 1h2m3.5s                       | 3723500
            x-ratelimit-reset-tokens    | 20ms                           | 20
            x-ratelimit-reset-tokens    | 3                              | 3000
            x-ratelimit-reset-tokens    | 3 parsecs                      |
            x-ratelimit-reset-tokens    | ..s                            |
            """)
    void reads_a_delay_from_headers(String name, String value, @Nullable Long millis) {
        assertThat(ProviderFailures.retryAfter(header -> header.equals(name) ? value : null, NOW))
                .isEqualTo(millis == null ? null : Duration.ofMillis(millis));
    }

    @Test
    void believes_milliseconds_before_seconds_and_the_longer_reset() {
        Map<String, String> both = Map.of("retry-after-ms", "1200", "retry-after", "2");
        assertThat(ProviderFailures.retryAfter(both::get, NOW)).isEqualTo(Duration.ofMillis(1_200));
        Map<String, String> resets = Map.of("x-ratelimit-reset-requests", "1s", "x-ratelimit-reset-tokens", "6m0s");
        assertThat(ProviderFailures.retryAfter(resets::get, NOW)).isEqualTo(Duration.ofMinutes(6));
    }
}
