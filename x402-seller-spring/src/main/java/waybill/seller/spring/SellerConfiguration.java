package waybill.seller.spring;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;
import waybill.seller.checkout.SellerProperties;

/**
 * What is sold, to whom the money goes, and who settles.
 *
 * @param enabled Whether paid handlers are sold. When false they answer 503. Defaults to true.
 * @param payTo The address that is paid.
 * @param networks Where buyers pay, such as eip155:8453 or base.
 * @param facilitatorUrl Who verifies and settles payments, unless the application has a Facilitator.
 * @param dataDir Where claims and kept answers are stored. Defaults to waybill-seller.
 * @param publicUrl Scheme, host and port that buyers know. Defaults to what each request says.
 * @param maxBody The longest body of a paid request. Defaults to 1MB.
 * @param maxAnswer The longest answer that is held back until it is paid, or kept. Defaults to 1MB.
 * @param quoteLife How long a quote is honoured. Defaults to 5 minutes.
 * @param keepAnswer How long an answer can be fetched again with its payment. Defaults to 15 minutes.
 * @param retryAfter What a buyer is told to wait. Defaults to 1 second.
 * @param mostOpen How much use one payer may have open, such as 1 USDC. Empty sells nothing by use.
 */
@ConfigurationProperties(SellerProperties.ROOT)
public record SellerConfiguration(
        @Nullable Boolean enabled,
        @Nullable String payTo,
        @Nullable List<String> networks,
        @Nullable String facilitatorUrl,
        @Nullable String dataDir,
        @Nullable String publicUrl,
        @Nullable DataSize maxBody,
        @Nullable DataSize maxAnswer,
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
                maxBody == null ? null : maxBody.toBytes(),
                maxAnswer == null ? null : maxAnswer.toBytes(),
                quoteLife,
                keepAnswer,
                retryAfter,
                mostOpen);
    }
}
