package waybill.seller;

import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Signed;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;
import waybill.x402.VerifyResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/**
 * Stands before priced routes and lets one request through per payment. It knows no transport: the host hands it what
 * arrived and sends what it says. It never answers a payment that it has claimed with a new bill, and never lets an answer
 * go that is not known to be paid. Its mutable state is the {@link ClaimStore}, and a set of the payments in flight in
 * this process. Thread-safe; {@link #admit} blocks on the facilitator.
 *
 * <pre>
 * headers → payment → claimed before? → our quote? → verify → claim → handler → settle → release
 * </pre>
 */
public final class PaymentGate {
    private static final System.Logger LOG = System.getLogger(PaymentGate.class.getName());
    private static final Duration UNKNOWN_AFTER_END = Duration.ofHours(1);
    private static final String VARY = Headers.PAYMENT_SIGNATURE + ", " + Headers.V1_PAYMENT;
    private static final String ALLOWANCE_REQUIRED = "permit2_allowance_required";
    private static final long PRUNE_EVERY_SECONDS = 60;
    private static final int RECONCILE_BATCH = 100;
    private static final Pattern OUTCOME_ID = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern USED = Pattern.compile("(nonce_already_used|permit2_invalid_nonce)$");

    private final Facilitator facilitator;
    private final ClaimStore store;
    private final GateSettings settings;
    private final Clock clock;
    private final Quotes quotes;
    private final Bills bills;

    /** Hashes of the payments being served by this process right now. */
    private final Set<String> inFlight = ConcurrentHashMap.newKeySet();

    private final AtomicLong nextPrune = new AtomicLong();
    private final @Nullable MeteredClaims metered;

    /** A gate over its own claim store; two gates that share a payee share a store, or each payment opens a request at both. */
    public PaymentGate(
            Facilitator facilitator, ClaimStore store, GateSettings settings, Clock clock, SecureRandom random) {
        this(facilitator, store, settings, clock, random, null);
    }

    /**
     * A gate that also sells by use, under {@code upto}.
     *
     * @param exposure how much it leaves open of one payer; null sells nothing by use
     */
    public PaymentGate(
            Facilitator facilitator,
            ClaimStore store,
            GateSettings settings,
            Clock clock,
            SecureRandom random,
            @Nullable Exposure exposure) {
        this.facilitator = facilitator;
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.quotes = new Quotes(store.quoteKey(), random, settings.quoteLife());
        this.bills = new Bills(quotes, facilitator);
        this.metered = exposure == null ? null : new MeteredClaims(store, exposure);
    }

    /** A gate with default settings. */
    public static PaymentGate of(Facilitator facilitator, ClaimStore store) {
        return new PaymentGate(facilitator, store, GateSettings.defaults(), Clock.systemUTC(), new SecureRandom());
    }

    /** A payment understood as a purchase of one request. */
    record Purchase(PaymentPayload payment, Signed signed, Authorisation authorisation, String hash, String request) {
        String key() {
            return authorisation.key();
        }
    }

    /** What a facilitator's settle came to. */
    private sealed interface Outcome {
        record Paid(SettlementResponse response) implements Outcome {}

        record Failed(SettlementResponse response) implements Outcome {}

        /** Nobody knows yet; the response is there when it names a pending transaction. */
        record Unknown(@Nullable SettlementResponse response) implements Outcome {}
    }

    /**
     * Decides about one request. After {@link Admitted} the host runs its handler and must bring the admission to an end
     * ({@link Admitted#close()} does, whatever happened).
     */
    public Admission admit(PricedRequest request) {
        if (metered == null && request.tags().stream().anyMatch(PriceTag::metered)) {
            throw new IllegalStateException(
                    "a metered price tag at a gate without an exposure: say how much may be open");
        }
        try {
            prune();
            return inVersionOf(request, decide(request));
        } catch (ClaimStoreException e) {
            LOG.log(Level.ERROR, "claim store", e);
            return unavailable(
                    "store_unavailable", "payments cannot be recorded now; send the same request again later", null);
        }
    }

