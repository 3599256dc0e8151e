package waybill.facilitator;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;
import waybill.facilitator.Chain.CallResult;
import waybill.facilitator.SettlementStore.Sent;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.TransferAuthorization;
import waybill.x402.TransferMethod;
import waybill.x402.VerifyResponse;
import waybill.x402.WireFormat;

/**
 * Verifies and settles {@code exact} payments by EIP-3009 on one chain, in this process. What a payment is checked against
 * is the seller's offer and our own table of assets; what it says of itself is not believed. Thread-safe.
 *
 * <p>Settling is idempotent per payment: sellers that share a facilitator share a claim store too, or each is told that
 * the same payment went through.
 */
public final class LocalFacilitator implements Facilitator, AutoCloseable {
    private static final long SETTLE_MARGIN_SECONDS = 6;
    private static final Duration CODE_LASTS = Duration.ofMinutes(15);
    private static final Duration REMEMBERED = Duration.ofDays(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Instant LAST = Instant.ofEpochSecond(253_402_300_799L); // of the year 9999
    private static final String NONCE_USED = "invalid_exact_evm_nonce_already_used";
    private static final String ERC6492_SUFFIX = "6492".repeat(16);

    private final Chain chain;
    private final GasAccount gas;
    private final SettlementStore store;
    private final Assets assets;
    private final FacilitatorSettings settings;
    private final Clock clock;
    private final Pause pause;

    /** When each asset was last seen to have code. */
    private final Map<Address, Instant> codeSeen = new ConcurrentHashMap<>();

    /** Settlements under way, by payment: a second caller waits for the first one's outcome. */
    private final Map<String, CompletableFuture<SettlementResponse>> underWay = new ConcurrentHashMap<>();

    /** A facilitator with everything given. It closes {@code store} when it is closed. */
    public LocalFacilitator(
            Chain chain, GasKey key, SettlementStore store, Assets assets, FacilitatorSettings settings, Clock clock) {
        this(chain, key, store, assets, settings, clock, Pause.REAL);
    }

    LocalFacilitator(
            Chain chain,
            GasKey key,
            SettlementStore store,
            Assets assets,
            FacilitatorSettings settings,
            Clock clock,
            Pause pause) {
        this.chain = chain;
        this.gas = new GasAccount(chain, key, settings, clock);
        this.store = store;
        this.assets = assets;
        this.settings = settings;
        this.clock = clock;
        this.pause = pause;
    }

    /** A facilitator with our own assets, default settings and the system's clock. */
    public static LocalFacilitator of(Chain chain, GasKey key, SettlementStore store) {
        return new LocalFacilitator(
                chain, key, store, Assets.standard(), FacilitatorSettings.defaults(), Clock.systemUTC());
    }

    /** A payment whose terms agree with the seller's offer, not yet checked against anything that moves. */
    private record Terms(
            Asset asset, TransferAuthorization authorization, String signature, Address payTo, BigInteger amount) {
        Bytes32 digest() {
            return authorization.digest(asset);
        }

        Address payer() {
            return authorization.from();
        }

        /** What makes it this payment, whatever spelling it came in. */
        String id() {
            return Bytes32.keccak((digest() + signature.toLowerCase(Locale.ROOT)).getBytes(StandardCharsets.US_ASCII))
                    .toString();
        }
    }

    /** Why a payment is refused: a code of the protocol and a sentence. */
    private record Refusal(String reason, String message) {}

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Refusal refusal;

        Refused(String reason, String message) {
            super(reason, null, false, false);
            this.refusal = new Refusal(reason, message);
        }
    }

    @Override
    public VerifyResponse verify(PaymentPayload payment, Offer required) {
        Address payer = payer(payment);
        try {
            Terms terms = terms(payment, required);
            check(terms);
            return VerifyResponse.valid(terms.payer());
        } catch (Refused e) {
            return VerifyResponse.invalid(e.refusal.reason(), e.refusal.message(), payer);
        }
    }

    @Override
    public SettlementResponse settle(PaymentPayload payment, Offer required) {
        Terms terms;
        String id;
        try {
            terms = terms(payment, required);
            requirePayee(terms);
            requireExact(terms);
            id = terms.id();
        } catch (Refused e) {
            return failed(e.refusal, "", payer(payment));
        }
        CompletableFuture<SettlementResponse> mine = new CompletableFuture<>();
        CompletableFuture<SettlementResponse> other = underWay.putIfAbsent(id, mine);
        if (other != null) {
            return outcome(other);
        }
        try {
            SettlementResponse response = settle(terms, id);
            mine.complete(response);
            return response;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            underWay.remove(id, mine);
        }
    }

