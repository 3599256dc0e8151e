package waybill.seller;

import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;
import waybill.x402.VerifyResponse;
import waybill.x402.WireFormat;

/**
 * Stands before priced routes and lets one request through per payment. It knows no transport: the host hands it what
 * arrived and sends what it says. It never answers a payment that it has claimed with a new bill, and never lets an answer
 * go that is not known to be paid. Its mutable state is the {@link ClaimStore}, and a set of the payments in flight in
 * this process. Thread-safe; {@link #admit} blocks on the facilitator.
 *
 * <pre>
 * headers → payment → claimed before? → our quote? → verify → name taken? → claim → handler → settle → release
 *         → no payment, signed in → paid before? → handler → release
 * </pre>
 */
public final class PaymentGate {
    private static final System.Logger LOG = System.getLogger(PaymentGate.class.getName());
    private static final long PRUNE_EVERY_SECONDS = 60;

    private final Facilitator facilitator;
    private final ClaimStore store;
    private final Clock clock;
    private final InFlight inFlight = new InFlight();
    private final Bills bills;
    private final Replies replies;
    private final PaymentReader reader;
    private final Settling settling;
    private final Returning returning;
    private final Outcomes outcomes;
    private final Visits visits;
    private final @Nullable MeteredClaims metered;
    private final AtomicLong nextPrune = new AtomicLong();

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
        this.clock = clock;
        Quotes quotes = new Quotes(store.quoteKey(), random, settings.quoteLife());
        Receipts receipts = new Receipts(settings.receipts(), clock);
        Asking asking = new Asking(facilitator, store.shared(), receipts, clock);
        this.visits = new Visits(store, store.quoteKey(), random, clock);
        this.bills = new Bills(quotes, facilitator, visits, receipts);
        this.replies = new Replies(bills, settings, clock);
        this.reader = new PaymentReader(quotes, store, clock);
        this.settling = new Settling(store, asking, replies, inFlight, settings, clock);
        this.returning = new Returning(store, asking, settling, replies, inFlight);
        this.outcomes = new Outcomes(store, clock);
        this.metered = exposure == null ? null : new MeteredClaims(store, exposure);
    }

    /** A gate with default settings. */
    public static PaymentGate of(Facilitator facilitator, ClaimStore store) {
        return new PaymentGate(facilitator, store, GateSettings.defaults(), Clock.systemUTC(), new SecureRandom());
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
            return Replies.inVersionOf(request, decide(request));
        } catch (ClaimStoreException e) {
            LOG.log(Level.ERROR, "claim store", e);
            return replies.unavailable(
                    "store_unavailable", "payments cannot be recorded now; send the same request again later");
        }
    }

    private Admission decide(PricedRequest request) {
        int payments = request.payments().size() + request.v1Payments().size();
        if (payments > 1) {
            return replies.malformed("send one payment header, once; "
                    + request.payments().size() + " "
                    + Headers.PAYMENT_SIGNATURE + " and " + request.v1Payments().size() + " " + Headers.V1_PAYMENT
                    + " arrived");
        }
        if (payments == 0) {
            Optional<Address> visitor = visits.admitted(request);
            if (visitor.isPresent()) {
                return replies.opened(visitor.get());
            }
            return replies.bill(request, "payment_required", "this request is paid: the offers are in this answer");
        }
        PaymentReader.Reading reading;
        try {
            reading = reader.read(request);
        } catch (MalformedWireException e) {
            return replies.malformed(String.valueOf(e.getMessage()));
        }
        if (reading instanceof PaymentReader.Reading.Not not) {
            return replies.bill(request, not.code(), not.message());
        }
        PaymentReader.Reading.Understood understood = (PaymentReader.Reading.Understood) reading;
        Purchase purchase = understood.purchase();
        Optional<Claim> known = store.find(purchase.key());
        if (known.isPresent()) {
            return returning.again(request, purchase, known.get());
        }
        Quotes.Check check = understood.check().get();
        if (check instanceof Quotes.Check.Bad bad) {
            return replies.bill(request, bad.code(), bad.message());
        }
        Offer required = ((Quotes.Check.Good) check).required();
        return inFlight.owned(
                purchase.hash(),
                () -> store.find(purchase.key()) // a copy may have come and gone between the first look and our turn
                        .map(claim -> returning.again(request, purchase, claim))
                        .orElseGet(() -> first(request, purchase, required)),
                replies::inProgress);
    }

    /** A payment never seen before: verify, then claim. */
    private Admission first(PricedRequest request, Purchase purchase, Offer required) {
        String kept = WireFormat.encode(new PaymentPayload(
                required, purchase.signed(), request.resource(), bills.forSettlement(request, purchase.payment())));
        if (kept.length() > WireFormat.MAX_HEADER_CHARS) { // what is kept must be read again to be settled
            return replies.malformed("the payment is too long: with what belongs to this request it has "
                    + kept.length() + " characters, at most " + WireFormat.MAX_HEADER_CHARS + " are kept");
        }
        Admission.Declined refusal = verified(request, purchase, required);
        if (refusal != null) {
            return refusal;
        }
        if (nameTaken(purchase)) {
            return replies.nameTaken();
        }
        Address payer = purchase.authorisation().payer();
        Claim wanted = new Claim(
                purchase.key(),
                purchase.hash(),
                purchase.request(),
                creditFor(request, payer, required),
                kept,
                purchase.authorisation().end(),
                Claim.State.RUNNING,
                null,
                null,
                required.scheme().equals(Offer.UPTO) ? MeteredClaims.begun(required, payer) : null,
                marks(request, purchase));
        if (wanted.metered() != null) {
            return metered(request, purchase, wanted, wanted.metered(), required);
        }
        Optional<Claim> opened = store.open(wanted, credited(required, payer));
        if (opened.isEmpty()) {
            return taken(request, purchase);
        }
        Admitted admitted = new Admitted(settling, request, opened.get(), payer, null);
        if (PriceTag.UPFRONT.equals(required.extraText(PriceTag.FLOW))
                && admitted.settleFirst() instanceof Settlement.Withheld withheld) {
            return withheld.answer();
        }
        return admitted;
    }

    /** Null when the facilitator passes the payment, and what it says of it is true. */
    private Admission.@Nullable Declined verified(PricedRequest request, Purchase purchase, Offer required) {
        VerifyResponse verdict;
        try {
            verdict = facilitator.verify(purchase.payment(), required);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "verify: no verdict", e);
            return replies.notChecked();
        }
        if (!verdict.valid()) {
            String reason = verdict.reason() == null ? "invalid_payload" : Replies.printable(verdict.reason(), 100);
            String message =
                    verdict.message() == null ? "the payment does not hold" : Replies.printable(verdict.message(), 200);
            return replies.bill(request, reason, message);
        }
        Authorisation authorisation = purchase.authorisation();
        String lie = authorisation.payer().equals(verdict.payer())
                ? authorisation.contradicts(required)
                : "it names another payer";
        if (lie != null) {
            LOG.log(Level.ERROR, "the facilitator passed a payment although " + lie);
            return replies.notChecked();
        }
        return null;
    }

    /** The same for what is sold by use: the ceiling is opened within what the payer can pay. */
    private Admission metered(
            PricedRequest request, Purchase purchase, Claim wanted, Claim.Metered begun, Offer required) {
        if (metered == null) {
            return replies.unavailable("not_sold_by_use", "nothing is sold by use here any more; nothing was charged");
        }
        Address payer = purchase.authorisation().payer();
        MeteredClaims.Opening opening;
        try {
            opening = metered.open(wanted, begun, required, payer);
        } catch (FacilitatorException e) {
            LOG.log(Level.WARNING, "a payer's funds could not be seen", e);
            return replies.notChecked();
        }
        if (opening instanceof MeteredClaims.Opening.Refused refused) {
            return replies.tooMuchOpen(refused.code(), refused.message());
        }
        return opening instanceof MeteredClaims.Opening.Opened
                ? new Admitted(settling, request, wanted, payer, required)
                : taken(request, purchase);
    }

    private Admission taken(PricedRequest request, Purchase purchase) {
        Optional<Claim> claim = store.find(purchase.key());
        if (claim.isPresent()) {
            return returning.again(request, purchase, claim.get());
        }
        return nameTaken(purchase) ? replies.nameTaken() : replies.inProgress();
    }

    private boolean nameTaken(Purchase purchase) {
        String identifier = purchase.identifier();
        return identifier != null
                && store.findByIdentifier(identifier)
                        .filter(claim -> !claim.payment().equals(purchase.hash()))
                        .isPresent();
    }

    private Claim.Marks marks(PricedRequest request, Purchase purchase) {
        Reopening reopening = request.reopening();
        return new Claim.Marks(
                purchase.identifier(),
                reopening == null ? null : Visits.visit(purchase.authorisation().payer(), request),
                reopening == null ? null : clock.instant().plus(reopening.lasts()));
    }

    /**
     * Asks the facilitator about every settlement that was left open, by a crash or a lost connection. Call it at start
     * and every half minute or so.
     *
     * @return how many came to an end
     */
    public int reconcile() {
        return settling.reconcile();
    }

    /**
     * What became of a metered answer, by the id that {@link Admitted#outcomeId()} gave; empty when there is no such, or
     * nothing was charged for it.
     */
    public Optional<StreamOutcome> outcome(String id) {
        return outcomes.of(id);
    }

    /**
     * Forgets what a payer owes, on a person's word: it was delivered, could not be settled while the payment was good, and
     * blocks the payer.
     *
     * @param id as {@link Admitted#outcomeId()} gave it
     * @return false when there is no such debt
     */
    public boolean forgive(String id) {
        return outcomes.forgive(id);
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

    private void prune() {
        Instant now = clock.instant();
        long second = now.getEpochSecond();
        long due = nextPrune.get();
        if (second >= due && nextPrune.compareAndSet(due, second + PRUNE_EVERY_SECONDS)) {
            store.prune(now);
        }
    }
}
