package waybill.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Produces;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import waybill.seller.PriceTag;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Offer;

/** {@code GET /v1/models}: what there is, what it can do, and what a call costs; the price tag that a router reads. */
@Controller
@Requires(beans = Storefront.class)
final class ModelsEndpoint {

    private final Storefront storefront;

    ModelsEndpoint(Storefront storefront) {
        this.storefront = storefront;
    }

    @Get("/v1/models")
    @Produces(MediaType.APPLICATION_JSON)
    HttpResponse<byte[]> list() {
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = list.putArray("data");
        storefront.models().forEach(model -> data.add(entry(model)));
        return json(list);
    }

    @Get("/v1/models/{+id}")
    @Produces(MediaType.APPLICATION_JSON)
    HttpResponse<byte[]> one(@PathVariable String id) {
        try {
            return json(entry(storefront.model(id)));
        } catch (ApiException unknown) {
            return ChatEndpoint.error(unknown.error(), Map.of());
        }
    }

    private ObjectNode entry(SoldModel model) {
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        entry.put("id", model.id());
        entry.put("object", "model");
        entry.put("created", storefront.opened());
        entry.put("owned_by", "waybill");
        if (model.contextTokens() > 0) {
            entry.put("context_length", model.contextTokens());
        }
        if (model.outputTokens() > 0) {
            entry.put("max_output_tokens", model.outputTokens());
        }
        ObjectNode capabilities = entry.putObject("capabilities");
        capabilities.put("streaming", true);
        capabilities.put("tools", model.tools());
        capabilities.put("json_schema", model.jsonSchema());
        ArrayNode inputs = capabilities.putArray("inputs");
        model.inputs().stream()
                .sorted()
                .forEach(input -> inputs.add(input.name().toLowerCase(Locale.ROOT)));
        PriceTag tag = model.tag();
        ObjectNode pricing = entry.putObject("pricing");
        MeteredPrice metered = model.metered();
        if (metered != null) {
            priceByUse(pricing, metered);
            return entry;
        }
        pricing.put("per", "call");
        if (tag == null) {
            pricing.put("price", "0");
            return entry;
        }
        Asset asset = tag.amount().asset();
        pricing.put("price", tag.amount().decimal().stripTrailingZeros().toPlainString());
        pricing.put("currency", asset.symbol());
        pricing.put("scheme", Offer.EXACT);
        pricing.put("network", asset.network().toString());
        pricing.put("asset", asset.address().toString());
        pricing.put("amount", tag.amount().atomic().toString());
        pricing.put("decimals", asset.decimals());
        pricing.put("pay_to", tag.payTo().toString());
        return entry;
    }

    /** Prices of a million tokens of each kind; a call is paid under {@code upto}, with a ceiling of its own. */
    private static void priceByUse(ObjectNode pricing, MeteredPrice metered) {
        Asset asset = metered.asset();
        pricing.put("per", "million_tokens");
        pricing.put("input", decimal(asset, metered.price().prompt()));
        pricing.put("output", decimal(asset, metered.price().output()));
        pricing.put("reasoning", decimal(asset, metered.price().reasoning()));
        pricing.put("currency", asset.symbol());
        pricing.put("scheme", Offer.UPTO);
        pricing.put("network", asset.network().toString());
        pricing.put("asset", asset.address().toString());
        pricing.put("decimals", asset.decimals());
        pricing.put("pay_to", metered.payTo().toString());
    }

    private static String decimal(Asset asset, BigInteger atomic) {
        return new Amount(asset, atomic).decimal().stripTrailingZeros().toPlainString();
    }

    private static HttpResponse<byte[]> json(ObjectNode document) {
        return HttpResponse.ok(AnswerWriter.bytes(document))
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header("Cache-Control", "no-cache")
                .header("X-Content-Type-Options", "nosniff");
    }
}