    @Override
    public Supported supported() {
        return new Supported(
                List.of(new Supported.Kind(
                        WireFormat.VERSION, Offer.EXACT, chain.network().toString(), Map.of())),
                List.of(),
                Map.of(chain.network().toString(), List.of(gas.address())));
    }

    @Override
    public void close() {
        store.close();
    }

    // --- verify, in the reference's order ---

    /** Steps 1 to 3: what the payment and the offer say, before any chain is asked. */
    private Terms terms(PaymentPayload payment, Offer required) throws Refused {
        Offer accepted = payment.accepted();
        if (!Offer.EXACT.equals(accepted.scheme()) || !Offer.EXACT.equals(required.scheme())) {
            throw new Refused("unsupported_scheme", "only the scheme exact is settled here");
        }
        if (!(payment.payload() instanceof Eip3009 exact) || !isEip3009(required)) {
            throw new Refused("unsupported_payload_type", "only EIP-3009 authorisations are settled here");
        }
        String name = required.extraText("name");
        String version = required.extraText("version");
        if (name == null || version == null) {
            throw new Refused(
                    "invalid_exact_evm_missing_eip712_domain", "the offer's extra lacks the token's name or version");
        }
        String network = chain.network().toString();
        if (!network.equals(accepted.network()) || !network.equals(required.network())) {
            throw new Refused("invalid_exact_evm_network_mismatch", "this facilitator settles on " + network + " only");
        }
        Asset asset;
        Address payTo;
        BigInteger amount;
        try {
            asset = assets.find(chain.network(), Address.parse(required.asset()))
                    .orElseThrow(() -> new Refused(
                            "invalid_payment_requirements",
                            "the asset is not in this facilitator's table; add it with its EIP-712 name and version"));
            payTo = Address.parse(required.payTo());
            if (!required.amount().matches("[0-9]{1,78}")) {
                throw new IllegalArgumentException("the amount is not of digits");
            }
            amount = new BigInteger(required.amount());
        } catch (IllegalArgumentException e) {
            throw new Refused("invalid_payment_requirements", String.valueOf(e.getMessage()));
        }
        if (asset.method() != TransferMethod.EIP3009) {
            throw new Refused("invalid_exact_evm_eip3009_not_supported", asset + " does not move by EIP-3009");
        }
        if (!asset.domainName().equals(name)) {
            throw new Refused(
                    "invalid_exact_evm_token_name_mismatch",
                    "the EIP-712 name of " + asset + " is " + asset.domainName() + ", not what the offer says");
        }
        if (!asset.domainVersion().equals(version)) {
            throw new Refused(
                    "invalid_exact_evm_token_version_mismatch",
                    "the EIP-712 version of " + asset + " is " + asset.domainVersion() + ", not what the offer says");
        }
        return new Terms(asset, exact.authorization(), exact.signature(), payTo, amount);
    }

    private void check(Terms terms) throws Refused {
        requireDeployed(terms.asset());
        requireSigned(terms);
        requirePayee(terms);
        requireInTime(terms.authorization());
        requireExact(terms);
        simulate(terms);
    }

    private void requireDeployed(Asset asset) throws Refused {
        Instant now = clock.instant();
        Instant seen = codeSeen.get(asset.address());
        if (seen != null && now.isBefore(seen.plus(CODE_LASTS))) {
            return;
        }
        if (chain.code(asset.address()).length == 0) {
            throw new Refused("asset_not_deployed_contract", "there is no contract at " + asset.address());
        }
        codeSeen.put(asset.address(), now); // only our own assets get here, so the map stays small
    }

    /** An ordinary account signs by ECDSA; one with code is asked (ERC-1271), and there is no second way. */
    private void requireSigned(Terms terms) throws Refused {
        String signature = terms.signature();
        if (terms.payer().isZero()) {
            throw new Refused("invalid_exact_evm_signature", "nobody signs for the zero address");
        }
        boolean wrapped = signature.endsWith(ERC6492_SUFFIX);
        boolean contract = chain.code(terms.payer()).length > 0;
        if (wrapped) {
            throw new Refused(
                    "eip6492_factory_not_allowed", "wallets that are not deployed yet (ERC-6492) are not served here");
        }
        if (!contract) {
            Address signer = Token.signer(terms.digest(), signature);
            if (!terms.payer().equals(signer)) {
                throw new Refused(
                        "invalid_exact_evm_signature",
                        "the signature is not the payer's, of 65 bytes and with a low s");
            }
            return;
        }
        CallResult said = chain.call(
                gas.address(), terms.payer(), Token.isValidSignature(terms.digest(), signature), settings.gasLimit());
        if (said.reverted()
                || said.data().length < 32
                || !Arrays.equals(Arrays.copyOf(said.data(), 32), Token.ERC1271_MAGIC)) {
            throw new Refused("invalid_exact_evm_signature", "the payer's contract does not accept the signature");
        }
    }

