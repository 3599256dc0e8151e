package waybill.routing;

import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a candidate charges, in exact US dollars. One of {@link PerToken}, {@link PerCall} or {@link Unknown}; a price
 * that is not known is never zero.
 */
public sealed interface Price {

    /** No price is known. Ranked as the dearest, and refused where a cost ceiling is set. */
    static Price unknown() {
        return new Unknown();
    }

    /** Costs nothing, and is known to: a model on one's own machine. */
    static Price free() {
        return new PerCall(BigDecimal.ZERO);
    }

    /** The exact charge for this usage; empty when the price is unknown. */
    Optional<BigDecimal> charge(Usage usage);

    /** Whether a charge can be computed. */
    default boolean known() {
        return true;
    }

    /** A price per million input and output tokens, as decimal strings: {@code perMillion("0.40", "1.60")}. */
    static PerToken perMillion(String input, String output) {
        return new PerToken(new BigDecimal(input), new BigDecimal(output), null, null, null);
    }

    /** One price for each call whatever its size, as a decimal string. */
    static PerCall perCall(String usd) {
        return new PerCall(new BigDecimal(usd));
    }

    /**
     * Dollars per million tokens. Cached, cache-write and reasoning tokens are charged as input, input and output
     * unless the vendor has a price of its own for them.
     *
     * @param input per million input tokens
     * @param output per million output tokens
     * @param cachedInput per million input tokens read from a cache; null when charged as input
     * @param cacheWrite per million input tokens written to a cache; null when charged as input
     * @param reasoning per million reasoning tokens; null when charged as output
     * @param longer the rates of prompts above a length, which then hold for the whole call; null when length changes
     *     nothing
     */
    record PerToken(
            BigDecimal input,
            BigDecimal output,
            @Nullable BigDecimal cachedInput,
            @Nullable BigDecimal cacheWrite,
            @Nullable BigDecimal reasoning,
            @Nullable Longer longer)
            implements Price {

        /**
         * What a call costs whose prompt is longer than this.
         *
         * @param tokens input tokens, above which the rates hold
         * @param rates the rates, without a further step
         */
        public record Longer(long tokens, PerToken rates) {

            public Longer {
                if (tokens <= 0) {
                    throw new IllegalArgumentException(
                            "a step in price lies above a number of input tokens, not " + tokens);
                }
                if (rates.longer != null) {
                    throw new IllegalArgumentException("a price has one step at most");
                }
            }
        }

        /** A price whatever the length of the prompt. */
        public PerToken(
                BigDecimal input,
                BigDecimal output,
                @Nullable BigDecimal cachedInput,
                @Nullable BigDecimal cacheWrite,
                @Nullable BigDecimal reasoning) {
            this(input, output, cachedInput, cacheWrite, reasoning, null);
        }

        public PerToken {
            requirePrice(input, "input");
            requirePrice(output, "output");
            requirePrice(cachedInput, "cachedInput");
            requirePrice(cacheWrite, "cacheWrite");
            requirePrice(reasoning, "reasoning");
        }

        /** The same price with its own rate for input read from a cache. */
        public PerToken withCachedInput(String usdPerMillion) {
            return new PerToken(input, output, new BigDecimal(usdPerMillion), cacheWrite, reasoning, longer);
        }

        /** The same price with its own rate for input written to a cache. */
        public PerToken withCacheWrite(String usdPerMillion) {
            return new PerToken(input, output, cachedInput, new BigDecimal(usdPerMillion), reasoning, longer);
        }

        /** The same price with its own rate for reasoning tokens. */
        public PerToken withReasoning(String usdPerMillion) {
            return new PerToken(input, output, cachedInput, cacheWrite, new BigDecimal(usdPerMillion), longer);
        }

        /** The same price with other rates for prompts of more than this many tokens. */
        public PerToken withLonger(long inputTokens, PerToken rates) {
            return new PerToken(input, output, cachedInput, cacheWrite, reasoning, new Longer(inputTokens, rates));
        }

        /** The rates that hold for a prompt of this length. */
        public PerToken at(long inputTokens) {
            return longer != null && inputTokens > longer.tokens ? longer.rates : this;
        }

        @Override
        public Optional<BigDecimal> charge(Usage usage) {
            return Optional.of(at(usage.inputTokens()).flat(usage));
        }

        private BigDecimal flat(Usage usage) {
            long cached = Math.min(usage.cachedInputTokens(), usage.inputTokens());
            long written = Math.min(usage.cacheWriteTokens(), usage.inputTokens() - cached);
            long reasoned = Math.min(usage.reasoningTokens(), usage.outputTokens());
            if (cached == 0 && written == 0 && reasoned == 0) {
                return usd(times(input, usage.inputTokens()).add(times(output, usage.outputTokens())));
            }
            BigDecimal micros = times(input, usage.inputTokens() - cached - written)
                    .add(times(cachedInput == null ? input : cachedInput, cached))
                    .add(times(cacheWrite == null ? input : cacheWrite, written))
                    .add(times(output, usage.outputTokens() - reasoned))
                    .add(times(reasoning == null ? output : reasoning, reasoned));
            return usd(micros);
        }

        private static BigDecimal usd(BigDecimal micros) {
            return Dollars.plain(micros.movePointLeft(6));
        }

        private static BigDecimal times(BigDecimal perMillion, long tokens) {
            return perMillion.multiply(BigDecimal.valueOf(tokens));
        }

        @Override
        public String toString() {
            String text = "$" + input.toPlainString() + " in, $" + output.toPlainString() + " out per million tokens";
            return longer == null ? text : text + " up to " + longer.tokens + " of input, then " + longer.rates;
        }
    }

    /**
     * One price for each call, as a seller that is paid before it answers asks.
     *
     * @param usd dollars per call
     */
    record PerCall(BigDecimal usd) implements Price {

        public PerCall {
            requirePrice(usd, "usd");
        }

        @Override
        public Optional<BigDecimal> charge(Usage usage) {
            return Optional.of(usd);
        }

        @Override
        public String toString() {
            return usd.signum() == 0 ? "free" : "$" + usd.toPlainString() + " per call";
        }
    }

    /** A price that nobody has told. */
    record Unknown() implements Price {

        @Override
        public Optional<BigDecimal> charge(Usage usage) {
            return Optional.empty();
        }

        @Override
        public boolean known() {
            return false;
        }

        @Override
        public String toString() {
            return "unknown";
        }
    }

    private static void requirePrice(@Nullable BigDecimal usd, String name) {
        if (usd != null && usd.signum() < 0) {
            throw new IllegalArgumentException("price " + name + " is " + usd + ", it cannot be negative");
        }
    }
}
