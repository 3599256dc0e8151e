package waybill.wallet;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Permit2Contracts;
import waybill.x402.SignInChallenge;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;

/**
 * Pays x402 bills within a person's policy, never twice. The policy is checked where the signature is made, and there
 * is no other path to one. What it has held and spent is in its ledger, its only state; what sellers were seen to ask is in
 * its {@link #priceTags() price tags}, a cache. Thread-safe.
 *
 * <p>Closing the wallet stops its helper threads; the ledger stays open, because whoever opened it closes it.
 */
public final class Wallet implements AutoCloseable {
    /** How often unproven payments are looked at. */
    public static final Duration RECONCILE_EVERY = Duration.ofSeconds(30);

    private static final System.Logger LOG = System.getLogger(Wallet.class.getName());
    private static final int MAX_ANSWER_BYTES = 5 * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Policy policy;
    private final Assets assets;
    private final Map<Network, ChainNode> nodes;
    private final Journal journal;
    private final KillSwitch killSwitch;
    private final Allowances allowances;
    private final Choosing choosing;
    private final PriceTags priceTags;
    private final Approving approving;
    private final Authorising authorising;
    private final Identity identity;
    private final Reconciling reconciling;
    private final ChainClock chainClock;
    private final PaidCalls calls;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "waybill-wallet");
        thread.setDaemon(true);
        return thread;
    });

    private Wallet(Builder builder) {
        this.policy = builder.policy;
        this.assets = builder.assets;
        Map<Network, ChainNode> asked = new LinkedHashMap<>();
        builder.nodes.forEach((network, rpc) -> asked.put(network, new ChainNode(network, rpc)));
        this.nodes = Map.copyOf(asked);
        this.journal = new Journal(builder.ledger, builder.clock, builder.listener);
        this.killSwitch = new KillSwitch(journal, builder.killSwitch);
        this.allowances = new Allowances(builder.signer.address(), policy, builder.permit2, nodes, journal);
        this.choosing = new Choosing(
                builder.signer.address(),
                policy,
                builder.assets,
                builder.approver != null,
                nodes,
                journal,
                BuyerScheme.all(builder.permit2),
                allowances);
        this.priceTags = new PriceTags(policy, assets, builder.clock);
        this.approving = new Approving(builder.approver, policy, journal, threads);
        this.authorising = new Authorising(builder.signer, journal, killSwitch, builder.permit2);
        this.identity = new Identity(authorising, policy, journal);
        this.reconciling = new Reconciling(journal, nodes, builder.permit2);
        this.chainClock = new ChainClock(nodes, journal);
        this.calls = new PaidCalls(journal, killSwitch, reconciling, threads);
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
        private @Nullable Path killSwitch;
        private Permit2Contracts permit2 = Permit2Contracts.CANONICAL;

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

        /** A file whose presence freezes the wallet, as {@link KillSwitch#pull} makes it; none when not set. */
        public Builder killSwitch(Path file) {
            killSwitch = file;
            return this;
        }

        /** Where Permit2 and its proxies live; {@link Permit2Contracts#CANONICAL} when not set. */
        public Builder permit2(Permit2Contracts value) {
            permit2 = value;
            return this;
        }

        /** The wallet. Nothing is sent or read yet. */
        public Wallet build() {
            return new Wallet(this);
        }
    }

    /** The account that pays. */
    public Address address() {
        return authorising.address();
    }

    /** What may be spent. */
    public Policy policy() {
        return policy;
    }

    /** What sellers were last seen to ask. Every bill that is understood is noted there, paid or not. */
    public PriceTags priceTags() {
        return priceTags;
    }

    /** The last {@code limit} payments and refusals, newest first. */
    public List<PaymentRecord> payments(int limit) {
        return journal.ledger().payments(limit);
    }

    /** One payment or refusal. */
    public Optional<PaymentRecord> payment(String id) {
        return journal.ledger().payment(id);
    }

    /** What is spent and what is held, by token. */
    public Totals totals() {
        return journal.ledger().totals();
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

    /**
     * The wallet's own limits and how much of each is used: per payment, per hour, per day, per minute. They hold whatever
     * narrower limits say.
     */
    public List<Budget> budgets() {
        List<Budget> budgets = new ArrayList<>();
        budgets.add(new Budget(
                "per-payment",
                Scope.WALLET,
                "",
                Limit.Measure.DOLLARS,
                policy.perPayment(),
                null,
                policy.perPayment()));
        for (Limit limit : policy.rolling()) {
            if (limit.scope() == Scope.WALLET) {
                budgets.add(budget(limit, ""));
            }
        }
        return budgets;
    }

    /**
     * The narrower limits of one host, payee, agent, session or model, and how much of each is used.
     *
     * @param value such as {@code api.example.com}, or the value of the tag
     */
    public List<Budget> budgets(Scope scope, String value) {
        return policy.rolling().stream()
                .filter(limit -> limit.scope() == scope)
                .map(limit -> budget(limit, value))
                .toList();
    }

    private Budget budget(Limit limit, String value) {
        long used = journal.ledger().used(limit.scope(), value, limit.measure(), limit.window(), journal.now());
        int scale = limit.measure() == Limit.Measure.DOLLARS ? 6 : 0;
        return new Budget(
                limit.property(),
                limit.scope(),
                value,
                limit.measure(),
                BigDecimal.valueOf(limit.most(), scale),
                BigDecimal.valueOf(used, scale),
                BigDecimal.valueOf(Math.max(0, limit.most() - used), scale));
    }

    /**
     * Signed transactions, in their order, after which Permit2 may take {@code amount} of a token from the account; hex, for
     * {@code eth_sendRawTransaction}. A person's command: the account pays their gas, and what is approved stays approved.
     * Empty when it is so already.
     *
     * @param amount atomic units; 0 takes the approval back, {@link ApprovalTransaction#UNLIMITED} is for good
     * @throws IOException when the node does not answer, or none is configured for the token's chain
     * @throws IllegalStateException when the wallet is frozen and the amount is not 0
     * @throws SigningException when the signer does not sign
     */
    public List<String> approvals(Asset asset, BigInteger amount) throws IOException {
        if (amount.signum() > 0) {
            requireNotFrozen();
        }
        List<String> signed = new ArrayList<>();
        for (ApprovalTransaction approval : allowances.approvals(asset, amount)) {
            signed.add(authorising.approve(approval));
        }
        return signed;
    }

    /**
     * Who this wallet is, signed for the one site that asks, so that what was paid for before can be had again: the value of
     * the header {@code SIGN-IN-WITH-X}. It moves no money, but tells the site the account.
     *
     * @param url of the request; the message has to be for its host and port
     * @param extensions of the site's bill
     * @return empty when the site asks for no account of a chain that the policy allows
     * @throws PaymentException when the policy would not pay the site, the message is for another, or nothing was signed
     */
    public Optional<String> signIn(URI url, Map<String, @Nullable Object> extensions) throws PaymentException {
        try {
            killSwitch.require();
            Refusal.unless(policy.judge(url));
            return identity.header(url, extensions);
        } catch (Refusal refusal) {
            throw new PaymentException(refusal.code(), null, refusal.sentence(), null);
        } catch (LedgerException e) {
            throw Journal.unavailable(e);
        }
    }

    /**
     * How this wallet comes back to what it has paid for before, where the bill lets it; empty whenever anything stands
     * against that, and then the bill is judged like any other. Signs nothing but our own text for that very site.
     */
    Optional<SignedIn> comeBack(Call call, HttpHeaders headers) {
        if (!policy.signIn() || !hasBill(headers)) {
            return Optional.empty();
        }
        try {
            Map<String, @Nullable Object> extensions =
                    Bill.read(headers, null, call.url()).required().extensions();
            if (!extensions.containsKey(SignInChallenge.KEY)) {
                return Optional.empty();
            }
            killSwitch.require();
            Refusal.unless(policy.judge(call.url()));
            Optional<PaymentRecord> paid = journal.ledger().paidFor(address(), call.url());
            if (paid.isEmpty()) {
                return Optional.empty();
            }
            return identity.header(call.url(), extensions)
                    .map(header -> new SignedIn(header, paid.get().id()));
        } catch (Refusal refusal) {
            LOG.log(System.Logger.Level.DEBUG, "Not signed in: {0}", refusal.sentence());
            return Optional.empty();
        } catch (LedgerException e) {
            return Optional.empty(); // whoever pays instead is told of it
        }
    }

    private void requireNotFrozen() {
        killSwitch.reason().ifPresent(reason -> {
            throw new IllegalStateException(Sentences.frozen(reason));
        });
    }

    /** What the account holds of the known tokens, on the chains that have a node; a node that is silent is left out. */
    public List<Amount> balances() {
        List<Amount> balances = new ArrayList<>();
        for (Asset asset : assets.all()) {
            if (!nodes.containsKey(asset.network())) {
                continue;
            }
            try {
                balances.add(balance(asset));
            } catch (IOException e) {
                // nothing is known of it now
            }
        }
        return balances;
    }

    /** Stops every new signature, at once. A person's command. */
    public void freeze(String reason) {
        killSwitch.freeze(reason);
    }

    /** Lets the wallet sign again. A person's command. */
    public void unfreeze() {
        killSwitch.unfreeze();
    }

    /** Why the wallet is frozen; empty when it is not. */
    public Optional<String> frozen() {
        return killSwitch.reason();
    }

    /**
     * Frees the amount of an unresolved payment without proof. A person's command, for a wallet without a node; it is
     * refused while the seller could still collect.
     *
     * @throws IllegalArgumentException when there is no such payment
     * @throws IllegalStateException when it is not unresolved, or its authorisation has not run out
     */
    public PaymentRecord release(String paymentId) {
        return reconciling.release(paymentId);
    }

    /**
     * Takes an unresolved payment back: signs the word for the token's contract that nobody may collect it. A person's
     * command. The ledger notes it and sends the payment no more; the amount stays held until {@link #reconcile} sees a
     * final block with it, because the seller may still be first.
     *
     * @throws IllegalArgumentException when there is no such payment
     * @throws IllegalStateException when it is not unresolved, has run out, or is in a token that has no such word
     * @throws SigningException when the signer does not sign it
     */
    public SignedCancel cancel(String paymentId) {
        Asset asset = reconciling.cancellable(paymentId);
        PaymentRecord payment = journal.told(journal.ledger().cancelling(paymentId, journal.now()));
        return authorising.cancel(payment, asset);
    }

    /**
     * Asks the chain about every payment whose end is not proven, and writes down what it shows: settled ones are
     * confirmed, and ones that can never be collected free their amounts. Payments on chains without a node stay.
     *
     * @return the payments that changed
     * @throws IOException when a node does not answer; what the others showed is kept
     */
    public List<PaymentRecord> reconcile() throws IOException {
        return reconciling.all();
    }

    /**
     * Compares what a payment under {@code upto} took with what was used. Ask when the answer is over: with the model's own
     * count of a whole answer, or with one's own count ({@link waybill.x402.TokenCount}) of a cut one.
     *
     * @return empty while the chain has not shown what was taken, and for an offer that named no price per token
     */
    public Optional<UseCheck> checkUse(String paymentId, TokenUsage usage) {
        PaymentRecord payment = journal.ledger().payment(paymentId).orElse(null);
        if (payment == null
                || payment.paidBy() != PaymentMethod.UPTO
                || !payment.confirmed()
                || payment.amount() == null
                || payment.charged() == null) {
            return Optional.empty();
        }
        Amount ceiling = payment.amount();
        Amount charged = payment.charged();
        Optional<UseCheck> check = journal.ledger()
                .accepted(paymentId)
                .flatMap(TokenPrice::of)
                .map(quoted -> UseCheck.of(payment, ceiling, charged, quoted.price(), usage));
        check.filter(UseCheck::overcharged).ifPresent(found -> LOG.log(System.Logger.Level.WARNING, "{0}", found));
        return check;
    }

    /**
     * Looks every settled payment up on its chain, where there is a node, and changes nothing.
     *
     * @throws IOException when a node does not answer
     */
    public ChainFindings verifyChain() throws IOException {
        return reconciling.verify();
    }

    /**
     * Reconciles at once, and then again each time {@code every} has passed since the last look ended, until the future is
     * cancelled. The first look also compares this machine's clock with each chain's and freezes the wallet when it
     * runs more than 15 minutes ahead, because then budgets would refill early; before its first payment on a chain a
     * wallet does so in any case. A node that does not answer, or a ledger
     * that cannot be read, is tried again at the next look.
     *
     * @param every {@link #RECONCILE_EVERY} unless there is a reason
     */
    public ScheduledFuture<?> reconcileBy(ScheduledExecutorService scheduler, Duration every) {
        AtomicBoolean clockChecked = new AtomicBoolean();
        return scheduler.scheduleWithFixedDelay(
                () -> {
                    try {
                        if (clockChecked.compareAndSet(false, true)) {
                            chainClock.compareAll().ifPresent(killSwitch::freeze);
                        }
                        journal.ledger().recover(journal.now());
                        reconciling.all();
                    } catch (IOException | RuntimeException e) {
                        LOG.log(System.Logger.Level.WARNING, "Payments could not be reconciled: {0}", e.getMessage());
                    }
                },
                0,
                every.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /**
     * Makes a request without paying. It goes only to a place that the policy would pay.
     *
     * @param client sends the request once; it must not follow redirects
     * @param call what the request is to the ledger
     * @param terms that the quote is judged by
     * @param mayComeBack whether what was paid for before may be had again by signature
     * @throws PaymentException when the place may not be paid, or there is a bill but none of its offers is understood
     */
    Inquiry inquire(HttpClient client, HttpRequest request, Call call, Terms terms, boolean mayComeBack)
            throws IOException, InterruptedException {
        Decision place = policy.judge(request.uri());
        if (place instanceof Decision.Denied denied) {
            throw new PaymentException(denied.code(), null, denied.message(), null);
        }
        HttpResponse<Optional<byte[]>> response = ask(client, request);
        if (mayComeBack && PaidExchange.isBill(response.statusCode(), response.headers())) {
            Optional<SignedIn> signedIn = comeBack(call, response.headers());
            if (signedIn.isPresent()) {
                HttpResponse<Optional<byte[]>> again =
                        ask(client, signedIn.get().request(request));
                response = SignedIn.refused(again.statusCode()) && !hasBill(again.headers()) ? response : again;
            }
        }
        byte[] whole = response.body().orElse(null);
        boolean first = whole != null
                && PaidExchange.mayBeBill(response.statusCode(), response.headers())
                && PaidExchange.isBill(whole);
        if (!first && (response.statusCode() != 402 || !hasBill(response.headers()))) {
            return new Inquiry.Answered(
                    response.statusCode(), response.headers(), whole == null ? new byte[0] : whole, whole != null);
        }
        try {
            return new Inquiry.Priced(quote(call, Bill.read(response.headers(), whole, call.url()), terms));
        } catch (Refusal refusal) {
            throw new PaymentException(refusal.code(), null, refusal.sentence(), null);
        } catch (LedgerException e) {
            throw Journal.unavailable(e);
        }
    }

    private static HttpResponse<Optional<byte[]>> ask(HttpClient client, HttpRequest request)
            throws IOException, InterruptedException {
        Duration patience = request.timeout().orElse(PATIENCE);
        return client.send(
                request,
                info -> PaidExchange.isBill(info.statusCode(), info.headers())
                        ? new DroppedBody(PaidExchange.MAX_BILL_BODY)
                        : new BoundedBytes(MAX_ANSWER_BYTES, patience));
    }

    // ---- the clients' side ------------------------------------------------------------------------------------------

    static boolean hasBill(HttpHeaders headers) {
        return Bill.in(headers);
    }

    ExecutorService threads() {
        return threads;
    }

    Call call(String method, URI url, byte[] body, String intent, Map<String, String> tags) {
        return new Call(Fingerprint.of(method, url, body, address(), intent), address(), method, url, tags);
    }

    /** As {@link PaidCalls#resume}. */
    Optional<Payment> resume(Call call) throws PaymentException {
        return calls.resume(call);
    }

    /**
     * Answers a bill: chooses an offer, asks whom must be asked, reserves, signs, and writes down the signed payment.
     * The steps are in this order and there is no other way to a signature.
     *
     * @param timeout of the request, or null
     * @param terms that narrow what may be paid
     * @throws PaymentException when nothing was signed
     */
    Payment pay(Call call, HttpHeaders headers, byte @Nullable [] body, @Nullable Duration timeout, Terms terms)
            throws PaymentException {
        Quote quote = null;
        try {
            killSwitch.require();
            Refusal.unless(policy.judge(call.url()));
            Refusal.unless(policy.judgeDepth(call.tags()));
            Refusal.unless(terms.judge(call, journal));
            quote = quote(call, Bill.read(headers, body, call.url()), terms);
            Refusal.unless(quote.decision());
            requireTimeOf(quote);
            approving.ask(call, quote);
            Allowances.Sponsorship sponsorship = quote.paidBy().needsAllowance()
                    ? allowances.plan(quote.amount(), quote.extensions())
                    : new Allowances.Sponsorship.None();
            Purchase purchase = authorising.purchase(call, quote, timeout);
            PaymentRecord held = reserve(purchase, quote);
            String header = authorising.sign(held, purchase, quote, sponsorship);
            return new Payment(journal.send(held.id(), header), header);
        } catch (Refusal refusal) {
            throw refused(call, quote, refusal);
        } catch (LedgerException e) {
            throw Journal.unavailable(e);
        }
    }

    private Quote quote(Call call, Bill bill, Terms terms) {
        Quote quote = choosing.quote(call, bill, terms);
        priceTags.billed(call, quote.amount());
        return quote;
    }

    private void requireTimeOf(Quote quote) {
        Optional<String> wrong = chainClock.compare(quote.amount().asset().network());
        if (wrong.isPresent()) {
            killSwitch.freeze(wrong.get());
            throw new Refusal(PaymentCode.KILL_SWITCH, Sentences.frozen(wrong.get()));
        }
    }

    private PaymentRecord reserve(Purchase purchase, Quote quote) {
        Limits limits = policy.limits(quote.origin(), approving.possible());
        Reservation reservation;
        try {
            reservation = journal.ledger().reserve(purchase, limits, journal.now());
        } catch (IllegalStateException e) {
            throw new Refusal(PaymentCode.QUOTE_USED, "this quote is being paid already. Ask for a new one");
        }
        if (reservation instanceof Reservation.Refused refused) {
            throw Refusal.recorded(refused.payment());
        }
        return reservation.payment();
    }

    private PaymentException refused(Call call, @Nullable Quote quote, Refusal refusal) {
        PaymentRecord recorded = refusal.recorded();
        if (recorded != null) {
            journal.told(recorded);
            return new PaymentException(refusal.code(), recorded.id(), refusal.sentence(), refusal.getCause());
        }
        return quote == null
                ? journal.refused(call, null, null, refusal.code(), refusal.sentence())
                : journal.refused(quote.id(), call, quote.amount(), quote.payTo(), refusal.code(), refusal.sentence());
    }

    /** As {@link PaidCalls#arrived}. */
    @Nullable
    PaymentException arrived(Payment payment, int status, HttpHeaders headers, byte @Nullable [] body) {
        return calls.arrived(payment, status, headers, body);
    }

    /** As {@link PaidCalls#answered}. */
    void answered(Payment payment) {
        calls.answered(payment);
    }

    /** As {@link PaidCalls#failed}. */
    PaymentException failed(Payment payment, Throwable failure) {
        return calls.failed(payment, failure);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
