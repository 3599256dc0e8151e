package waybill.routing;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A catalogue in which some models cost what somebody says at the moment, asked anew for every plan: models that are sold
 * by the call and whose price is known only from what their sellers were last seen to ask. A price that nobody knows
 * leaves what the catalogue lists, which for such a model is unknown and never zero. The same catalogue is given again
 * while no price has changed. Thread-safe when those who are asked are.
 */
public final class AskedPrices implements Supplier<Catalogue> {
    private final Catalogue listed;
    private final String source;
    private final Supplier<LocalDate> today;
    private final Map<String, Supplier<Optional<BigDecimal>>> asked;
    private volatile @Nullable Answer last;

    /** What was said the last time, and the catalogue made of it. */
    private record Answer(Map<String, BigDecimal> prices, Catalogue catalogue) {}

    private AskedPrices(
            Catalogue listed,
            String source,
            Supplier<LocalDate> today,
            Map<String, Supplier<Optional<BigDecimal>>> asked) {
        this.listed = listed;
        this.source = source;
        this.today = today;
        this.asked = Map.copyOf(asked);
    }

    /**
     * Over a catalogue that lists the models; nobody is asked yet.
     *
     * @param source who says the prices, for explanations
     * @param today the date that an entry is marked with when its price changes
     */
    public static AskedPrices over(Catalogue listed, String source, Supplier<LocalDate> today) {
        return new AskedPrices(listed, source, today, Map.of());
    }

    /**
     * The same with another model whose price is asked for.
     *
     * @param name as the catalogue lists it
     * @param usdPerCall dollars for one call, or empty when nobody knows; asked for every plan, so it does not wait
     * @throws IllegalArgumentException when the catalogue does not list it
     */
    public AskedPrices with(String name, Supplier<Optional<BigDecimal>> usdPerCall) {
        Map<String, Supplier<Optional<BigDecimal>>> more = new LinkedHashMap<>(asked);
        more.put(listed.get(name).name(), usdPerCall);
        return new AskedPrices(listed, source, today, more);
    }

    @Override
    public Catalogue get() {
        Map<String, BigDecimal> prices = new LinkedHashMap<>();
        asked.forEach((name, usdPerCall) -> usdPerCall.get().ifPresent(usd -> prices.put(name, usd)));
        Answer before = last;
        if (before != null && before.prices().equals(prices)) {
            return before.catalogue();
        }
        Catalogue priced = listed;
        for (Map.Entry<String, BigDecimal> price : prices.entrySet()) {
            priced = priced.withPrice(price.getKey(), new Price.PerCall(price.getValue()), source, today.get());
        }
        last = new Answer(prices, priced);
        return priced;
    }
}
