package waybill.routing;

import java.time.LocalDate;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The description of a candidate: limits, abilities, price, and what is believed of its quality and speed. Immutable.
 *
 * <p>Starts from {@link #of(Price)}: text in, tools yes, JSON schema no, limits unknown, quality unknown.
 *
 * @param contextTokens input and output together; 0 when unknown, and then not checked
 * @param outputTokens longest answer; 0 when unknown, and then not checked
 * @param tools whether it calls tools
 * @param jsonSchema whether it follows a JSON schema
 * @param inputs kinds of content it reads; always holds {@link Modality#TEXT}
 * @param price what it charges
 * @param quality measured accuracies; null when nobody measured it, and then the price tier is the prior
 * @param speed expected speed; null when unknown, and then what models of its price usually take
 * @param custody what becomes of prompts there; null when unknown, and then no {@link DataPolicy} is kept
 */
public record Profile(
        int contextTokens,
        int outputTokens,
        boolean tools,
        boolean jsonSchema,
        Set<Modality> inputs,
        Price price,
        @Nullable Quality quality,
        @Nullable Speed speed,
        @Nullable Custody custody) {

    public Profile {
        if (contextTokens < 0 || outputTokens < 0) {
            throw new IllegalArgumentException("limits cannot be negative: context " + contextTokens + ", output "
                    + outputTokens + "; leave them at 0 when they are unknown");
        }
        EnumSet<Modality> all = EnumSet.of(Modality.TEXT);
        all.addAll(inputs);
        inputs = Set.copyOf(all);
    }

    /** A text model with tools at this price, of which nothing else is known. */
    public static Profile of(Price price) {
        return new Profile(0, 0, true, false, Set.of(Modality.TEXT), price, null, null, null);
    }

    /** The same with this context window, input and output together. */
    public Profile withContext(int tokens) {
        return new Profile(tokens, outputTokens, tools, jsonSchema, inputs, price, quality, speed, custody);
    }

    /** The same with this longest answer. */
    public Profile withOutputLimit(int tokens) {
        return new Profile(contextTokens, tokens, tools, jsonSchema, inputs, price, quality, speed, custody);
    }

    /** The same, calling tools or not. */
    public Profile withTools(boolean callsTools) {
        return new Profile(contextTokens, outputTokens, callsTools, jsonSchema, inputs, price, quality, speed, custody);
    }

    /** The same, following a JSON schema or not. */
    public Profile withJsonSchema(boolean followsSchema) {
        return new Profile(contextTokens, outputTokens, tools, followsSchema, inputs, price, quality, speed, custody);
    }

    /** The same, reading these kinds of content besides text. */
    public Profile withInputs(Modality... kinds) {
        return new Profile(
                contextTokens, outputTokens, tools, jsonSchema, Set.of(kinds), price, quality, speed, custody);
    }

    /** The same at another price. */
    public Profile withPrice(Price newPrice) {
        return new Profile(contextTokens, outputTokens, tools, jsonSchema, inputs, newPrice, quality, speed, custody);
    }

    /** The same with these measured accuracies and no others; null when nobody measured any. */
    public Profile withQuality(@Nullable Quality measured) {
        return new Profile(contextTokens, outputTokens, tools, jsonSchema, inputs, price, measured, speed, custody);
    }

    /** The same with an overall accuracy that somebody measured: the share of prompts answered well, who says so, when. */
    public Profile withQuality(double accuracy, String source, LocalDate asOf) {
        Accuracy overall = new Accuracy(accuracy, source, asOf);
        return withQuality(quality == null ? new Quality(overall, Map.of()) : quality.withOverall(overall));
    }

    /** The same with an accuracy that somebody measured in one area, such as "maths" or "tools". */
    public Profile withQualityIn(String area, double accuracy, String source, LocalDate asOf) {
        return withQuality(
                quality == null
                        ? Quality.in(area, accuracy, source, asOf)
                        : quality.withArea(area, new Accuracy(accuracy, source, asOf)));
    }

    /** The same with the limits, the price and the accuracies of another; abilities and speed stay. */
    Profile renewed(Profile newer) {
        return new Profile(
                newer.contextTokens,
                newer.outputTokens,
                tools,
                jsonSchema,
                inputs,
                newer.price,
                newer.quality,
                speed,
                custody);
    }

    /** The same with an expected speed. */
    public Profile withSpeed(long firstTokenMillis, double tokensPerSecond) {
        return new Profile(
                contextTokens,
                outputTokens,
                tools,
                jsonSchema,
                inputs,
                price,
                quality,
                new Speed(firstTokenMillis, tokensPerSecond),
                custody);
    }

    /** The same, telling what becomes of prompts there. */
    public Profile withCustody(Custody declared) {
        return new Profile(contextTokens, outputTokens, tools, jsonSchema, inputs, price, quality, speed, declared);
    }
}