    private Admission decide(PricedRequest request) {
        if (request.payments().size() + request.v1Payments().size() > 1) {
            return malformed("send one payment header, once; "
                    + request.payments().size() + " "
                    + Headers.PAYMENT_SIGNATURE + " and " + request.v1Payments().size() + " " + Headers.V1_PAYMENT
                    + " arrived");
        }
        if (request.payments().isEmpty() && !request.version1()) {
            return bill(request, "payment_required", "this request is paid: the offers are in this answer");
        }
        Reading reading;
        try {
            reading = request.version1() ? readVersion1(request) : read(request);
        } catch (MalformedWireException e) {
            return malformed(String.valueOf(e.getMessage()));
        }
        if (reading instanceof Reading.Not not) {
            return bill(request, not.code(), not.message());
        }
        Purchase purchase = ((Reading.Understood) reading).purchase();
        Optional<Claim> known = store.find(purchase.key());
        if (known.isPresent()) {
            return again(request, purchase, known.get());
        }
        Quotes.Check check = ((Reading.Understood) reading).check().get();
        if (check instanceof Quotes.Check.Bad bad) {
            return bill(request, bad.code(), bad.message());
        }
        Offer required = ((Quotes.Check.Good) check).required();
        if (!inFlight.add(purchase.hash())) {
            return inProgress();
        }
        boolean admitted = false;
        try {
            known = store.find(purchase.key()); // a copy may have come and gone between the first look and our turn
            Admission admission =
                    known.isPresent() ? again(request, purchase, known.get()) : first(request, purchase, required);
            admitted = admission instanceof Admitted;
            return admission;
        } finally {
            if (!admitted) {
                inFlight.remove(purchase.hash());
            }
        }
    }

    /** What a payment header turned out to say. */
    private sealed interface Reading {
        /** A purchase; {@code check} tells whether it is of an offer of ours that still holds. */
        record Understood(Purchase purchase, Supplier<Quotes.Check> check) implements Reading {}

        /** Nothing that could be paid with here. */
        record Not(String code, String message) implements Reading {}
    }

    private Reading read(PricedRequest request) {
        PaymentPayload payment = WireFormat.paymentPayload(request.payments().get(0));
        if (!(payment.payload() instanceof Signed signed)) {
            return new Reading.Not(
                    "unsupported_payload_type", "the payment is no authorisation of a known scheme with its signature");
        }
        Offer accepted = payment.accepted();
        Authorisation authorisation = Authorisation.of(accepted, signed);
        if (authorisation == null) {
            return new Reading.Not("no_matching_payment_requirements", "the payment names no EVM network and token");
        }
        Purchase purchase = new Purchase(
                payment,
                signed,
                authorisation,
                authorisation.hash(accepted, signed.signature()),
                request.fingerprint());
        return new Reading.Understood(purchase, () -> quotes.check(accepted, purchase.request(), now()));
    }

    /**
     * A payment of version 1 does not repeat an offer: it is for the one of ours that it fits, at today's price. As it
     * carries no quote, whoever reads the chain could repeat it, so its answer is given once.
     */
    private Reading readVersion1(PricedRequest request) {
        Version1.Payment payment = Version1.payment(request.v1Payments().get(0));
        for (PriceTag tag : request.tags()) {
            Offer offer = tag.offer();
            if (payment.payload() instanceof Signed signed
                    && Version1.canSay(offer)
                    && offer.scheme().equals(payment.scheme())
                    && offer.network().equals(payment.network())) {
                Authorisation authorisation = Authorisation.of(offer, signed);
                if (authorisation != null
                        && (authorisation.contradicts(offer) == null
                                || store.find(authorisation.key()).isPresent())) {
                    Purchase purchase = new Purchase(
                            new PaymentPayload(offer, signed, null, Map.of()),
                            signed,
                            authorisation,
                            quotes.sealed(
                                    authorisation.key() + signed.signature().toLowerCase(Locale.ROOT)),
                            request.fingerprint());
                    return new Reading.Understood(purchase, () -> new Quotes.Check.Good(offer));
                }
            }
        }
        return new Reading.Not(
                "no_matching_payment_requirements",
                "the payment fits no offer of this request: payee, amount, network");
    }

