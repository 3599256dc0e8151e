package waybill.seller.checkout;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.seller.GateSettings;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Version1;

/**
 * The properties under {@code waybill.seller} as a framework has bound them, not yet checked; null is not set. The same for
 * every framework.
 *
 * @param enabled false answers every paid handler with 503; true when it is not set
 * @param payTo the address that is paid
 * @param networks such as {@code eip155:8453} or {@code base}
 * @param facilitatorUrl who verifies and settles
 * @param dataDir where the claims are kept; {@code waybill-seller} when it is not set
 * @param publicUrl scheme, host and port that buyers know
 * @param maxBody the longest body of a paid request in bytes; 1 MiB
 * @param maxAnswer the longest answer that is held back or kept, in bytes; 1 MiB
 * @param quoteLife how long a quote is honoured
 * @param keepAnswer how long an answer can be fetched again
 * @param retryAfter what a buyer is told to wait
 * @param mostOpen how much use one payer may have open, such as {@code 1 USDC}
 */
public record SellerProperties(
        @Nullable Boolean enabled,
        @Nullable String payTo,
        @Nullable List<String> networks,
        @Nullable String facilitatorUrl,
        @Nullable String dataDir,
        @Nullable String publicUrl,
        @Nullable Long maxBody,
        @Nullable Long maxAnswer,
        @Nullable Duration quoteLife,
        @Nullable Duration keepAnswer,
        @Nullable Duration retryAfter,
        @Nullable List<String> mostOpen) {
    /** Where the properties are. */
    public static final String ROOT = "waybill.seller";

    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.[0-9.]+|\\[::1]");

    public SellerProperties {
        networks = networks == null ? List.of() : List.copyOf(networks);
        mostOpen = mostOpen == null ? List.of() : List.copyOf(mostOpen);
    }

    /**
     * The settings that these say.
     *
     * @param assets the tokens that prices may name
     * @param settlesHere true when a facilitator is in this process, so that no URL of one is needed
     * @throws InvalidSellerException with everything that is wrong
     */
    public SellerSettings checked(Assets assets, boolean settlesHere) {
        return new Reading(assets).settings(settlesHere);
    }

    /** Collects what is wrong, so that a person sees all of it at once. */
    private final class Reading {
        private final Assets assets;
        private final List<String> problems = new ArrayList<>();

        Reading(Assets assets) {
            this.assets = assets;
        }

        SellerSettings settings(boolean settlesHere) {
            if (Boolean.FALSE.equals(enabled)) {
                return SellerSettings.closed(assets, bytes("max-body", null), bytes("max-answer", null));
            }
            Optional<Address> payTo = read("pay-to", SellerProperties.this.payTo, Address::parse);
            if (payTo().isEmpty()) {
                problem("pay-to", "is not set: the address that is paid");
            } else if (payTo.filter(Address::isZero).isPresent()) {
                problem("pay-to", "is the zero address, which nobody owns");
            }
            List<Network> where = each("networks", networks, Reading::network);
            if (networks == null || networks.isEmpty()) {
                problem("networks", "is not set: where buyers pay, such as eip155:84532");
            }
            Optional<URI> facilitator = read("facilitator-url", facilitatorUrl, Reading::web);
            if (facilitatorUrl == null && !settlesHere) {
                problem(
                        "facilitator-url",
                        "is not set, and the application has no Facilitator: name one that verifies and settles");
            }
            Optional<URI> known = read("public-url", publicUrl, Reading::origin);
            Optional<Path> folder = read("data-dir", dataDir == null ? "waybill-seller" : dataDir, Path::of);
            GateSettings usual = GateSettings.defaults();
            GateSettings times = new GateSettings(
                    seconds("quote-life", quoteLife, usual.quoteLife()),
                    seconds("keep-answer", keepAnswer, usual.keepAnswer()),
                    seconds("retry-after", retryAfter, usual.retryAfter()));
            int body = bytes("max-body", maxBody);
            int answer = bytes("max-answer", maxAnswer);
            List<Amount> open = each("most-open", mostOpen, text -> PriceText.on(text, where, assets)).stream()
                    .flatMap(List::stream)
                    .toList();
            if (!problems.isEmpty()) {
                throw new InvalidSellerException(problems);
            }
            return new SellerSettings(
                    true,
                    payTo.orElseThrow(),
                    where,
                    assets,
                    facilitator.orElse(null),
                    folder.orElseThrow(),
                    known.orElse(null),
                    body,
                    answer,
                    times,
                    open);
        }

        private Optional<String> payTo() {
            return Optional.ofNullable(SellerProperties.this.payTo).filter(text -> !text.isBlank());
        }

        private <T> Optional<T> read(String name, @Nullable String text, Function<String, T> parse) {
            if (text == null || text.isBlank()) {
                return Optional.empty();
            }
            try {
                return Optional.of(parse.apply(text.strip()));
            } catch (IllegalArgumentException e) { // InvalidPathException is one
                problem(name, "cannot be used: " + e.getMessage());
                return Optional.empty();
            }
        }

        private <T> List<T> each(String name, @Nullable List<String> texts, Function<String, T> parse) {
            return (texts == null ? List.<String>of() : texts)
                    .stream()
                            .map(text -> read(name, text, parse))
                            .flatMap(Optional::stream)
                            .toList();
        }

        private Duration seconds(String name, @Nullable Duration set, Duration usual) {
            if (set == null) {
                return usual;
            }
            if (set.toSeconds() < 1) {
                problem(name, "is " + set + ", and must be at least a second");
                return usual;
            }
            return set;
        }

        private int bytes(String name, @Nullable Long set) {
            if (set == null) {
                return 1024 * 1024;
            }
            if (set < 0 || set > MAX_BYTES) {
                problem(
                        name,
                        "is " + set + " bytes, and may be at most " + MAX_BYTES + ": all of it is held in memory");
                return 0;
            }
            return set.intValue();
        }

        private static Network network(String text) {
            return Version1.network(text).orElseGet(() -> Network.parse(text));
        }

        private static URI web(String text) {
            URI uri = uri(text);
            boolean loopback =
                    uri.getHost() != null && LOOPBACK.matcher(uri.getHost()).matches();
            if (uri.getHost() == null
                    || !("https".equals(uri.getScheme()) || ("http".equals(uri.getScheme()) && loopback))) {
                throw new IllegalArgumentException("an https URL is needed (http on this machine only), not " + text);
            }
            return uri;
        }

        private static URI origin(String text) {
            URI uri = uri(text);
            boolean bare = uri.getRawPath() == null
                    || uri.getRawPath().isEmpty()
                    || uri.getRawPath().equals("/");
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (!web || uri.getHost() == null || !bare || uri.getRawQuery() != null || uri.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "scheme, host and port are needed, such as https://api.example, not " + text);
            }
            return URI.create(uri.getScheme() + "://" + uri.getRawAuthority());
        }

        private static URI uri(String text) {
            try {
                return new URI(text);
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }

        private void problem(String name, String what) {
            problems.add(ROOT + "." + name + " " + what + ".");
        }
    }
}
