package waybill.configuration;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.routing.Modality;

/**
 * The properties of one candidate, under {@code waybill.candidates[i]}; null where a property is not set.
 *
 * @param name how plans and receipts call it; the model's name unless set
 * @param provider one of the named providers; may be left out where {@code base-url} is set
 * @param model what the provider calls it
 * @param baseUrl another address than the provider's own, with its {@code /v1}
 * @param apiKey the key; unless set, what the provider's environment variable holds
 * @param pay {@code x402} when the wallet pays for each call
 * @param listedAs its name in the catalogue, where that is another
 * @param pricePerCall dollars for each call
 * @param priceInput dollars per million input tokens
 * @param priceOutput dollars per million output tokens
 * @param priceCachedInput dollars per million input tokens that come from a cache
 * @param contextTokens input and output together
 * @param outputTokens the longest answer
 * @param tools whether it calls tools
 * @param jsonSchema whether it follows JSON schemas
 * @param inputs what it reads besides text
 * @param quality share of prompts answered well, between 0 and 1
 * @param qualitySource who measured that
 * @param qualityDate when
 * @param firstTokenMillis milliseconds until it begins to answer
 * @param tokensPerSecond its pace
 * @param region where prompts are processed
 * @param stored whether prompts are stored there
 * @param trainedOn whether models are trained on prompts there
 * @param connectTimeout the time to connect
 * @param timeout the time until an answer begins
 */
public record CandidateSettings(
        @Nullable String name,
        @Nullable String provider,
        @Nullable String model,
        @Nullable URI baseUrl,
        @Nullable Secret apiKey,
        @Nullable String pay,
        @Nullable String listedAs,
        @Nullable BigDecimal pricePerCall,
        @Nullable BigDecimal priceInput,
        @Nullable BigDecimal priceOutput,
        @Nullable BigDecimal priceCachedInput,
        @Nullable Integer contextTokens,
        @Nullable Integer outputTokens,
        @Nullable Boolean tools,
        @Nullable Boolean jsonSchema,
        @Nullable Set<Modality> inputs,
        @Nullable Double quality,
        @Nullable String qualitySource,
        @Nullable LocalDate qualityDate,
        @Nullable Long firstTokenMillis,
        @Nullable Double tokensPerSecond,
        @Nullable String region,
        @Nullable Boolean stored,
        @Nullable Boolean trainedOn,
        @Nullable Duration connectTimeout,
        @Nullable Duration timeout) {}