    private static void requirePayee(Terms terms) throws Refused {
        if (!terms.authorization().to().equals(terms.payTo())) {
            throw new Refused("invalid_exact_evm_recipient_mismatch", "the authorisation pays somebody else");
        }
    }

    private void requireInTime(TransferAuthorization authorization) throws Refused {
        BigInteger now = BigInteger.valueOf(clock.instant().getEpochSecond());
        if (authorization.validBefore().compareTo(now.add(BigInteger.valueOf(SETTLE_MARGIN_SECONDS))) < 0) {
            throw new Refused(
                    "invalid_exact_evm_payload_authorization_valid_before",
                    "the authorisation ends at " + authorization.validBefore() + ", and it is " + now);
        }
        if (authorization.validAfter().compareTo(now) > 0) {
            throw new Refused(
                    "invalid_exact_evm_payload_authorization_valid_after",
                    "the authorisation begins after " + authorization.validAfter() + ", and it is " + now);
        }
    }

    private static void requireExact(Terms terms) throws Refused {
        BigInteger value = terms.authorization().value();
        if (!value.equals(terms.amount())) {
            throw new Refused(
                    "invalid_exact_evm_payload_authorization_value_mismatch",
                    "the authorisation is for " + value + ", the price is " + terms.amount());
        }
    }

    private void simulate(Terms terms) throws Refused {
        CallResult said = chain.call(
                gas.address(),
                terms.asset().address(),
                Token.transfer(terms.authorization(), terms.signature()),
                settings.gasLimit());
        if (said.reverted()) {
            throw diagnosed(terms);
        }
    }

    /** Looks for the reason why a transfer that should work would not. */
    private Refused diagnosed(Terms terms) {
        Address token = terms.asset().address();
        CallResult used = read(
                token,
                Token.authorizationState(terms.payer(), terms.authorization().nonce()));
        if (!used.isWord()) {
            return new Refused("invalid_exact_evm_eip3009_not_supported", "the token knows no EIP-3009 authorisations");
        }
        if (used.word().signum() != 0) {
            return new Refused(NONCE_USED, "the authorisation was used or cancelled before");
        }
        String name = Token.string(read(token, Token.name()).data());
        if (name != null && !name.equals(terms.asset().domainName())) {
            return new Refused("invalid_exact_evm_token_name_mismatch", "the token has another EIP-712 name");
        }
        String version = Token.string(read(token, Token.version()).data());
        if (version != null && !version.equals(terms.asset().domainVersion())) {
            return new Refused("invalid_exact_evm_token_version_mismatch", "the token has another EIP-712 version");
        }
        CallResult balance = read(token, Token.balanceOf(terms.payer()));
        if (balance.isWord() && balance.word().compareTo(terms.amount()) < 0) {
            return new Refused(
                    "invalid_exact_evm_insufficient_balance",
                    "the payer has less than " + terms.amount() + " atomic units of " + terms.asset());
        }
        return new Refused("invalid_exact_evm_transaction_simulation_failed", "the token would refuse the transfer");
    }

    private CallResult read(Address token, byte[] data) {
        return chain.call(gas.address(), token, data, settings.gasLimit());
    }

    // --- settle ---

    private SettlementResponse settle(Terms terms, String id) {
        Optional<Sent> before = store.find(id);
        if (before.isPresent()) {
            return follow(terms, id, before.get(), true);
        }
        try {
            check(terms);
        } catch (Refused e) {
            return failed(e.refusal, "", terms.payer());
        }
        return follow(terms, id, send(terms, id), false);
    }

    /** What was noted stays when the node refuses: its word is no proof, and asking again finds out. */
    private Sent send(Terms terms, String id) {
        BigInteger height = chain.blockNumber();
        String hash = gas.send(
                terms.asset().address(),
                Token.transfer(terms.authorization(), terms.signature()),
                sending -> note(terms, id, new Sent(sending, height, false)));
        return new Sent(hash, height, false);
    }

    /** Waits for a transaction that was sent, and says what became of the payment. */
    private SettlementResponse follow(Terms terms, String id, Sent sent, boolean found) {
        if (sent.done()) {
            return settled(terms, sent.hash());
        }
        boolean missing = found && !chain.knows(sent.hash());
        TransactionReceipt receipt = missing ? chain.receipt(sent.hash()) : await(sent.hash());
        if (receipt != null && receipt.isStatusOK() && moved(receipt, terms)) {
            return done(terms, id, sent, sent.hash());
        }
        // Anybody may submit an authorisation: perhaps another's transaction came first, and the seller is paid.
        Optional<String> other = submittedByAnother(terms, sent.fromBlock());
        if (other.isPresent()) {
            return done(terms, id, sent, other.get());
        }
        if (receipt != null) {
            store.forget(id);
            return failed(
                    receipt.isStatusOK()
                            ? new Refusal(
                                    "invalid_exact_evm_transfer_event_mismatch",
                                    "the transaction went through without the transfer that was agreed")
                            : new Refusal(
                                    "invalid_exact_evm_transaction_failed",
                                    "the token refused the transfer in its block"),
                    sent.hash(),
                    terms.payer());
        }
        if (missing) {
            return lost(terms, id);
        }
        return failed(
                new Refusal(
                        SettlementResponse.SETTLEMENT_PENDING,
                        "the transaction was sent and is not in a block yet; ask again with the same payment"),
                sent.hash(),
                terms.payer());
    }

