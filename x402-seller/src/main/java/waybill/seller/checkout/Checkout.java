package waybill.seller.checkout;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.ClaimStoreException;
import waybill.seller.PaymentGate;
import waybill.seller.PriceTag;
import waybill.seller.PricedRequest;
import waybill.seller.Settlement;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Json;
import waybill.x402.Network;

/**
 * Between a matched handler and the gate: finds the handler's price and asks the gate, and says what to send. A framework's
 * filter translates its requests and answers for it. Whatever cannot be priced or recorded is refused, never free. Its only
 * state is what it has read of annotations. Thread-safe; {@link #admit} and {@link #settle} block.
 */
public final class Checkout {
    /** In a handler's answer under {@link Paid.Scheme#UPTO}: what was used, such as {@code 0.004 USDC}. It is not sent on. */
    public static final String USE_HEADER = "Waybill-Use";

    private static final System.Logger LOG = System.getLogger(Checkout.class.getName());
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:]{2,39}])(:[0-9]{1,5})?");
    private static final int THREADS = 32;
    private static final long IDLE_SECONDS = 30;
    private static final String JSON = "application/json";

    /** What belongs to one connection, one reader or one moment, and so to no copy of an answer. */
    private static final Set<String> OF_ONE_SENDING = Set.of(
            "connection", "content-length", "date", "keep-alive", "server", "set-cookie", "transfer-encoding", "vary");

    private final @Nullable PaymentGate gate; // null when nothing is sold
    private final SellerSettings settings;
    private final Prices prices;
    private final Map<Paid, List<PriceTag>> read = new ConcurrentHashMap<>();
    private final Map<Network, Address> settlers = new ConcurrentHashMap<>();
    private final Executor threads = threads();

    /**
     * A checkout in front of {@code gate}.
     *
     * @param gate null answers every paid handler with 503
     */
    public Checkout(@Nullable PaymentGate gate, SellerSettings settings, Prices prices) {
        this.gate = gate;
        this.settings = settings;
        this.prices = prices;
    }

    /**
     * Runs {@link #admit}, {@link #settle} and the like for frameworks whose own threads must not block. It runs nothing else:
     * among an application's blocking work a payment could wait behind the very handler that is to be paid.
     */
    public Executor blocking() {
        return threads;
    }

    private static Executor threads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "waybill-seller-checkout");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** What the seller has decided. */
    public SellerSettings settings() {
        return settings;
    }

    /** Whether calls of this handler are sold. When that cannot be told, they are, and will be refused. */
    public boolean sells(Matched handler) {
        if (handler.paid() != null) {
            return true;
        }
        try {
            return !prices.of(handler).isEmpty();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "no price of " + handler, e);
            return true;
        }
    }

    /**
     * What keeps this handler from being sold as its annotation says; empty when nothing does. Frameworks ask at start-up, so
     * that a wrong price is found before a buyer finds it.
     *
     * @param streams whether its answer is sent piece by piece
     */
    public List<String> problems(Matched handler, boolean streams) {
        Paid paid = handler.paid();
        if (paid == null || gate == null) {
            return List.of();
        }
        List<String> problems = new ArrayList<>();
        try {
            if (paid.scheme() == Paid.Scheme.UPTO) {
                amounts(paid).forEach(this::requireLimit);
                if (paid.upfront()) problems.add("what is sold by use cannot be paid before it is used");
            } else if (paid.value().length > 0) {
                tags(paid);
            }
            if (paid.value().length == 0 && prices.of(handler).isEmpty()) {
                problems.add("it names no price, and no Prices gives one");
            }
            if (streams && !paid.upfront()) {
                problems.add("it streams, and an answer is held back until it is paid: make it upfront = true");
            }
        } catch (RuntimeException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        return problems.stream()
                .map(problem -> handler + " cannot be sold: " + problem + ".")
                .toList();
    }

    /**
     * Decides about one request. After {@link Admitted} the handler runs, and the admission must be brought to an end.
     *
     * @param method as the handler was matched with
     * @param route the pattern that it was matched by
     * @param url absolute, with its query, as the client wrote it
     * @param body whatever the handler can read of the body
     * @param headers every value of a header by name; an empty list when it is absent
     */
    public Admission admit(
            Matched handler,
            String method,
            String route,
            String url,
            byte[] body,
            Function<String, List<String>> headers) {
        if (gate == null) {
            return unavailable("selling_is_off", "nothing is sold here now");
        }
        try {
            List<PriceTag> tags = prices.of(handler);
            if (tags.isEmpty() && handler.paid() != null) {
                tags = tags(handler.paid());
            }
            if (tags.isEmpty()) {
                LOG.log(Level.ERROR, "sold without a price: " + handler);
                return unavailable("price_unknown", "this is sold, and its price is not known now");
            }
            return gate.admit(PricedRequest.of(method, route, url, body, tags, headers));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "could not be sold: " + handler, e);
            return unavailable("price_unknown", "this is sold, and its price is not known now");
        }
    }

    /**
     * Ends an admission with the handler's answer, and says what may be sent.
     *
     * @param use the answer's {@link #USE_HEADER}, or null
     */
    public Settlement settle(Admitted admitted, Answer answer, @Nullable String use) {
        if (!admitted.metered() || use == null || answer.status() >= 400) {
            return admitted.settle(answer);
        }
        Amount used;
        try {
            used = used(admitted, use);
        } catch (IllegalArgumentException e) {
            LOG.log(Level.ERROR, "the use in " + USE_HEADER + " cannot be read; nothing is charged", e);
            admitted.close();
            return new Settlement.Withheld(
                    unavailable("use_unknown", "what this used is not known; nothing was charged"));
        }
        Amount ceiling = Amount.ofAtomic(admitted.offer().amount(), used.asset());
        if (used.compareTo(ceiling) > 0) {
            LOG.log(Level.WARNING, "used " + used + ", and the payer signed for at most " + ceiling);
            used = ceiling;
        }
        return admitted.settle(answer, used.atomic());
    }

    /** Ends an admission that was settled first, its answer gone out; {@code copy} is kept for a re-send unless it is null. */
    public void delivered(Admitted admitted, @Nullable Answer copy) {
        try {
            admitted.delivered(copy);
        } catch (ClaimStoreException e) {
            LOG.log(Level.ERROR, "delivered, and not written down; its payer keeps a credit", e);
        }
    }

    /** The answer that a refusal is. */
    public static Answer refusal(Admission.Declined declined) {
        String body = declined.version1Body().orElseGet(() -> said(declined.code(), declined.message()));
        Map<String, String> headers = new LinkedHashMap<>(declined.headers());
        headers.put("Content-Type", JSON);
        return new Answer(declined.status(), headers, body.getBytes(UTF_8));
    }

    /** A refusal that comes before the gate. */
    public static Answer refusal(int status, String code, String message) {
        return new Answer(
                status,
                Map.of("Content-Type", JSON, "Cache-Control", "no-store"),
                said(code, message).getBytes(UTF_8));
    }

    /** For a body that is longer than {@link SellerSettings#maxBody()}. */
    public Answer tooLong() {
        return refusal(
                413, "body_too_large", "the body of a paid request has at most " + settings.maxBody() + " bytes");
    }

    /** For a paid handler that was reached otherwise than by a request of its own: by a forward, or as an error page. */
    public static Answer notThisWay(Matched handler) {
        LOG.log(
                Level.ERROR,
                "refused, for it was reached around the checkout, or a filter within took its body or response first: "
                        + handler);
        return refusal(unavailable("not_sold_this_way", "this is sold to requests of its own only"));
    }

    /** For an answer that is longer than {@link SellerSettings#maxAnswer()}. */
    public Answer answerTooLong() {
        LOG.log(
                Level.ERROR,
                "an answer is longer than " + settings.maxAnswer() + " bytes; it is not sold: see max-answer");
        return refusal(500, "answer_too_large", "the answer is too long to be sold; nothing was charged");
    }

    /** Whether a header of an answer belongs to every copy of it. */
    public static boolean isOfEveryCopy(String header) {
        return !OF_ONE_SENDING.contains(header.toLowerCase(Locale.ROOT)) && !header.equalsIgnoreCase(USE_HEADER);
    }

    /**
     * The address that this caller knows: the configured one, or the one it called.
     *
     * @param target path and query as the client wrote them
     */
    public String url(String scheme, @Nullable String host, String target) {
        URI configured = settings.publicUrl();
        if (configured != null) {
            return configured + target;
        }
        boolean known = host != null && HOST.matcher(host).matches();
        return scheme + "://" + (known ? host : "localhost") + target;
    }

    private List<PriceTag> tags(Paid paid) {
        List<PriceTag> known = read.get(paid);
        if (known == null) {
            known = paid.scheme() == Paid.Scheme.UPTO ? byUse(paid) : exact(paid);
            read.put(paid, known);
        }
        return known;
    }

    private List<PriceTag> exact(Paid paid) {
        List<PriceTag> tags = new ArrayList<>();
        for (Amount amount : amounts(paid)) {
            PriceTag tag = worded(PriceTag.of(amount, settings.payTo()), paid);
            if (paid.upfront()) tag = tag.paidUpfront();
            tags.add(tag);
            if (paid.throughPermit2() && amount.asset().hasDomain()) tags.add(tag.byPermit2());
        }
        return List.copyOf(tags);
    }

    private List<PriceTag> byUse(Paid paid) {
        return amounts(paid).stream()
                .map(ceiling -> {
                    requireLimit(ceiling);
                    Address settler = settlers.computeIfAbsent(
                            ceiling.asset().network(), Objects.requireNonNull(gate)::settlingAccount);
                    return worded(PriceTag.upto(ceiling, settings.payTo(), settler), paid);
                })
                .toList();
    }

    private void requireLimit(Amount ceiling) {
        Asset asset = ceiling.asset();
        if (settings.mostOpen().stream().noneMatch(limit -> limit.asset().equals(asset))) {
            throw new IllegalArgumentException("it is sold by use for " + asset + ", and " + SellerProperties.ROOT
                    + ".most-open does not say how much of that one payer may have open");
        }
    }

    private static PriceTag worded(PriceTag tag, Paid paid) {
        return tag.described(emptyToNull(paid.description()), emptyToNull(paid.mimeType()))
                .lasting(paid.validSeconds());
    }

    private List<Amount> amounts(Paid paid) {
        return List.of(paid.value()).stream()
                .flatMap(text -> PriceText.on(text, settings.networks(), settings.assets()).stream())
                .toList();
    }

    private Amount used(Admitted admitted, String text) {
        Network network = Network.parse(admitted.offer().network());
        Asset asset = settings.assets()
                .find(network, Address.parse(admitted.offer().asset()))
                .orElseThrow(() -> new IllegalArgumentException("sold for an unknown asset"));
        return PriceText.read(text)
                .filter(written -> written.symbol().equalsIgnoreCase(asset.symbol()))
                .map(written -> Amount.parse(written.decimal(), asset))
                .orElseThrow(() -> new IllegalArgumentException(
                        "not an amount of " + asset.symbol() + ", such as 0.004 " + asset.symbol()));
    }

    private static Admission.Declined unavailable(String code, String message) {
        return new Admission.Declined(
                Admission.Why.UNAVAILABLE, code, message, Map.of("Retry-After", "1", "Cache-Control", "no-store"));
    }

    private static String said(String code, String message) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("error", code);
        body.put("message", message);
        return Json.write(body);
    }

    private static @Nullable String emptyToNull(String text) {
        return Optional.of(text).filter(given -> !given.isEmpty()).orElse(null);
    }
}
