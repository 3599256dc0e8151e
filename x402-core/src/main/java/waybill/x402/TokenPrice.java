package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model's tokens cost: atomic units of the offer's asset per million tokens of each kind. A charge is rounded once,
 * up to a whole atomic unit, after everything is added; so a buyer who knows the usage computes it to the last unit.
 *
 * @param prompt for a million tokens read
 * @param output for a million tokens written
 * @param reasoning for a million tokens of reasoning
 */
public record TokenPrice(BigInteger prompt, BigInteger output, BigInteger reasoning) {
    /** The entry of an {@code upto} offer's {@code extra} that says how the ceiling will be used. */
    public static final String KEY = "tokenPrice";

    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    public TokenPrice {
        Eip712.requireUint256(prompt, "prompt");
        Eip712.requireUint256(output, "output");
        Eip712.requireUint256(reasoning, "reasoning");
        if (prompt.signum() == 0 && output.signum() == 0 && reasoning.signum() == 0) {
            throw new IllegalArgumentException("a price per token is above zero for some kind of token");
        }
    }

    /**
     * Prices in whole tokens of {@code asset} per million, such as {@code 0.15}.
     *
     * @throws IllegalArgumentException when one is no plain decimal, or has more decimals than the asset
     */
    public static TokenPrice parse(String prompt, String output, String reasoning, Asset asset) {
        return new TokenPrice(
                Amount.parse(prompt, asset).atomic(),
                Amount.parse(output, asset).atomic(),
                Amount.parse(reasoning, asset).atomic());
    }

    /** What {@code usage} costs in atomic units, rounded up once. */
    public BigInteger charge(TokenUsage usage) {
        BigInteger millionths = prompt.multiply(BigInteger.valueOf(usage.prompt()))
                .add(output.multiply(BigInteger.valueOf(usage.output())))
                .add(reasoning.multiply(BigInteger.valueOf(usage.reasoning())));
        BigInteger[] whole = millionths.divideAndRemainder(MILLION);
        return whole[1].signum() == 0 ? whole[0] : whole[0].add(BigInteger.ONE);
    }

    /**
     * The most that an answer can cost: this prompt, and every token written at the dearer of the two rates.
     *
     * @param promptTokens as counted or estimated before the call
     * @param mostWritten the longest answer, reasoning included
     */
    public BigInteger ceiling(long promptTokens, long mostWritten) {
        return output.compareTo(reasoning) >= 0
                ? charge(new TokenUsage(promptTokens, mostWritten, 0))
                : charge(new TokenUsage(promptTokens, 0, mostWritten));
    }

    /** The dearer of both, kind by kind. */
    public TokenPrice max(TokenPrice other) {
        return new TokenPrice(prompt.max(other.prompt), output.max(other.output), reasoning.max(other.reasoning));
    }

    /**
     * An {@code upto} offer that says how its ceiling comes about.
     *
     * @param promptTokens what the prompt is taken for
     */
    public Offer in(Offer offer, long promptTokens) {
        Map<String, @Nullable Object> terms = new LinkedHashMap<>();
        terms.put("per", MILLION.toString());
        terms.put("prompt", prompt.toString());
        terms.put("output", output.toString());
        terms.put("reasoning", reasoning.toString());
        terms.put("promptTokens", Long.toString(promptTokens));
        return offer.withExtra(KEY, terms);
    }

    /**
     * An offer's price per token, with what it takes the prompt for; empty when it names none that can be read.
     */
    public static Optional<Quoted> of(Offer offer) {
        if (!(offer.extra().get(KEY) instanceof Map<?, ?> terms)) {
            return Optional.empty();
        }
        try {
            JsonObject json = JsonObject.of(terms, KEY);
            if (!json.string("per").equals(MILLION.toString())) {
                return Optional.empty();
            }
            TokenPrice price = new TokenPrice(
                    Decimals.atomic(json.string("prompt"), "prompt"),
                    Decimals.atomic(json.string("output"), "output"),
                    Decimals.atomic(json.string("reasoning"), "reasoning"));
            long promptTokens =
                    Decimals.atomic(json.string("promptTokens"), "promptTokens").longValueExact();
            return Optional.of(new Quoted(price, promptTokens));
        } catch (IllegalArgumentException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    /**
     * A price per token as an offer states it.
     *
     * @param price the rates
     * @param promptTokens what the offer takes the prompt for; it holds until the model's own count is known
     */
    public record Quoted(TokenPrice price, long promptTokens) {}
}