    /** The node no longer knows the transaction. Sending anew is safe: the token takes each authorisation once. */
    private SettlementResponse lost(Terms terms, String id) {
        gas.resynchronise();
        try {
            check(terms);
        } catch (Refused e) {
            store.forget(id);
            // Used, and not for this transfer, as the log has just shown: a cancellation, which is a failure for good.
            Refusal refusal = NONCE_USED.equals(e.refusal.reason())
                    ? new Refusal("invalid_exact_evm_transaction_failed", "the payer has cancelled the authorisation")
                    : e.refusal;
            return failed(refusal, "", terms.payer());
        }
        return follow(terms, id, send(terms, id), false);
    }

    private SettlementResponse done(Terms terms, String id, Sent sent, String hash) {
        note(terms, id, new Sent(hash, sent.fromBlock(), true));
        return settled(terms, hash);
    }

    private void note(Terms terms, String id, Sent sent) {
        Instant now = clock.instant();
        BigInteger end = terms.authorization().validBefore().min(BigInteger.valueOf(LAST.getEpochSecond()));
        Instant ends = Instant.ofEpochSecond(end.longValueExact());
        store.put(id, sent, (ends.isAfter(now) ? ends : now).plus(REMEMBERED), now);
    }

    private @Nullable TransactionReceipt await(String hash) {
        Instant until = clock.instant().plus(settings.receiptTimeout());
        Duration wait = FIRST_PAUSE;
        while (true) {
            TransactionReceipt receipt = chain.receipt(hash);
            if (receipt != null || !clock.instant().isBefore(until)) {
                return receipt;
            }
            try {
                pause.pause(wait);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null; // pending, as far as anybody knows
            }
            wait = wait.multipliedBy(2).compareTo(settings.pollInterval()) < 0
                    ? wait.multipliedBy(2)
                    : settings.pollInterval();
        }
    }

    private Optional<String> submittedByAnother(Terms terms, BigInteger fromBlock) {
        List<String> topics = List.of(
                Token.USED_TOPIC,
                Token.topic(terms.payer()),
                terms.authorization().nonce().toString());
        return chain.loggedBy(terms.asset().address(), topics, fromBlock).filter(hash -> {
            TransactionReceipt receipt = chain.receipt(hash);
            return receipt != null && receipt.isStatusOK() && moved(receipt, terms);
        });
    }

    /** True when the asset itself logged exactly this transfer. */
    private static boolean moved(TransactionReceipt receipt, Terms terms) {
        String value = Numeric.toHexString(Token.word(terms.amount()));
        for (Log log : receipt.getLogs()) {
            List<String> topics = log.getTopics();
            if (terms.asset().address().toString().equalsIgnoreCase(log.getAddress())
                    && topics.size() == 3
                    && Token.TRANSFER_TOPIC.equalsIgnoreCase(topics.get(0))
                    && Token.topic(terms.payer()).equalsIgnoreCase(topics.get(1))
                    && Token.topic(terms.payTo()).equalsIgnoreCase(topics.get(2))
                    && value.equalsIgnoreCase(log.getData())) {
                return true;
            }
        }
        return false;
    }

    private SettlementResponse settled(Terms terms, String hash) {
        return SettlementResponse.settled(hash, chain.network(), terms.payer());
    }

    private SettlementResponse failed(Refusal refusal, String hash, @Nullable Address payer) {
        return SettlementResponse.failed(
                refusal.reason(), refusal.message(), hash, chain.network().toString(), payer);
    }

    private static SettlementResponse outcome(CompletableFuture<SettlementResponse> other) {
        try {
            return other.join();
        } catch (CompletionException e) {
            throw new FacilitatorException("the same payment is being settled, and its outcome is unknown", e);
        }
    }

    private static boolean isEip3009(Offer required) {
        Object method = required.extra().get("assetTransferMethod");
        return method == null || method.equals(TransferMethod.EIP3009.wireName());
    }

    private static @Nullable Address payer(PaymentPayload payment) {
        return payment.payload() instanceof Eip3009 exact
                ? exact.authorization().from()
                : null;
    }
}
