package waybill.wallet;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.ApprovalSponsoring;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Authorization;
import waybill.x402.Bytes32;
import waybill.x402.CancelAuthorization;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.Extensions;
import waybill.x402.KnownKey;
import waybill.x402.PaymentIdentifier;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit;
import waybill.x402.Permit2Contracts;
import waybill.x402.SchemePayload;
import waybill.x402.SignIn;
import waybill.x402.Signature;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** Makes the authorisation of a payment, and, once its amount is reserved, the signature. The only user of the signer. */
final class Authorising {
    private static final Duration VALID_FOR = Duration.ofMinutes(2);
    static final Duration VALID_AT_MOST = Duration.ofMinutes(15);
    private static final Duration AFTER_DEADLINE = Duration.ofMinutes(1);
    private static final int MOST_ECHOED = 6 * 1024; // with room for the other headers in 8 KiB

    private final PaymentSigner signer;
    private final KnownKey payer;
    private final Journal journal;
    private final KillSwitch killSwitch;
    private final Permit2Contracts permit2;

    Authorising(PaymentSigner signer, Journal journal, KillSwitch killSwitch, Permit2Contracts permit2) {
        this.signer = signer;
        this.payer = KnownKey.of(signer.address());
        this.journal = journal;
        this.killSwitch = killSwitch;
        this.permit2 = permit2;
    }

    Address address() {
        return payer.address();
    }

    /**
     * What would be signed for {@code quote}.
     *
     * @param timeout of the request, or null
     */
    Purchase purchase(Call call, Quote quote, @Nullable Duration timeout) {
        Duration wanted = timeout == null ? VALID_FOR : max(VALID_FOR, timeout.plus(AFTER_DEADLINE));
        Duration given = Duration.ofSeconds(quote.offer().maxTimeoutSeconds());
        Duration validity = min(given, min(wanted, VALID_AT_MOST));
        long now = journal.now().getEpochSecond();
        long from = quote.version() == Version1.VERSION ? Math.max(0, now - Version1.BACKDATED_SECONDS) : 0;
        BuyerScheme.Window window =
                new BuyerScheme.Window(BigInteger.valueOf(from), BigInteger.valueOf(now + validity.toSeconds()));
        Authorization authorization = BuyerScheme.of(quote.paidBy(), permit2)
                .authorization(
                        quote.offer(),
                        quote.amount().asset(),
                        address(),
                        quote.payTo(),
                        quote.amount().atomic(),
                        journal.ledger().nonce(quote.id()),
                        window);
        return new Purchase(quote.id(), call, quote.amount(), quote.payTo(), authorization);
    }

    /**
     * The header of the signed payment. A signature that does not recover to our account is thrown away, and so is one
     * that was being made when the wallet was frozen.
     */
    String sign(PaymentRecord held, Purchase purchase, Quote quote, Allowances.Sponsorship sponsorship) {
        Asset asset = purchase.amount().asset();
        BuyerScheme scheme = BuyerScheme.of(quote.paidBy(), permit2);
        SchemePayload payload;
        Map<String, Map<String, @Nullable Object>> added;
        requireNotFrozen(held);
        try {
            Signature signature = signed(scheme.signable(purchase.authorization(), asset));
            payload = scheme.payload(purchase.authorization(), signature.toHex());
            added = new LinkedHashMap<>(sentAlong(purchase, sponsorship));
        } catch (RuntimeException e) {
            String reason = "the signer did not sign: " + Words.cut(e.getMessage(), 200);
            PaymentRecord voided = journal.ledger().move(held.id(), new Step.Voided(reason), journal.now());
            throw Refusal.unsigned(
                    PaymentCode.SIGNER_REFUSED, reason, voided, e instanceof SigningException ? e : null);
        }
        requireNotFrozen(held);
        if (quote.version() == Version1.VERSION) {
            return Version1.encode(new PaymentPayload(quote.offer(), payload, null, Map.of()));
        }
        added.put(PaymentIdentifier.KEY, PaymentIdentifier.info(identifier(quote.id())));
        return header(quote, payload, Extensions.answered(quote.extensions(), added), added.keySet());
    }

    /** With every extension echoed, as long as that fits where headers are short; else only with what we answered. */
    private static String header(
            Quote quote, SchemePayload payload, Map<String, @Nullable Object> extensions, Set<String> ours) {
        String whole = WireFormat.encode(new PaymentPayload(quote.offer(), payload, quote.resource(), extensions));
        if (whole.length() <= MOST_ECHOED) {
            return whole;
        }
        Map<String, @Nullable Object> answered = new LinkedHashMap<>(extensions);
        answered.keySet().retainAll(ours);
        return WireFormat.encode(new PaymentPayload(quote.offer(), payload, quote.resource(), answered));
    }

    /** A payment's name for the seller; the ledger's id stays ours. */
    private static String identifier(String paymentId) {
        String hash = Bytes32.keccak(("payment-identifier " + paymentId).getBytes(StandardCharsets.UTF_8))
                .toString();
        return "pay_" + hash.substring(2, 34);
    }

    private Map<String, Map<String, @Nullable Object>> sentAlong(
            Purchase purchase, Allowances.Sponsorship sponsorship) {
        Asset asset = purchase.amount().asset();
        if (sponsorship instanceof Allowances.Sponsorship.ByPermit byPermit) {
            BigInteger deadline = purchase.authorization().unusableFrom().subtract(BigInteger.ONE);
            Permit permit =
                    new Permit(address(), permit2.permit2(), purchase.amount().atomic(), byPermit.nonce(), deadline);
            String signature = signed(new Signable.PermitPermit2(permit, asset)).toHex();
            return Map.of(Eip2612Sponsoring.KEY, new Eip2612Sponsoring(asset.address(), permit, signature).info());
        }
        if (sponsorship instanceof Allowances.Sponsorship.ByApproval byApproval) {
            ApprovalTransaction approval = byApproval.transaction();
            String raw = approval.raw(signed(new Signable.Approve(address(), approval)));
            return Map.of(
                    ApprovalSponsoring.KEY,
                    new ApprovalSponsoring(address(), asset.address(), approval.spender(), approval.amount(), raw)
                            .info());
        }
        return Map.of();
    }

    /** An approval of a token, or its taking back, ready for the chain. A person's command. */
    String approve(ApprovalTransaction approval) {
        return approval.raw(signed(new Signable.Approve(address(), approval)));
    }

    /** Who we are, signed. */
    Signature identify(SignIn message) {
        return signed(new Signable.Identity(message));
    }

    private Signature signed(Signable signable) {
        Signature signature = signer.sign(signable);
        if (!payer.signed(signable.digest(), signature)) {
            throw new SigningException("the signature does not recover to " + address(), null);
        }
        return signature;
    }

    /**
     * The word that takes a payment back. A frozen wallet gives it too, for it can only free money.
     *
     * @throws SigningException when the signer does not sign, or not for our account
     */
    SignedCancel cancel(PaymentRecord payment, Asset asset) {
        CancelAuthorization cancel =
                new CancelAuthorization(address(), journal.ledger().nonce(payment.id()));
        return new SignedCancel(asset, cancel, signed(new Signable.Cancel(cancel, asset)));
    }

    private void requireNotFrozen(PaymentRecord held) {
        Optional<String> frozen = killSwitch.reason();
        if (frozen.isPresent()) {
            String reason = Sentences.frozen(frozen.get());
            PaymentRecord voided = journal.ledger().move(held.id(), new Step.Voided(reason), journal.now());
            throw Refusal.unsigned(PaymentCode.KILL_SWITCH, reason, voided, null);
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
