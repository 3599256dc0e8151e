package waybill.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.routing.Price;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Network;

/** The price tags that a seller shows in its {@code /v1/models}: hints for the router, while the 402 says what is due. */
final class PriceList {
    private static final int MAX_BYTES = 1 << 20;

    private final Map<String, Tag> tags;

    private PriceList(Map<String, Tag> tags) {
        this.tags = tags;
    }

    /** One model's tag. */
    record Tag(Price price, boolean tools, boolean jsonSchema) {}

    /**
     * Asks a seller.
     *
     * @param base its address with {@code /v1}
     */
    static PriceList of(URI base, HttpClient http) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/models"))
                .timeout(Duration.ofSeconds(10))
                .build();
        HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(MAX_BYTES + 1);
            if (response.statusCode() != 200 || bytes.length > MAX_BYTES) {
                throw new IOException(base + "/models answered " + response.statusCode() + " with " + bytes.length
                        + " bytes; a list of at most " + MAX_BYTES + " bytes was expected.");
            }
            Map<String, Tag> tags = new LinkedHashMap<>();
            for (JsonNode model : new ObjectMapper().readTree(bytes).path("data")) {
                JsonNode can = model.path("capabilities");
                tags.put(
                        model.path("id").asText(),
                        new Tag(
                                price(model.path("pricing")),
                                can.path("tools").asBoolean(true),
                                can.path("json_schema").asBoolean(false)));
            }
            return new PriceList(tags);
        }
    }

    /** The tag of a model; null when the seller shows none. */
    @Nullable
    Tag find(String model) {
        return tags.get(model);
    }

    /** A price is taken as dollars only in a token of our own table; anything else is unknown, which is never free. */
    private static Price price(JsonNode pricing) {
        String amount = pricing.path("price").asText("");
        boolean perCall = pricing.path("per").asText("").equals("call");
        if (!perCall || !amount.matches("[0-9]{1,12}(\\.[0-9]{1,18})?")) {
            return Price.unknown();
        }
        if (!pricing.has("asset")) {
            return Price.unknown();
        }
        try {
            Network network = Network.parse(pricing.path("network").asText());
            Address asset = Address.parse(pricing.path("asset").asText());
            return Assets.standard().find(network, asset).isPresent()
                    ? Price.perCall(new BigDecimal(amount).stripTrailingZeros().toPlainString())
                    : Price.unknown();
        } catch (IllegalArgumentException e) {
            return Price.unknown();
        }
    }
}
