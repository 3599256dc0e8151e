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
     */
    record PerToken(
            BigDecimal input,
            BigDecimal output,
            @Nullable BigDecimal cachedInput,
            @Nullable BigDecimal cacheWrite,
            @Nullable BigDecimal reasoning)
            implements Price {

        public PerToken {
            requirePrice(input, "input");
            requirePrice(output, "output");
            requirePrice(cachedInput, "cachedInput");
            requirePrice(cacheWrite, "cacheWrite");
            requirePrice(reasoning, "reasoning");
        }

        /** The same price with its own rate for input read from a cache. */
        public PerToken withCachedInput(String usdPerMillion) {
            return new PerToken(input, output, new BigDecimal(usdPerMillion), cacheWrite, reasoning);
        }

        /** The same price with its own rate for input written to a cache. */
        public PerToken withCacheWrite(String usdPerMillion) {
            return new PerToken(input, output, cachedInput, new BigDecimal(usdPerMillion), reasoning);
        }

        /** The same price with its own rate for reasoning tokens. */
        public PerToken withReasoning(String usdPerMillion) {
            return new PerToken(input, output, cachedInput, cacheWrite, new BigDecimal(usdPerMillion));
        }

        @Override
        public Optional<BigDecimal> charge(Usage usage) {
            long cached = Math.min(usage.cachedInputTokens(), usage.inputTokens());
            long written = Math.min(usage.cacheWriteTokens(), usage.inputTokens() - cached);
            long reasoned = Math.min(usage.reasoningTokens(), usage.outputTokens());
            BigDecimal micros = times(input, usage.inputTokens() - cached - written)
                    .add(times(cachedInput == null ? input : cachedInput, cached))
                    .add(times(cacheWrite == null ? input : cacheWrite, written))
                    .add(times(output, usage.outputTokens() - reasoned))
                    .add(times(reasoning == null ? output : reasoning, reasoned));
            return Optional.of(Dollars.plain(micros.movePointLeft(6)));
        }

        private static BigDecimal times(BigDecimal perMillion, long tokens) {
            return perMillion.multiply(BigDecimal.valueOf(tokens));
        }

        @Override
        public String toString() {
            return "$" + input.toPlainString() + " in, $" + output.toPlainString() + " out per million tokens";
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
