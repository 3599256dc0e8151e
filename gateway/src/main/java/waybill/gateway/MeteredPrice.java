package waybill.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import waybill.seller.PriceTag;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.TokenPrice;

/**
 * A model's price by use: what its tokens cost, and to whom.
 *
 * @param price per million tokens
 * @param asset what is paid in
 * @param payTo who receives it
 * @param what is sold, for people
 * @param seconds how long a payment stays good
 */
record MeteredPrice(TokenPrice price, Asset asset, Address payTo, String what, int seconds) {

    /** The longest answer that is sold when neither the request nor the model says. */
    static final int DEFAULT_OUTPUT = 4_096;

    /**
     * What this request costs at most: its prompt, and the longest answer that it allows.
     *
     * @param root the request
     * @param outputTokens the model's longest answer; 0 when unknown
     * @param settler the account that will settle
     */
    PriceTag tag(JsonNode root, int outputTokens, Address settler) {
        long prompt = PromptEstimate.tokens(root);
        Amount ceiling = new Amount(asset, price.ceiling(prompt, mostWritten(root, outputTokens)));
        return PriceTag.upto(ceiling, payTo, settler)
                .priced(price, prompt)
                .described(what, "application/json")
                .lasting(seconds);
    }

    private static long mostWritten(JsonNode root, int outputTokens) {
        JsonNode asked =
                root.hasNonNull("max_completion_tokens") ? root.get("max_completion_tokens") : root.path("max_tokens");
        long most = outputTokens > 0 ? outputTokens : asked.isIntegralNumber() ? Integer.MAX_VALUE : DEFAULT_OUTPUT;
        return asked.isIntegralNumber() ? Math.max(1, Math.min(asked.longValue(), most)) : most;
    }
}
