package waybill.seller.micronaut;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.convert.format.ReadableBytes;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.seller.checkout.SellerProperties;

/**
 * The properties of a seller.
 *
 * @param enabled whether paid handlers are sold; when false they answer 503
 * @param payTo the address that is paid
 * @param networks where buyers pay, such as {@code eip155:8453} or {@code base}
 * @param facilitatorUrl who verifies and settles payments, unless the application has a facilitator
 * @param dataDir where claims and kept answers are stored
 * @param publicUrl scheme, host and port that buyers know
 * @param maxBody the longest body of a paid request
 * @param maxAnswer the longest answer that is held back until it is paid, or kept
 * @param quoteLife how long a quote is honoured
 * @param keepAnswer how long an answer can be fetched again with its payment
 * @param retryAfter what a buyer is told to wait
 * @param mostOpen how much use one payer may have open
 */
@ConfigurationProperties(SellerProperties.ROOT)
record SellerConfiguration(
        @Nullable Boolean enabled,
        @Nullable String payTo,
        @Nullable List<String> networks,
        @Nullable String facilitatorUrl,
        @Nullable String dataDir,
        @Nullable String publicUrl,
        @Nullable @ReadableBytes Long maxBody,
        @Nullable @ReadableBytes Long maxAnswer,
        @Nullable Duration quoteLife,
        @Nullable Duration keepAnswer,
        @Nullable Duration retryAfter,
        @Nullable List<String> mostOpen) {

    SellerProperties properties() {
        return new SellerProperties(
                enabled,
                payTo,
                networks,
                facilitatorUrl,
                dataDir,
                publicUrl,
                maxBody,
                maxAnswer,
                quoteLife,
                keepAnswer,
                retryAfter,
                mostOpen);
    }
}
