package waybill.gateway;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import waybill.routing.Modality;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.x402.Asset;
import waybill.x402.TokenPrice;

/**
 * One model that the gateway sells.
 *
 * @param id what callers ask for
 * @param baseUrl where the provider is, with its {@code /v1}
 * @param apiKeyEnv the environment variable that holds the provider's key; absent for a provider without one
 * @param upstreamModel what the provider calls it
 * @param price what a call costs, in whole tokens of the gateway's asset as exact decimal text; absent when it is free, or
 *     sold by use
 * @param perMillion what a million of its tokens costs; absent when it is free, or sold by the call
 * @param timeout the longest wait for an answer, and the longest silence within a stream
 * @param profile what the router knows of it; its price is what the provider charges the gateway
 */
public record ModelSettings(
        String id,
        URI baseUrl,
        @Nullable String apiKeyEnv,
        String upstreamModel,
        @Nullable String price,
        @Nullable PerMillion perMillion,
        Duration timeout,
        Profile profile) {

    /**
     * Prices by use, in whole tokens of the gateway's asset as exact decimal text.
     *
     * @param input for a million tokens read
     * @param output for a million tokens written
     * @param reasoning for a million tokens of reasoning
     */
    public record PerMillion(String input, String output, String reasoning) {

        TokenPrice in(Asset asset) {
            return TokenPrice.parse(input, output, reasoning, asset);
        }
    }

    private static final String ID_PATTERN = "[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}";

    static ModelSettings read(PropertyTree tree) {
        String id = tree.required("id", "what callers ask for");
        if (!id.isEmpty() && !id.matches(ID_PATTERN)) {
            tree.problem("id", "is '" + id + "': letters, digits and . _ : / @ - only, at most 128");
        }
        if (id.equals(GatewaySettings.AUTO)) {
            tree.problem("id", "is 'auto', which names the router over all models; call the model something else");
        }
        URI baseUrl = GatewaySettings.httpUrl(
                tree,
                "base-url",
                tree.required("base-url", "the provider's address, such as https://api.openai.com/v1"));
        String keyEnv = tree.optional("api-key-env", UnaryOperator.identity());
        String price = tree.optional("price", ModelSettings::positive);
        PerMillion perMillion = perMillion(tree, price);
        ModelSettings model = new ModelSettings(
                id,
                baseUrl,
                keyEnv,
                tree.text("upstream-model", id),
                price,
                perMillion,
                Duration.ofSeconds(tree.whole("timeout-seconds", 60, 1, 840)),
                profile(tree, price, perMillion));
        tree.refuseOthers();
        return model;
    }

    private static @Nullable PerMillion perMillion(PropertyTree tree, @Nullable String price) {
        String input = tree.optional("price-input-per-million", ModelSettings::plain);
        String output = tree.optional("price-output-per-million", ModelSettings::positive);
        String reasoning = tree.optional("price-reasoning-per-million", ModelSettings::plain);
        if (input == null && output == null && reasoning == null) {
            return null;
        }
        if (price != null) {
            tree.problem("price", "is of a call, and excludes prices per million tokens");
        }
        if (input == null || output == null) {
            tree.problem(
                    "price-input-per-million",
                    "and price-output-per-million go together: set both or none; reasoning"
                            + " costs as much as output unless price-reasoning-per-million says otherwise");
            return null;
        }
        return new PerMillion(input, output, reasoning == null ? output : reasoning);
    }

    static String positive(String text) {
        if (!text.matches("[0-9]{1,30}(\\.[0-9]{1,30})?")) {
            throw new IllegalArgumentException("must be a plain decimal such as 0.001");
        }
        if (new BigDecimal(text).signum() == 0) {
            throw new IllegalArgumentException("must be above zero; leave it out to give the model away");
        }
        return text;
    }

    private static Profile profile(PropertyTree tree, @Nullable String price, @Nullable PerMillion perMillion) {
        Profile profile = Profile.of(cost(tree, price, perMillion))
                .withContext(tree.whole("context-tokens", 0, 1, Integer.MAX_VALUE))
                .withOutputLimit(tree.whole("output-tokens", 0, 1, Integer.MAX_VALUE))
                .withTools(tree.flag("tools", true))
                .withJsonSchema(tree.flag("json-schema", false));
        Set<Modality> inputs = new TreeSet<>();
        for (String kind : tree.texts("inputs")) {
            try {
                inputs.add(Modality.valueOf(kind.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                tree.problem("inputs", "has '" + kind + "': there are text and image");
            }
        }
        profile = profile.withInputs(inputs.toArray(Modality[]::new));
        if (tree.has("quality")) {
            double quality = tree.read("quality", 0.0, ModelSettings::share);
            String source = tree.required("quality-source", "an accuracy carries its source");
            LocalDate date = tree.optional("quality-date", LocalDate::parse);
            if (date == null) {
                tree.problem("quality-date", "is missing: an accuracy carries its date, such as 2026-10-01");
            } else if (!source.isEmpty()) {
                profile = profile.withQuality(quality, source, date);
            }
        }
        int firstToken = tree.whole("first-token-millis", -1, 0, 600_000);
        int pace = tree.whole("tokens-per-second", -1, 1, 1_000_000);
        if (firstToken >= 0 && pace > 0) {
            profile = profile.withSpeed(firstToken, pace);
        } else if (firstToken >= 0 || pace > 0) {
            tree.problem("tokens-per-second", "and first-token-millis go together: set both or none");
        }
        return profile;
    }

    /** What a call costs the gateway; taken as what it is sold for when nobody says. */
    private static Price cost(PropertyTree tree, @Nullable String price, @Nullable PerMillion perMillion) {
        String input = tree.optional("cost-input-per-million", ModelSettings::plain);
        String output = tree.optional("cost-output-per-million", ModelSettings::plain);
        String call = tree.optional("cost-per-call", ModelSettings::plain);
        if (call != null && (input != null || output != null)) {
            tree.problem("cost-per-call", "and a cost per million tokens exclude each other");
        }
        if (input != null && output != null) {
            return Price.perMillion(input, output);
        }
        if (input != null || output != null) {
            tree.problem("cost-input-per-million", "and cost-output-per-million go together: set both or none");
        }
        if (call != null) {
            return Price.perCall(call);
        }
        if (perMillion != null) {
            return Price.perMillion(perMillion.input(), perMillion.output());
        }
        return price == null ? Price.unknown() : Price.perCall(price);
    }

    private static String plain(String text) {
        if (!text.matches("[0-9]{1,30}(\\.[0-9]{1,30})?")) {
            throw new IllegalArgumentException("must be dollars in plain decimal, such as 0.40");
        }
        return text;
    }

    private static double share(String text) {
        double share = new BigDecimal(text).doubleValue();
        if (share < 0 || share > 1) {
            throw new IllegalArgumentException("must be a share from 0 to 1");
        }
        return share;
    }
}
