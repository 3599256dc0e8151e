package waybill.seller.checkout;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;

/** Reads prices as people write them: {@code 0.01 USDC}, {@code $0.01}. */
final class PriceText {
    private static final String DOLLAR = "$";
    private static final String DOLLAR_TOKEN = "USDC";

    private static final Pattern WRITTEN = Pattern.compile("\\s*([0-9.]{1,80})\\s+([^\\s]{1,20})\\s*");

    /** A sum of a token, taken apart. */
    record Written(String decimal, String symbol) {}

    private PriceText() {}

    static Optional<Written> read(String text) {
        Matcher matcher = WRITTEN.matcher(text);
        return matcher.matches() ? Optional.of(new Written(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    /**
     * The price on each network that has the token, at least one.
     *
     * @throws IllegalArgumentException when the text is no price, is zero, or no network has the token
     */
    static List<Amount> on(String text, List<Network> networks, Assets assets) {
        Written price = read(text.startsWith(DOLLAR) ? text.substring(1) + " " + DOLLAR_TOKEN : text)
                .orElseThrow(() -> new IllegalArgumentException("not a price (such as 0.01 USDC, or $0.01): " + text));
        List<Asset> tokens = networks.stream()
                .map(network -> assets.find(network, price.symbol()))
                .flatMap(Optional::stream)
                .toList();
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException(
                    "no " + price.symbol() + " is known on " + networks + ", for the price " + text);
        }
        List<Amount> amounts = tokens.stream()
                .map(token -> Amount.parse(price.decimal(), token))
                .toList();
        if (amounts.stream().anyMatch(Amount::isZero)) {
            throw new IllegalArgumentException("a price is above zero, not " + text);
        }
        return amounts;
    }
}
