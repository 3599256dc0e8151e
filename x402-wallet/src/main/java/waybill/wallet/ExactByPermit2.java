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
import waybill.x402.Permit2Exact;
import waybill.x402.SchemePayload;
import waybill.x402.TransferMethod;

/** {@code exact} through Permit2, from the buyer's side: any token whose owner approved Permit2 once. */
final class ExactByPermit2 implements BuyerScheme {
    private final Permit2Contracts contracts;

    ExactByPermit2(Permit2Contracts contracts) {
        this.contracts = contracts;
    }

    @Override
    public PaymentMethod method() {
        return PaymentMethod.PERMIT2;
    }

    @Override
    public boolean reads(Offer offer) {
        return offer.scheme().equals(Offer.EXACT) && offer.method() == TransferMethod.PERMIT2;
    }

    @Override
    public @Nullable String objection(Offer offer, Asset asset) {
        return null;
    }

    @Override
    public Authorization authorization(
            Offer offer, Asset asset, Address payer, Address payTo, BigInteger amount, Bytes32 nonce, Window window) {
        return new Permit2Exact(
                payer,
                asset.address(),
                amount,
                contracts.exactProxy(),
                nonce.unsigned(),
                window.until(),
                payTo,
                window.from());
    }

    @Override
    public Signable signable(Authorization authorization, Asset asset) {
        return new Signable.ExactPermit2((Permit2Exact) authorization, asset, contracts);
    }

    @Override
    public SchemePayload payload(Authorization authorization, String signature) {
        return new SchemePayload.Permit2(signature, (Permit2Exact) authorization);
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
        return new Permit2Chain(node, contracts).transfer(payment, nonce, Permit2Chain.Proxy.EXACT, claimed);
    }

    @Override
    public Optional<String> takenBack(
            ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, ChainNode.Block last) throws IOException {
        return new Permit2Chain(node, contracts).takenBack(payment, nonce, last);
    }
}
