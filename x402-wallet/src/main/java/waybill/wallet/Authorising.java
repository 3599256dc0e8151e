package waybill.wallet;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.CancelAuthorization;
import waybill.x402.KnownKey;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload;
import waybill.x402.Signature;
import waybill.x402.TransferAuthorization;
import waybill.x402.WireFormat;

/** Makes the authorisation of a payment, and, once its amount is reserved, the signature. The only user of the signer. */
final class Authorising {
    private static final Duration VALID_FOR = Duration.ofMinutes(2);
    static final Duration VALID_AT_MOST = Duration.ofMinutes(15);
    private static final Duration AFTER_DEADLINE = Duration.ofMinutes(1);

    private final PaymentSigner signer;
    private final KnownKey payer;
    private final Journal journal;
    private final KillSwitch killSwitch;

    Authorising(PaymentSigner signer, Journal journal, KillSwitch killSwitch) {
        this.signer = signer;
        this.payer = KnownKey.of(signer.address());
        this.journal = journal;
        this.killSwitch = killSwitch;
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
        TransferAuthorization authorization = new TransferAuthorization(
                address(),
                quote.payTo(),
                quote.amount().atomic(),
                BigInteger.ZERO,
                BigInteger.valueOf(journal.now().getEpochSecond() + validity.toSeconds()),
                journal.ledger().nonce(quote.id()));
        return new Purchase(quote.id(), call, quote.amount(), quote.payTo(), authorization);
    }

    /**
     * The header of the signed payment. A signature that does not recover to our account is thrown away, and so is one
     * that was being made when the wallet was frozen.
     */
    String sign(PaymentRecord held, Purchase purchase, Quote quote) {
        Signable.Transfer transfer = new Signable.Transfer(
                purchase.authorization(), purchase.amount().asset());
        Signature signature;
        requireNotFrozen(held);
        try {
            signature = signer.sign(transfer);
            if (!payer.signed(transfer.digest(), signature)) {
                throw new SigningException("the signature does not recover to " + address(), null);
            }
        } catch (RuntimeException e) {
            String reason = "the signer did not sign: " + Words.cut(e.getMessage(), 200);
            PaymentRecord voided = journal.ledger().move(held.id(), new Step.Voided(reason), journal.now());
            throw Refusal.unsigned(
                    PaymentCode.SIGNER_REFUSED, reason, voided, e instanceof SigningException ? e : null);
        }
        requireNotFrozen(held);
        return WireFormat.encode(new PaymentPayload(
                quote.offer(),
                new SchemePayload.Eip3009(signature.toHex(), purchase.authorization()),
                quote.resource(),
                Map.of()));
    }

    /**
     * The word that takes a payment back. A frozen wallet gives it too, for it can only free money.
     *
     * @throws SigningException when the signer does not sign, or not for our account
     */
    SignedCancel cancel(PaymentRecord payment, Asset asset) {
        CancelAuthorization cancel =
                new CancelAuthorization(address(), journal.ledger().nonce(payment.id()));
        Signable.Cancel signable = new Signable.Cancel(cancel, asset);
        Signature signature = signer.sign(signable);
        if (!payer.signed(signable.digest(), signature)) {
            throw new SigningException("the signature does not recover to " + address(), null);
        }
        return new SignedCancel(asset, cancel, signature);
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
