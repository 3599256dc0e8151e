package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Authorization;
import waybill.x402.Bytes32;
import waybill.x402.Offer;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload;
import waybill.x402.TransferMethod;

/**
 * {@code upto}, from the buyer's side: a ceiling is signed and held whole, and what the chain shows was taken of it is spent.
 * What a seller says it took frees nothing.
 */
final class Upto implements BuyerScheme {
    private final Permit2Contracts contracts;

    Upto(Permit2Contracts contracts) {
        this.contracts = contracts;
    }

    @Override
    public PaymentMethod method() {
        return PaymentMethod.UPTO;
    }

    @Override
    public boolean reads(Offer offer) {
        return offer.scheme().equals(Offer.UPTO) && offer.method() == TransferMethod.PERMIT2;
    }

    @Override
    public @Nullable String objection(Offer offer, Asset asset) {
        Address facilitator = facilitator(offer);
        return facilitator == null || facilitator.isZero()
                ? "an 'upto' offer names the facilitator that may settle it (extra.facilitatorAddress); this one names none"
                : null;
    }

    @Override
    public Authorization authorization(
            Offer offer, Asset asset, Address payer, Address payTo, BigInteger amount, Bytes32 nonce, Window window) {
        Address facilitator = facilitator(offer);
        if (facilitator == null) {
            throw new IllegalArgumentException("the offer names no facilitator");
        }
        return new Permit2Upto(
                payer,
                asset.address(),
                amount,
                contracts.uptoProxy(),
                nonce.unsigned(),
                window.until(),
                payTo,
                facilitator,
                window.from());
    }

    @Override
    public Signable signable(Authorization authorization, Asset asset) {
        return new Signable.Ceiling((Permit2Upto) authorization, asset, contracts);
    }

    @Override
    public SchemePayload payload(Authorization authorization, String signature) {
        return new SchemePayload.Upto(signature, (Permit2Upto) authorization);
    }

    @Override
    public boolean nonceUsed(ChainNode node, Asset asset, Address payer, Bytes32 nonce, String block)
            throws IOException {
        return new Permit2Chain(node, contracts).nonceUsed(payer, nonce, block);
    }

    @Override
    public Optional<Transferred> transfer(
            ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, @Nullable String claimed)
            throws IOException {
        return new Permit2Chain(node, contracts).transfer(payment, nonce, Permit2Chain.Proxy.UPTO, claimed);
    }

    @Override
    public Optional<String> takenBack(
            ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, ChainNode.Block last) throws IOException {
        return new Permit2Chain(node, contracts).takenBack(payment, nonce, last);
    }

    private static @Nullable Address facilitator(Offer offer) {
        String text = offer.facilitator();
        try {
            return text == null ? null : Address.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
