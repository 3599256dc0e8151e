package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.SchemePayload;
import waybill.x402.Signature;
import waybill.x402.TransferAuthorization;
import waybill.x402.WireFormat;

/**
 * Pays x402 bills within a person's policy, never twice. The policy is checked where the signature is made, and there
 * is no other path to one. What it has held and spent is in its ledger, its only state. Thread-safe.
 *
 * <p>Closing the wallet stops its helper threads; the ledger stays open, because whoever opened it closes it.
 */
public final class Wallet implements AutoCloseable {
    private static final Duration VALID_FOR = Duration.ofMinutes(2);
    private static final Duration VALID_AT_MOST = Duration.ofMinutes(15);
    private static final Duration AFTER_DEADLINE = Duration.ofMinutes(1);
    private static final int MAX_QUOTE_BODY = 64 * 1024;

    private final PaymentSigner signer;
    private final Ledger ledger;
    private final Policy policy;
    private final Assets assets;
    private final Clock clock;
    private final @Nullable PaymentApprover approver;
    private final WalletListener listener;
    private final Map<Network, ChainNode> nodes;
    private final PaymentIds ids = new PaymentIds();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "waybill-wallet");
        thread.setDaemon(true);
        return thread;
    });

    private Wallet(Builder builder) {
        this.signer = builder.signer;
        this.ledger = builder.ledger;
        this.policy = builder.policy;
        this.assets = builder.assets;
        this.clock = builder.clock;
        this.approver = builder.approver;
        this.listener = builder.listener;
        Map<Network, ChainNode> asked = new LinkedHashMap<>();
        builder.nodes.forEach((network, rpc) -> asked.put(network, new ChainNode(network, rpc)));
        this.nodes = Map.copyOf(asked);
    }

    /** A wallet for the account of {@code signer}, with its books in {@code ledger}. */
    public static Builder builder(PaymentSigner signer, Ledger ledger) {
        return new Builder(signer, ledger);
    }

    /** Settings of a wallet; what is not set has the default that its method names. */
    public static final class Builder {
        private final PaymentSigner signer;
        private final Ledger ledger;
        private final Map<Network, URI> nodes = new LinkedHashMap<>();
        private Policy policy = Policy.defaults();
        private Assets assets = Assets.standard();
        private Clock clock = Clock.systemUTC();
        private @Nullable PaymentApprover approver;
        private WalletListener listener = WalletListener.NONE;

        private Builder(PaymentSigner signer, Ledger ledger) {
            this.signer = signer;
            this.ledger = ledger;
        }

        /** What may be spent; {@link Policy#defaults()} when not set, which pays nobody. */
        public Builder policy(Policy value) {
            policy = value;
            return this;
        }

        /** The tokens that may be paid in; {@link Assets#standard()} when not set. */
        public Builder assets(Assets value) {
            assets = value;
            return this;
        }

        /** Where time comes from; the system's clock when not set. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** Who is asked about payments above the policy's threshold; nobody when not set. */
        public Builder approver(PaymentApprover value) {
            approver = value;
            return this;
        }

        /** Who hears of every change; nobody when not set. */
        public Builder listener(WalletListener value) {
            listener = value;
            return this;
        }

        /**
         * The person's own node for a chain: balances are checked before signing, payments confirmed, and held amounts
         * freed once the chain proves that they cannot be collected.
         */
        public Builder node(Network network, URI rpc) {
            nodes.put(network, rpc);
            return this;
        }

        /** The wallet. Nothing is sent or read yet. */
        public Wallet build() {
            return new Wallet(this);
        }
    }

    /** The account that pays. */
    public Address address() {
        return signer.address();
    }

    /** What may be spent. */
    public Policy policy() {
        return policy;
    }

    /** The last {@code limit} payments and refusals, newest first. */
    public List<PaymentRecord> payments(int limit) {
        return ledger.payments(limit);
    }

    /** One payment or refusal. */
    public Optional<PaymentRecord> payment(String id) {
        return ledger.payment(id);
    }

    /** What is spent and what is held, by token. */
    public Totals totals() {
        return ledger.totals();
    }

    /**
     * What the account holds on the chain, held amounts included.
     *
     * @throws IOException when the node does not answer, or none is configured for the token's chain
     */
    public Amount balance(Asset asset) throws IOException {
        ChainNode node = nodes.get(asset.network());
        if (node == null) {
            throw new IOException("no node is configured for " + asset.network() + "; set waybill.wallet.rpc");
        }
        return new Amount(asset, node.balanceOf(asset, address()));
    }

    /** Stops every new signature, at once. A person's command. */
    public void freeze(String reason) {
        ledger.freeze(reason, clock.instant());
    }

    /** Lets the wallet sign again. A person's command. */
    public void unfreeze() {
        ledger.unfreeze(clock.instant());
    }

    /** Why the wallet is frozen; empty when it is not. */
    public Optional<String> frozen() {
        return ledger.frozen();
    }

    /**
     * Frees the amount of an unresolved payment without proof. A person's command, for a wallet without a node; it is
     * refused while the seller could still collect.
     *
     * @throws IllegalArgumentException when there is no such payment
     * @throws IllegalStateException when it is not unresolved, or its authorisation has not run out
     */
    public PaymentRecord release(String paymentId) {
        PaymentRecord payment =
                ledger.payment(paymentId).orElseThrow(() -> new IllegalArgumentException("no payment " + paymentId));
        Instant until = payment.validBefore();
        if (!payment.state().unresolved()) {
            throw new IllegalStateException("payment " + paymentId + " is " + payment.state()
                    + "; only a PENDING, UNKNOWN or REJECTED one can be released");
        }
        if (until != null && !clock.instant().isAfter(until)) {
            throw new IllegalStateException(
                    "payment " + paymentId + " can be collected until " + until + "; release it after that");
        }
        return told(ledger.move(paymentId, new Step.Voided("released by a person"), clock.instant()));
    }

    /**
     * Asks the chain about every payment whose end is not proven, and writes down what it shows: settled ones are
     * confirmed, and ones that can never be collected free their amounts. Payments on chains without a node stay.
     *
     * @return the payments that changed
     * @throws IOException when a node does not answer; what was learnt before that is kept
     */
    public List<PaymentRecord> reconcile() throws IOException {
        List<PaymentRecord> changed = new ArrayList<>();
        for (PaymentRecord payment : ledger.unproven()) {
            try {
                reconcile(payment).ifPresent(changed::add);
            } catch (IllegalStateException e) {
                // a call has moved it on meanwhile, and will leave it where the next look finds it
            }
        }
        return changed;
    }

    private Optional<PaymentRecord> reconcile(PaymentRecord payment) throws IOException {
        Amount amount = payment.amount();
        Address payTo = payment.payTo();
        Instant validBefore = payment.validBefore();
        ChainNode node = amount == null ? null : nodes.get(amount.asset().network());
        if (amount == null || payTo == null || validBefore == null || node == null) {
            return Optional.empty();
        }
        var nonce = ledger.nonce(payment.id());
        if (node.nonceUsed(amount.asset(), payment.payer(), nonce, "latest")) {
            var facts = new ChainNode.PaymentFacts(
                    amount,
                    payment.payer(),
                    payTo,
                    payment.createdAt().minus(VALID_AT_MOST).getEpochSecond(),
                    validBefore.getEpochSecond());
            Optional<String> transaction = node.transfer(facts, nonce, payment.transaction());
            return transaction.map(hash -> told(ledger.confirm(payment.id(), hash, clock.instant())));
        }
        if (!payment.state().unresolved()) {
            return Optional.empty(); // claimed, and not on the chain yet
        }
        ChainNode.Block block = node.finalised();
        boolean neverToBeCollected = block.seconds() > validBefore.getEpochSecond()
                && !node.nonceUsed(amount.asset(), payment.payer(), nonce, ChainNode.tag(block));
        if (!neverToBeCollected) {
            return Optional.empty();
        }
        String proof = "the authorisation ran out at " + validBefore + " and block " + block.number()
                + ", which is final, shows its nonce unused";
        return Optional.of(told(ledger.move(payment.id(), new Step.Voided(proof), clock.instant())));
    }

    /**
     * Asks what a request would cost, without paying.
     *
     * @param client sends the request once; it must not follow redirects
     * @return empty when the answer is no 402 with an x402 bill
     * @throws PaymentException when there is a bill but none of its offers is understood
     */
    public Optional<Quote> quote(HttpClient client, HttpRequest request) throws IOException, InterruptedException {
        if (client.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException(
                    "a client that follows redirects does not say whose price it is; use HttpClient.Redirect.NEVER");
        }
        HttpResponse<?> response = client.send(request, info -> new BoundedBytes(MAX_QUOTE_BODY));
        if (response.statusCode() != 402 || !hasBill(response.headers())) {
            return Optional.empty();
        }
        Call call = call(request.method(), request.uri(), new byte[0], "", Map.of());
        try {
            return Optional.of(choose(call, bill(response.headers())));
        } catch (Refusal refusal) {
            throw new PaymentException(refusal.code, null, refusal.sentence, null);
        }
    }

    // ---- the clients' side ------------------------------------------------------------------------------------------

    static boolean hasBill(HttpHeaders headers) {
        return headers.firstValue(Headers.PAYMENT_REQUIRED).isPresent();
    }

    ExecutorService threads() {
        return threads;
    }

    Call call(String method, URI url, byte[] body, String intent, Map<String, String> tags) {
        return new Call(fingerprint(method, url, body, intent), address(), method, url, tags);
    }

    private String fingerprint(String method, URI url, byte[] body, String intent) {
        MessageDigest digest = sha256();
        String payer = address().toString();
        for (byte[] part :
                List.of(utf8(method), utf8(url.toString()), sha256().digest(body), utf8(payer), utf8(intent))) {
            digest.update(new byte[] {
                (byte) (part.length >>> 24), (byte) (part.length >>> 16), (byte) (part.length >>> 8), (byte) part.length
            });
            digest.update(part);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * The payment that an earlier, identical call left behind, ready to be sent again; empty when the call is new.
     *
     * @throws PaymentException when that payment has not ended and cannot be sent again
     */
    Optional<Payment> resume(Call call) throws PaymentException {
        try {
            Optional<Unanswered> found = ledger.unanswered(call.fingerprint(), clock.instant());
            if (found.isEmpty()) {
                return Optional.empty();
            }
            PaymentRecord before = found.get().payment();
            String header = found.get().header();
            Optional<PaymentRecord> again = header == null || found.get().inFlight()
                    ? Optional.empty()
                    : ledger.resend(before.id(), clock.instant());
            if (again.isPresent() && header != null) {
                return Optional.of(new Payment(told(again.get()), header));
            }
            if (!found.get().inFlight() && endedOnChain(call, before)) {
                return Optional.empty();
            }
            throw duplicate(call, before);
        } catch (LedgerException e) {
            throw unavailable(e);
        }
    }

    /** Whether the chain shows that an unresolved payment has ended, so that the same call may be made anew. */
    private boolean endedOnChain(Call call, PaymentRecord payment) {
        try {
            return reconcile(payment).isPresent()
                    && ledger.unanswered(call.fingerprint(), clock.instant()).isEmpty();
        } catch (IOException e) {
            return false; // nothing learnt: the payment stays as it is
        }
    }

    private PaymentException duplicate(Call call, PaymentRecord before) {
        return refused(
                call, null, null, PaymentCode.DUPLICATE_PAYMENT, Sentences.duplicate(before.id(), before.state()));
    }

    /**
     * Answers a bill: chooses an offer, asks whom must be asked, reserves, signs, and writes down the signed payment.
     * The steps are in this order and there is no other way to a signature.
     *
     * @param timeout of the request, or null
     * @throws PaymentException when nothing was signed
     */
    Payment pay(Call call, HttpHeaders headers, @Nullable Duration timeout) throws PaymentException {
        Quote quote = null;
        try {
            refuseWhenFrozen();
            permit(policy.judge(call.url()));
            quote = choose(call, bill(headers));
            permit(quote.decision());
            String id = ids.next(clock.instant());
            boolean approved = approve(id, call, quote);
            checkFunds(quote);
            Purchase purchase = purchase(id, call, quote, timeout, approved);
            PaymentRecord held = reserve(purchase, quote);
            String header = sign(held, purchase, quote);
            ledger.move(id, new Step.Signed(header), clock.instant());
            return new Payment(told(ledger.move(id, new Step.Sent(), clock.instant())), header);
        } catch (Refusal refusal) {
            if (refusal.recorded != null) {
                told(refusal.recorded);
                throw new PaymentException(refusal.code, refusal.recorded.id(), refusal.sentence, refusal.getCause());
            }
            throw refused(
                    call,
                    quote == null ? null : quote.amount(),
                    quote == null ? null : quote.payTo(),
                    refusal.code,
                    refusal.sentence);
        } catch (LedgerException e) {
            throw unavailable(e);
        }
    }

    private void refuseWhenFrozen() {
        Optional<String> frozen = ledger.frozen();
        if (frozen.isPresent()) {
            throw new Refusal(PaymentCode.KILL_SWITCH, Sentences.frozen(frozen.get()), null, null);
        }
    }

    private static PaymentRequired bill(HttpHeaders headers) {
        List<String> values = headers.allValues(Headers.PAYMENT_REQUIRED);
        if (values.size() != 1) {
            throw new Refusal(
                    PaymentCode.BILL_MALFORMED,
                    "the 402 carries " + values.size() + " bills; one is expected",
                    null,
                    null);
        }
        if (values.get(0).length() > WireFormat.MAX_HEADER_CHARS) {
            throw new Refusal(
                    PaymentCode.BILL_TOO_LARGE,
                    "the bill has " + values.get(0).length() + " characters; at most " + WireFormat.MAX_HEADER_CHARS
                            + " are read",
                    null,
                    null);
        }
        try {
            return WireFormat.paymentRequired(values.get(0));
        } catch (MalformedWireException e) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, Words.cut(e.getMessage(), 300), null, null);
        }
    }

    /** The cheapest offer that the policy and what is known of the payee leave; the same offer twice counts once. */
    private Quote choose(Call call, PaymentRequired bill) {
        requireSameHost(call, bill);
        OfferReader reader = new OfferReader(assets, policy);
        List<OfferReader.Reading.Understood> understood = new ArrayList<>();
        List<OfferReader.Reading.Foreign> foreign = new ArrayList<>();
        for (Offer offer : new LinkedHashSet<>(bill.accepts())) {
            OfferReader.Reading reading = reader.read(offer);
            if (reading instanceof OfferReader.Reading.Understood one) {
                understood.add(one);
            } else if (reading instanceof OfferReader.Reading.Foreign other) {
                foreign.add(other);
            }
        }
        if (understood.isEmpty()) {
            throw new Refusal(
                    foreign.get(0).code(),
                    foreign.get(0).message()
                            + (foreign.size() == 1
                                    ? ""
                                    : " (and " + (foreign.size() - 1) + " more offers that are not understood)"),
                    null,
                    null);
        }
        understood.sort(Comparator.comparing(one -> Dollars.of(one.amount())));
        OfferReader.Reading.Understood best = understood.stream()
                .filter(one -> !payeeIsAnother(call, one))
                .findFirst()
                .orElse(understood.get(0));
        requireOnePayee(call, best, understood);
        return new Quote(
                call.method(),
                call.url(),
                best.amount(),
                best.payTo(),
                best.offer(),
                bill.resource(),
                policy.judge(best.amount(), approver != null),
                clock.instant());
    }

    /** A bill for another host's resource is somebody else's bill. */
    private static void requireSameHost(Call call, PaymentRequired bill) {
        String named;
        try {
            named = URI.create(bill.resource().url()).getHost();
        } catch (IllegalArgumentException e) {
            return; // text that names no host contradicts nothing
        }
        if (named != null && !named.equalsIgnoreCase(call.url().getHost())) {
            throw new Refusal(
                    PaymentCode.RESOURCE_MISMATCH,
                    "the request went to " + call.url().getHost() + ", the bill is for a resource of "
                            + Words.cut(named, 100),
                    null,
                    null);
        }
    }

    private @Nullable Address expectedPayee(Call call, Asset asset) {
        Origin origin;
        try {
            origin = Origin.of(call.url());
        } catch (IllegalArgumentException e) {
            return null; // a quote may be asked of a place that is never paid
        }
        Address named = policy.payee(origin);
        return named != null ? named : ledger.payee(origin, asset).orElse(null);
    }

    private boolean payeeIsAnother(Call call, OfferReader.Reading.Understood offer) {
        Address expected = expectedPayee(call, offer.amount().asset());
        return expected != null && !expected.equals(offer.payTo());
    }

    /** Two payees at the same price, neither known: the bill does not say whom it is from. */
    private void requireOnePayee(
            Call call, OfferReader.Reading.Understood best, List<OfferReader.Reading.Understood> understood) {
        if (expectedPayee(call, best.amount().asset()) != null) {
            return;
        }
        for (OfferReader.Reading.Understood other : understood) {
            if (other.amount().equals(best.amount()) && !other.payTo().equals(best.payTo())) {
                throw new Refusal(
                        PaymentCode.PAYEE_NOT_ALLOWED,
                        "the bill names two payees for the same price, " + best.payTo() + " and " + other.payTo()
                                + ". A person names the right one with waybill.wallet.payees",
                        null,
                        null);
            }
        }
    }

    private static void permit(Decision decision) {
        if (decision instanceof Decision.Denied denied) {
            throw new Refusal(denied.code(), denied.message(), null, null);
        }
    }

    /** Asks a person where the policy, or a first payment above its cap, wants one. */
    private boolean approve(String id, Call call, Quote quote) {
        PaymentApprover asked = approver;
        if (asked == null) {
            return false;
        }
        boolean needed = quote.decision() instanceof Decision.NeedsApproval
                || (Dollars.of(quote.amount()).compareTo(policy.firstPayment()) > 0
                        && expectedPayee(call, quote.amount().asset()) == null);
        if (!needed) {
            return false;
        }
        Reservation begun = ledger.awaitApproval(id, call, quote.amount(), quote.payTo(), clock.instant());
        if (begun instanceof Reservation.Refused refused) {
            throw refusal(refused.payment());
        }
        told(begun.payment());
        String no = answer(asked, id, quote);
        if (no != null) {
            PaymentRecord denied = ledger.deny(
                    id, call, quote.amount(), quote.payTo(), PaymentCode.APPROVAL_DENIED, no, clock.instant());
            throw refusal(denied);
        }
        return true;
    }

    /** Null for yes, a sentence for no. */
    private @Nullable String answer(PaymentApprover asked, String id, Quote quote) {
        Future<Boolean> answer = threads.submit(() -> asked.approves(id, quote));
        try {
            boolean yes = answer.get(policy.approvalTimeout().toMillis(), TimeUnit.MILLISECONDS);
            return yes ? null : "a person said no to " + quote.amount() + " for " + quote.origin();
        } catch (TimeoutException e) {
            return "nobody answered within " + policy.approvalTimeout().toSeconds() + " s to " + quote.amount()
                    + " for " + quote.origin() + " (waybill.wallet.approval-timeout)";
        } catch (ExecutionException e) {
            return "the approver failed: " + e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the wait for a person was interrupted";
        } finally {
            answer.cancel(true);
        }
    }

    /** Without a node, or without its answer, the seller will find out. A node of another chain is a mistake to mend. */
    private void checkFunds(Quote quote) {
        Asset asset = quote.amount().asset();
        ChainNode node = nodes.get(asset.network());
        if (node == null) {
            return;
        }
        BigInteger balance;
        try {
            balance = node.balanceOf(asset, address());
        } catch (ChainNode.WrongChainException e) {
            throw new Refusal(
                    PaymentCode.NETWORK_NOT_ALLOWED,
                    e.getMessage() + "; a person mends waybill.wallet.rpc",
                    null,
                    null);
        } catch (IOException e) {
            return;
        }
        BigInteger held = ledger.totals().held().stream()
                .filter(sum -> sum.asset().equals(asset))
                .map(Amount::atomic)
                .findFirst()
                .orElse(BigInteger.ZERO);
        if (balance.subtract(held).compareTo(quote.amount().atomic()) < 0) {
            throw new Refusal(
                    PaymentCode.INSUFFICIENT_FUNDS,
                    quote.amount() + " was asked; " + address() + " has " + new Amount(asset, balance) + " on "
                            + asset.network() + ", " + new Amount(asset, held)
                            + " of it held for payments that have not ended. Send it more",
                    null,
                    null);
        }
    }

    private Purchase purchase(String id, Call call, Quote quote, @Nullable Duration timeout, boolean approved) {
        Duration wanted = timeout == null ? VALID_FOR : max(VALID_FOR, timeout.plus(AFTER_DEADLINE));
        Duration given = Duration.ofSeconds(quote.offer().maxTimeoutSeconds());
        Duration validity = min(given, min(wanted, VALID_AT_MOST));
        TransferAuthorization authorization = new TransferAuthorization(
                address(),
                quote.payTo(),
                quote.amount().atomic(),
                BigInteger.ZERO,
                BigInteger.valueOf(clock.instant().getEpochSecond() + validity.toSeconds()),
                ledger.nonce(id));
        return new Purchase(id, call, quote.amount(), quote.payTo(), authorization, approved);
    }

    private PaymentRecord reserve(Purchase purchase, Quote quote) {
        Reservation reservation = ledger.reserve(purchase, policy.limits(quote.origin()), clock.instant());
        if (reservation instanceof Reservation.Refused refused) {
            throw refusal(refused.payment());
        }
        return reservation.payment();
    }

    private static Refusal refusal(PaymentRecord denied) {
        PaymentCode code = denied.code() == null ? PaymentCode.LEDGER_UNAVAILABLE : denied.code();
        return new Refusal(code, String.valueOf(denied.reason()), denied, null);
    }

    /** The header of the signed payment. A signature that does not recover to our account is thrown away. */
    private String sign(PaymentRecord held, Purchase purchase, Quote quote) {
        Signable.Transfer transfer = new Signable.Transfer(
                purchase.authorization(), purchase.amount().asset());
        Signature signature;
        try {
            signature = signer.sign(transfer);
            if (!address().equals(signature.recover(transfer.digest()))) {
                throw new SigningException("the signature does not recover to " + address(), null);
            }
        } catch (RuntimeException e) {
            String reason = "the signer did not sign: " + Words.cut(e.getMessage(), 200);
            PaymentRecord voided = ledger.move(held.id(), new Step.Voided(reason), clock.instant());
            throw new Refusal(PaymentCode.SIGNER_REFUSED, reason, voided, e instanceof SigningException ? e : null);
        }
        return WireFormat.encode(new PaymentPayload(
                quote.offer(),
                new SchemePayload.Eip3009(signature.toHex(), purchase.authorization()),
                quote.resource(),
                Map.of()));
    }

    /** Reads what the seller answered and writes it down. Says with what the call fails, or null when it goes on. */
    @Nullable
    PaymentException arrived(Payment payment, int status, HttpHeaders headers) {
        PaymentRecord line = payment.line();
        Step step = SettlementCheck.read(line, status, headers);
        boolean answered = status >= 200 && status < 300;
        try {
            if (line.state() == PaymentState.SETTLED) { // it was only sent again to have its answer
                return answered || step instanceof Step.Settled ? null : answerLost(line, "status " + status, null);
            }
            PaymentRecord now = told(move(payment.id(), step));
            if (answered || now.state() == PaymentState.SETTLED) {
                return null;
            }
            PaymentCode code =
                    step instanceof Step.Rejected ? PaymentCode.PAYMENT_REJECTED : PaymentCode.OUTCOME_UNKNOWN;
            return new PaymentException(code, now.id(), held(now) + ": " + now.reason(), null);
        } catch (LedgerException e) {
            return new PaymentException(
                    PaymentCode.OUTCOME_UNKNOWN,
                    payment.id(),
                    "its end could not be written down. " + e.getMessage(),
                    e);
        }
    }

    /** The chain may have settled it while its answer was on the way; then the seller's word adds nothing. */
    private PaymentRecord move(String id, Step step) {
        try {
            return ledger.move(id, step, clock.instant());
        } catch (IllegalStateException e) {
            return ledger.payment(id)
                    .filter(payment -> payment.state() == PaymentState.SETTLED)
                    .orElseThrow(() -> e);
        }
    }

    private static String held(PaymentRecord payment) {
        return payment.amount() + " to " + payment.payTo() + " stays held until the chain or " + payment.validBefore()
                + " tells";
    }

    /** The answer of a paid call is whole, or its reader has had enough of it. */
    void answered(Payment payment) {
        ledger.callEnded(payment.id(), true, clock.instant());
    }

    /** A paid call failed before its answer was whole. */
    PaymentException failed(Payment payment, Throwable failure) {
        try {
            PaymentRecord now = ledger.payment(payment.id()).orElse(payment.line());
            if (now.state() == PaymentState.SETTLED) {
                return answerLost(now, String.valueOf(failure.getMessage()), failure);
            }
            if (now.state() == PaymentState.SENT) {
                String reason = "the connection failed after the payment was sent: "
                        + failure.getClass().getSimpleName();
                now = told(ledger.move(now.id(), new Step.Unknown(reason), clock.instant()));
            }
            return new PaymentException(
                    PaymentCode.OUTCOME_UNKNOWN, now.id(), held(now) + ": " + now.reason(), failure);
        } catch (LedgerException e) {
            PaymentException unknown = new PaymentException(
                    PaymentCode.OUTCOME_UNKNOWN,
                    payment.id(),
                    "its end could not be written down. " + e.getMessage(),
                    e);
            unknown.addSuppressed(failure);
            return unknown;
        }
    }

    private PaymentException answerLost(PaymentRecord settled, String why, @Nullable Throwable failure) {
        PaymentRecord lost = told(ledger.callEnded(settled.id(), false, clock.instant()));
        return new PaymentException(
                PaymentCode.ANSWER_LOST,
                lost.id(),
                lost.amount() + " is paid (" + lost.transaction() + "), but the answer did not arrive: "
                        + Words.cut(why, 200) + ". Until " + lost.validBefore()
                        + " the same request sends the same payment again, not a new one",
                failure);
    }

    private PaymentException refused(
            Call call, @Nullable Amount amount, @Nullable Address payTo, PaymentCode code, String sentence) {
        Instant now = clock.instant();
        try {
            PaymentRecord denied = told(ledger.deny(ids.next(now), call, amount, payTo, code, sentence, now));
            return new PaymentException(code, denied.id(), sentence, null);
        } catch (LedgerException e) {
            PaymentException refused = new PaymentException(code, null, sentence, null);
            refused.addSuppressed(e);
            return refused;
        }
    }

    private static PaymentException unavailable(LedgerException e) {
        return new PaymentException(PaymentCode.LEDGER_UNAVAILABLE, null, String.valueOf(e.getMessage()), e);
    }

    private PaymentRecord told(PaymentRecord payment) {
        try {
            listener.onChange(payment);
        } catch (RuntimeException e) {
            // a listener cannot break a payment
        }
        return payment;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** Leaves the steps of {@link #pay} early; never leaves this class. */
    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final PaymentCode code;
        private final String sentence;
        private final transient @Nullable PaymentRecord recorded;

        Refusal(PaymentCode code, String sentence, @Nullable PaymentRecord recorded, @Nullable Throwable cause) {
            super(sentence, cause, false, false);
            this.code = code;
            this.sentence = sentence;
            this.recorded = recorded;
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
