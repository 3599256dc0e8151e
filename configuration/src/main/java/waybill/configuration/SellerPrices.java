package waybill.configuration;

import java.math.BigDecimal;
import java.net.URI;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import waybill.routing.Accuracy;
import waybill.routing.AskedPrices;
import waybill.routing.Catalogue;
import waybill.routing.Dialect;
import waybill.routing.Endpoint;
import waybill.routing.Modality;
import waybill.routing.Profile;
import waybill.wallet.PriceTags;

/**
 * A catalogue in which candidates that the wallet pays cost what their sellers were last seen to ask; without a tag their
 * price is unknown, which is never zero. Made anew only when a tag or the catalogue below has changed. Thread-safe.
 */
final class SellerPrices implements Supplier<Catalogue> {

    private final Supplier<Catalogue> base;
    private final PriceTags tags;
    private final Map<String, Endpoint> sellers = new LinkedHashMap<>();
    private final String lines;

    /** What was made last, and over which catalogue. */
    private volatile @Nullable Made made;

    private record Made(Catalogue base, AskedPrices prices) {}

    /** The name under which the candidate at this place is listed. */
    static String listed(int index) {
        return "sellers/candidate-" + index;
    }

    /**
     * Over {@code base}.
     *
     * @param priced candidates by the name that {@link #listed} gives them
     */
    SellerPrices(Supplier<Catalogue> base, PriceTags tags, Map<String, DeclaredCandidate> priced) {
        this.base = base;
        this.tags = tags;
        StringBuilder text = new StringBuilder("source sellers 2026-01-01\n");
        priced.forEach((listed, candidate) -> {
            sellers.put(listed, candidate.endpoint());
            text.append(line(listed, candidate.profile()));
        });
        this.lines = text.toString();
    }

    @Override
    public Catalogue get() {
        Catalogue below = base.get();
        Made last = made;
        if (last == null || last.base() != below) {
            last = new Made(below, over(below));
            made = last;
        }
        return last.prices().get();
    }

    private AskedPrices over(Catalogue below) {
        AskedPrices prices =
                AskedPrices.over(below.with("sellers", lines), "its price tag", () -> LocalDate.now(ZoneOffset.UTC));
        for (Map.Entry<String, Endpoint> each : sellers.entrySet()) {
            URI seller = each.getValue().url(Dialect.OPENAI);
            String model = each.getValue().model();
            prices = prices.with(each.getKey(), () -> tags.usdPerCall(seller, model));
        }
        return prices;
    }

    /** The profile without its price, as the catalogue writes it, for what renews a price renews the rest with it. */
    private static String line(String listed, Profile profile) {
        StringBuilder line = new StringBuilder("model " + listed + " price=unknown");
        if (profile.contextTokens() > 0) line.append(" context=").append(profile.contextTokens());
        if (profile.outputTokens() > 0) line.append(" limit=").append(profile.outputTokens());
        String reads = profile.inputs().stream()
                .filter(kind -> kind != Modality.TEXT)
                .map(kind -> kind.name().toLowerCase(java.util.Locale.ROOT))
                .sorted()
                .collect(Collectors.joining(","));
        if (!reads.isEmpty()) line.append(" reads=").append(reads);
        line.append(profile.tools() ? " tools=yes" : " tools=no");
        line.append(profile.jsonSchema() ? " schema=yes\n" : " schema=no\n");
        if (profile.quality() != null) {
            if (profile.quality().overall() != null) {
                line.append(accuracy(listed, "overall", profile.quality().overall()));
            }
            profile.quality().byArea().forEach((area, value) -> line.append(accuracy(listed, area, value)));
        }
        return line.toString();
    }

    private static String accuracy(String listed, String area, Accuracy accuracy) {
        return "accuracy " + listed + " " + area + " "
                + BigDecimal.valueOf(accuracy.share()).toPlainString() + " " + accuracy.asOf() + " " + accuracy.source()
                + "\n";
    }
}