    /** A payment never seen before: verify, then claim. */
    private Admission first(PricedRequest request, Purchase purchase, Offer required) {
        String kept = WireFormat.encode(new PaymentPayload(
                required, purchase.signed(), request.resource(), bills.forSettlement(request, purchase.payment())));
        if (kept.length() > WireFormat.MAX_HEADER_CHARS) { // what is kept must be read again to be settled
            return malformed("the payment is too long: with what belongs to this request it has " + kept.length()
                    + " characters, at most " + WireFormat.MAX_HEADER_CHARS + " are kept");
        }
        Authorisation authorisation = purchase.authorisation();
        VerifyResponse verdict;
        try {
            verdict = facilitator.verify(purchase.payment(), required);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "verify: no verdict", e);
            return unavailable("facilitator_unavailable", "payments cannot be checked now; nothing was charged", null);
        }
        if (!verdict.valid()) {
            String reason = verdict.reason() == null ? "invalid_payload" : printable(verdict.reason(), 100);
            String message =
                    verdict.message() == null ? "the payment does not hold" : printable(verdict.message(), 200);
            return bill(request, reason, message);
        }
        String lie = authorisation.payer().equals(verdict.payer())
                ? authorisation.contradicts(required)
                : "it names another payer";
        if (lie != null) {
            LOG.log(Level.ERROR, "the facilitator passed a payment although " + lie);
            return unavailable("facilitator_unavailable", "payments cannot be checked now; nothing was charged", null);
        }
        Claim wanted = new Claim(
                purchase.key(),
                purchase.hash(),
                purchase.request(),
                creditFor(request, authorisation.payer(), required),
                kept,
                authorisation.end(),
                Claim.State.RUNNING,
                null,
                null,
                required.scheme().equals(Offer.UPTO) ? MeteredClaims.begun(required, authorisation.payer()) : null);
        if (wanted.metered() != null) {
            return metered(request, purchase, wanted, wanted.metered(), required);
        }
        Optional<Claim> opened = store.open(wanted, credited(required, authorisation.payer()));
        if (opened.isEmpty()) {
            return taken(request, purchase);
        }
        Admitted admitted = new Admitted(this, request, opened.get(), authorisation.payer(), null);
        if (PriceTag.UPFRONT.equals(required.extraText(PriceTag.FLOW))
                && admitted.settleFirst() instanceof Settlement.Withheld withheld) {
            return withheld.answer();
        }
        return admitted;
    }

    /** The same for what is sold by use: the ceiling is opened within what the payer can pay. */
    private Admission metered(
            PricedRequest request, Purchase purchase, Claim wanted, Claim.Metered begun, Offer required) {
        if (metered == null) {
            return unavailable("not_sold_by_use", "nothing is sold by use here any more; nothing was charged", null);
        }
        Address payer = purchase.authorisation().payer();
        MeteredClaims.Opening opening;
        try {
            opening = metered.open(wanted, begun, required, payer);
        } catch (FacilitatorException e) {
            LOG.log(Level.WARNING, "a payer's funds could not be seen", e);
            return unavailable("facilitator_unavailable", "payments cannot be checked now; nothing was charged", null);
        }
        if (opening instanceof MeteredClaims.Opening.Refused refused) {
            return declined(Admission.Why.TOO_MUCH_OPEN, refused.code(), refused.message(), retryAfter());
        }
        return opening instanceof MeteredClaims.Opening.Opened
                ? new Admitted(this, request, wanted, payer, required)
                : taken(request, purchase);
    }

    private Admission taken(PricedRequest request, Purchase purchase) {
        return store.find(purchase.key())
                .map(claim -> again(request, purchase, claim))
                .orElseGet(this::inProgress);
    }

    /** A payment whose authorisation is claimed: whatever the answer is, it is not a new bill. */
    private Admission again(PricedRequest request, Purchase purchase, Claim claim) {
        if (!claim.payment().equals(purchase.hash())) {
            return declined(
                    Admission.Why.CONFLICT,
                    "authorization_already_used",
                    "this authorisation came before in another payment; sign a new one",
                    Map.of());
        }
        if (!claim.request().equals(purchase.request())) {
            return declined(
                    Admission.Why.CONFLICT,
                    "payment_for_another_request",
                    "this payment belongs to a request with another method, path or body",
                    Map.of());
        }
        return switch (claim.state()) {
            case ANSWERED -> request.version1() ? answered(claim) : kept(claim);
            case USED -> used(claim);
            case RUNNING, SETTLING, PAID, CREDIT -> owned(purchase, () -> takenUp(request, claim.key()));
        };
    }

    /** A claim that no request of this process is working on. */
    private Admission takenUp(PricedRequest request, String key) {
        Optional<Claim> found = store.find(key); // it may have moved while we came to own it
        if (found.isEmpty()) {
            return inProgress();
        }
        Claim claim = found.get();
        return switch (claim.state()) {
            case ANSWERED -> request.version1() ? answered(claim) : kept(claim);
            case USED -> used(claim);
            case SETTLING -> resolved(request, claim);
            case CREDIT -> resumed(request, claim);
            case PAID -> { // its request broke off without a word
                store.credit(key, keepUntil());
                yield resumed(request, claim);
            }
            case RUNNING -> { // likewise, and nothing was asked of the facilitator: the next try verifies anew
                if (released(claim)) {
                    reconciled(claim);
                } else {
                    store.release(key, Claim.State.RUNNING);
                }
                yield inProgress();
            }
        };
    }

    private static Admission used(Claim claim) {
        return declined(
                Admission.Why.GONE,
                "credit_used",
                "this payment's answer failed, and a later request of the same payer was free in its place",
                paidHeaders(claim.settlement()));
    }

    private static Admission answered(Claim claim) {
        return declined(
                Admission.Why.GONE,
                "answer_not_kept",
                "this payment was answered, and the answer is not kept, or no longer",
                paidHeaders(claim.settlement()));
    }

    private Admission kept(Claim claim) {
        Answer answer = claim.answer();
        if (answer == null) {
            return answered(claim);
        }
        return new Admission.Kept(answer, paidHeaders(claim.settlement()));
    }

    /** Runs {@code step} as the one owner of the payment in this process; the owner of an admission stays it. */
    private Admission owned(Purchase purchase, Supplier<Admission> step) {
        if (!inFlight.add(purchase.hash())) {
            return inProgress();
        }
        boolean admitted = false;
        try {
            Admission admission = step.get();
            admitted = admission instanceof Admitted;
            return admission;
        } finally {
            if (!admitted) {
                inFlight.remove(purchase.hash());
            }
        }
    }

    private Admission resumed(PricedRequest request, Claim claim) {
        if (!store.resume(claim.key())) {
            return inProgress();
        }
        Claim paid = store.find(claim.key()).orElseThrow(() -> new ClaimStoreException("a claim vanished"));
        return new Admitted(this, request, paid, Authorisation.payer(paid.key()), null);
    }

    /** Asks the facilitator again about a settlement whose end was never written down. */
    private Admission resolved(PricedRequest request, Claim claim) {
        Outcome outcome = ask(claim, true);
        if (outcome instanceof Outcome.Paid paid) {
            Claim.State next =
                    claim.answer() == null && claim.metered() == null ? Claim.State.PAID : Claim.State.ANSWERED;
            if (store.settled(claim.key(), paid.response(), next, keepUntil())) {
                Claim now = store.find(claim.key()).orElseThrow(() -> new ClaimStoreException("a claim vanished"));
                return next == Claim.State.PAID
                        ? new Admitted(this, request, now, Authorisation.payer(now.key()), null)
                        : kept(now);
            }
            return notKnown(null);
        }
        return refused(request, claim, outcome);
    }

    /**
     * Asks the facilitator about every settlement that was left open, by a crash or a lost connection. Call it at start
     * and every half minute or so.
     *
     * @return how many came to an end
     */
    public int reconcile() {
        int ended = 0;
        List<Claim> batch = store.settling("", RECONCILE_BATCH);
        while (!batch.isEmpty()) {
            for (Claim claim : batch) {
                if (inFlight.add(claim.payment())) { // else its own request is at it
                    try {
                        ended += reconciled(claim) ? 1 : 0;
                    } catch (MalformedWireException e) {
                        LOG.log(Level.ERROR, "a claim that cannot be read; the others go on: " + claim.key(), e);
                    } finally {
                        inFlight.remove(claim.payment());
                    }
                }
            }
            batch = store.settling(batch.get(batch.size() - 1).key(), RECONCILE_BATCH);
        }
        return ended;
    }

    private boolean reconciled(Claim claim) {
        Claim.Metered used = claim.metered();
        if (claim.state() == Claim.State.RUNNING && used != null) { // its request broke off after something was let go
            if (!store.settlingMetered(claim.key(), used.outcome(), true, null, keepUntil())) {
                return false;
            }
            store.lost(claim.key());
        }
        Outcome outcome = ask(claim, true);
        if (outcome instanceof Outcome.Paid paid) {
            Claim.State next = claim.answer() == null && used == null ? Claim.State.CREDIT : Claim.State.ANSWERED;
            return store.settled(claim.key(), paid.response(), next, keepUntil());
        }
        if (outcome instanceof Outcome.Failed failed && released(claim)) {
            LOG.log(
                    Level.WARNING,
                    "delivered, and not settled: " + failed.response().errorReason());
            return false;
        }
        if (outcome instanceof Outcome.Failed) {
            store.release(claim.key(), Claim.State.SETTLING);
            return true;
        }
        if (outcome instanceof Outcome.Unknown unknown && unknown.response() != null) {
            store.note(claim.key(), unknown.response());
        }
        return false;
    }

    // --- what an Admitted does ---

    /** Settles a running claim; {@code answer} is null when the handler has not run yet. */
    Settlement settle(PricedRequest request, Claim claim, @Nullable Answer answer) {
        if (!store.settling(claim.key(), answer, keepUntil())) {
            return new Settlement.Withheld(notKnown(null));
        }
        Outcome outcome = ask(claim, false);
        if (outcome instanceof Outcome.Paid paid) {
            Claim.State next = answer == null ? Claim.State.PAID : Claim.State.ANSWERED;
            if (recorded(claim, paid.response(), next)) {
                return new Settlement.Settled(paid.response(), paidHeaders(paid.response()));
            }
            return new Settlement.Withheld(notKnown(null));
        }
        return new Settlement.Withheld(refused(request, claim, outcome));
    }

    /** Settles a running metered claim for what was used; {@code released} when the answer has gone out already. */
    Settlement settleMetered(
            PricedRequest request, Claim claim, StreamOutcome used, boolean released, @Nullable Answer answer) {
        if (used.amount().signum() == 0) {
            store.release(claim.key(), Claim.State.RUNNING);
            return new Settlement.NotCharged(unchargedHeaders());
        }
        if (!store.settlingMetered(claim.key(), used, released, answer, keepUntil())) {
            return new Settlement.Withheld(notKnown(null));
        }
        Claim settling = store.find(claim.key()).orElseThrow(() -> new ClaimStoreException("a claim vanished"));
        Outcome outcome = ask(settling, false);
        if (outcome instanceof Outcome.Paid paid) {
            return recorded(settling, paid.response(), Claim.State.ANSWERED)
                    ? new Settlement.Settled(paid.response(), paidHeaders(paid.response()))
                    : new Settlement.Withheld(notKnown(null));
        }
        return new Settlement.Withheld(refused(request, settling, outcome));
    }

    void checkpoint(Claim claim, StreamOutcome running) {
        if (!store.checkpoint(claim.key(), running)) {
            throw new ClaimStoreException("a running claim vanished");
        }
    }

    /**
     * What became of a metered answer, by the id that {@link Admitted#outcomeId()} gave; empty when there is no such, or
     * nothing was charged for it.
     */
    public Optional<StreamOutcome> outcome(String id) {
        if (!OUTCOME_ID.matcher(id).matches()) {
            return Optional.empty();
        }
        return store.findByPayment(id).filter(claim -> claim.metered() != null).map(this::told);
    }

    private StreamOutcome told(Claim claim) {
        StreamOutcome outcome = Objects.requireNonNull(claim.metered()).outcome();
        SettlementResponse response = claim.settlement();
        String transaction = response == null ? "" : response.transaction();
        return switch (claim.state()) {
            case RUNNING -> outcome;
            case SETTLING ->
                outcome.with(
                        released(claim) && now().isAfter(claim.validBefore())
                                ? StreamOutcome.State.OWED
                                : StreamOutcome.State.SETTLING,
                        transaction);
            default -> outcome.with(StreamOutcome.State.SETTLED, transaction);
        };
    }

    /**
     * Forgets what a payer owes, on a person's word: it was delivered, could not be settled while the payment was good, and
     * blocks the payer.
     *
     * @param id as {@link Admitted#outcomeId()} gave it
     * @return false when there is no such debt
     */
    public boolean forgive(String id) {
        return outcome(id)
                        .filter(told -> told.state() == StreamOutcome.State.OWED)
                        .isPresent()
                && store.forgive(id, now());
    }

    /**
     * The account that settles what is sold by use on {@code network}, for {@link PriceTag#upto}.
     *
     * @throws FacilitatorException when the facilitator cannot say, or settles no such thing there
     */
    public Address settlingAccount(Network network) {
        return facilitator.supported().kinds().stream()
                .filter(kind ->
                        kind.scheme().equals(Offer.UPTO) && kind.network().equals(network.toString()))
                .map(kind -> String.valueOf(kind.extra().get("facilitatorAddress")))
                .map(Address::parse)
                .findFirst()
                .orElseThrow(() -> new FacilitatorException("the facilitator settles no upto on " + network));
    }

    private static Offer charged(Offer offered, Claim.Metered metered) {
        return new Offer(
                offered.scheme(),
                offered.network(),
                metered.outcome().amount().toString(),
                offered.asset(),
                offered.payTo(),
                offered.maxTimeoutSeconds(),
                offered.extra());
    }

    private static boolean released(Claim claim) {
        return claim.metered() != null && (claim.metered().released() || claim.state() == Claim.State.RUNNING);
    }

    private boolean recorded(Claim claim, SettlementResponse response, Claim.State next) {
        try {
            return store.settled(claim.key(), response, next, keepUntil());
        } catch (ClaimStoreException e) {
            // The money has moved and the claim says SETTLING: the answer is due, and asking again will find the same.
            LOG.log(Level.ERROR, "paid, but not written down: " + claim.key(), e);
            return true;
        }
    }

    Settlement settledBefore(Claim claim) {
        SettlementResponse response = claim.settlement();
        if (response == null) {
            throw new ClaimStoreException("a paid claim has no settlement: " + claim.key());
        }
        return new Settlement.Settled(response, paidHeaders(response));
    }

    void delivered(Claim claim, @Nullable Answer answer) {
        store.answered(claim.key(), answer, keepUntil());
    }

    void failedAfterPayment(Claim claim) {
        store.credit(claim.key(), keepUntil());
    }

    void failedBeforePayment(Claim claim) {
        store.release(claim.key(), Claim.State.RUNNING); // and no later state: then somebody has been asked to settle
    }

    void ended(Claim claim) {
        inFlight.remove(claim.payment());
    }

    Map<String, String> unchargedHeaders() {
        return Map.of("Cache-Control", "no-store", "Vary", VARY);
    }

    Admission.Declined storeDown() {
        return unavailable(
                "store_unavailable", "the payment cannot be recorded now; send the same request again later", null);
    }

    // --- the facilitator ---

    private Outcome ask(Claim claim, boolean again) {
        PaymentPayload payment = WireFormat.paymentPayload(claim.payload());
        Offer offered = payment.accepted(); // ours: it was put there when the claim was made
        Offer required = claim.metered() == null ? offered : charged(offered, claim.metered());
        SettlementResponse response;
        try {
            response = facilitator.settle(payment, required);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "settle: outcome unknown for " + claim.key(), e);
            return new Outcome.Unknown(null);
        }
        if (response.success()) {
            String lie = contradiction(response, Authorisation.payer(claim.key()), required);
            if (lie != null) {
                LOG.log(Level.ERROR, "the facilitator says settled, but " + lie + ": " + claim.key());
                return new Outcome.Unknown(null);
            }
            return new Outcome.Paid(cut(response));
        }
        if (response.pending()) {
            return new Outcome.Unknown(cut(response));
        }
        if (again && mayBeAboutTheFirstTime(claim, response)) {
            return new Outcome.Unknown(null); // no ground for a new bill
        }
        return new Outcome.Failed(cut(response));
    }

    /**
     * Whether a no to the second asking may come of the first one's success, whose answer was lost. Used, but by whom? From
     * a facilitator that does not remember any no may; some time after the authorisation's end it ends the claim, for then
     * at least nothing more can move.
     */
    private boolean mayBeAboutTheFirstTime(Claim claim, SettlementResponse no) {
        return USED.matcher(String.valueOf(no.errorReason())).find()
                || (!facilitator.remembers()
                        && now().isBefore(claim.validBefore().plus(UNKNOWN_AFTER_END)));
    }

    private Admission.Declined refused(PricedRequest request, Claim claim, Outcome outcome) {
        String key = claim.key();
        if (claim.metered() != null && (released(claim) || outcome instanceof Outcome.Unknown)) {
            LOG.log(Level.ERROR, "delivered by use, and not known to be settled; its payer gets nothing more: " + key);
            store.lost(key);
        }
        if (outcome instanceof Outcome.Failed failed && !released(claim)) {
            store.release(key, Claim.State.SETTLING);
            String reason = failed.response().errorReason();
            String message = failed.response().errorMessage();
            return challenge(
                    request,
                    reason == null ? "unexpected_settle_error" : reason,
                    message == null ? "the payment could not be settled; nothing was charged" : message,
                    failed.response());
        }
        SettlementResponse pending = outcome instanceof Outcome.Unknown unknown ? unknown.response() : null;
        if (pending != null) {
            store.note(key, pending);
        }
        return notKnown(pending);
    }

    private static @Nullable String contradiction(SettlementResponse response, Address payer, Offer required) {
        if (!response.network().equals(required.network())) return "on another network";
        if (response.payer() == null || !response.payer().equalsIgnoreCase(payer.toString())) {
            return "for another payer";
        }
        if (response.amount() != null && !response.amount().equals(required.amount())) return "of another amount";
        if (!response.transaction().matches("0x[0-9a-fA-F]{64}")) return "without a transaction hash";
        return null;
    }

    /** Only what a buyer needs: no long node messages, no extensions that nobody here has read. */
    private static SettlementResponse cut(SettlementResponse response) {
        return new SettlementResponse(
                response.success(),
                printable(response.transaction(), 66).toLowerCase(Locale.ROOT),
                printable(response.network(), 64),
                response.payer() == null ? null : printable(response.payer(), 42),
                response.errorReason() == null ? null : printable(response.errorReason(), 100),
                response.errorMessage() == null ? null : printable(response.errorMessage(), 200),
                response.amount(),
                Map.of());
    }

    // --- answers ---

    private Admission.Declined bill(PricedRequest request, String code, String message) {
        return challenge(request, code, message, null);
    }

    private Admission.Declined challenge(
            PricedRequest request, String code, String message, @Nullable SettlementResponse failed) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(Headers.PAYMENT_REQUIRED, WireFormat.encode(bills.bill(request, code, now())));
        if (failed != null) {
            headers.put(Headers.PAYMENT_RESPONSE, WireFormat.encode(failed));
        }
        boolean allowance = code.equals(ALLOWANCE_REQUIRED);
        return declined(
                allowance ? Admission.Why.ALLOWANCE_REQUIRED : Admission.Why.PAYMENT_REQUIRED, code, message, headers);
    }

    private static Admission.Declined malformed(String message) {
        return declined(Admission.Why.MALFORMED, "invalid_payload", printable(message, 300), Map.of());
    }

    private Admission.Declined inProgress() {
        return declined(
                Admission.Why.IN_PROGRESS,
                "payment_in_progress",
                "this payment is being served; send the same request again for its answer",
                retryAfter());
    }

    private Admission.Declined notKnown(@Nullable SettlementResponse pending) {
        String code = pending == null ? "settlement_unknown" : SettlementResponse.SETTLEMENT_PENDING;
        return unavailable(
                code,
                "the payment is on its way and not confirmed; send the same request again, do not sign a new payment",
                pending);
    }

    private Admission.Declined unavailable(String code, String message, @Nullable SettlementResponse pending) {
        Map<String, String> headers = new LinkedHashMap<>(retryAfter());
        if (pending != null) {
            headers.put(Headers.PAYMENT_RESPONSE, WireFormat.encode(pending));
        }
        return declined(Admission.Why.UNAVAILABLE, code, message, headers);
    }

    /** With version 1's own response header, where the request is of version 1. */
    private static Admission inVersionOf(PricedRequest request, Admission admission) {
        if (admission instanceof Admission.Declined declined) {
            return inVersionOf(request, declined);
        }
        return admission;
    }

    private static Admission.Declined inVersionOf(PricedRequest request, Admission.Declined declined) {
        return new Admission.Declined(
                declined.why(), declined.code(), declined.message(), inVersionOf(request, declined.headers()));
    }

    /** The same for what is said of an admitted request. */
    static Settlement inVersionOf(PricedRequest request, Settlement settlement) {
        if (settlement instanceof Settlement.Settled settled) {
            return new Settlement.Settled(settled.response(), inVersionOf(request, settled.headers()));
        }
        return settlement instanceof Settlement.Withheld withheld
                ? new Settlement.Withheld(inVersionOf(request, withheld.answer()))
                : settlement;
    }

    private static Map<String, String> inVersionOf(PricedRequest request, Map<String, String> headers) {
        String response = headers.get(Headers.PAYMENT_RESPONSE);
        if (!request.version1() || response == null) {
            return headers;
        }
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(Headers.V1_PAYMENT_RESPONSE, Version1.encode(WireFormat.settlementResponse(response)));
        return more;
    }

    private Map<String, String> retryAfter() {
        return Map.of("Retry-After", Long.toString(settings.retryAfter().toSeconds()));
    }

    private static Admission.Declined declined(
            Admission.Why why, String code, String message, Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Cache-Control", "no-store");
        all.put("Vary", VARY);
        return new Admission.Declined(why, code, message, all);
    }

    private static Map<String, String> paidHeaders(@Nullable SettlementResponse response) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (response != null) {
            headers.put(Headers.PAYMENT_RESPONSE, WireFormat.encode(response));
        }
        headers.put("Cache-Control", "private, no-store");
        headers.put("Vary", VARY);
        return headers;
    }

    // --- names of things ---

    private static String creditFor(PricedRequest request, Address payer, Offer required) {
        return Fingerprint.of(
                "credit",
                payer.toString(),
                required.network(),
                required.asset(),
                required.payTo(),
                required.amount(),
                request.method(),
                request.route());
    }

    /** What a payer is told whose request was paid by an earlier payment: settled, for nothing, without a transaction. */
    private static SettlementResponse credited(Offer required, Address payer) {
        return new SettlementResponse(true, "", required.network(), payer.toString(), null, null, "0", Map.of());
    }

    private Instant keepUntil() {
        return now().plus(settings.keepAnswer());
    }

    private Instant now() {
        return clock.instant();
    }

    private void prune() {
        long second = now().getEpochSecond();
        long due = nextPrune.get();
        if (second >= due && nextPrune.compareAndSet(due, second + PRUNE_EVERY_SECONDS)) {
            store.prune(now());
        }
    }

    /** Text of others, cut and without control characters: it goes into headers, bodies and logs. */
    private static String printable(String text, int max) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(max).map(c -> c < 0x20 || c > 0x7e ? '?' : c).forEach(out::appendCodePoint);
        return out.toString();
    }
}
