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
import waybill.x402.SchemePayload;
import waybill.x402.TransferAuthorization;
import waybill.x402.TransferMethod;

/** {@code exact} by EIP-3009, from the buyer's side: the token itself takes the signature and keeps the nonces. */
final class ExactByEip3009 implements BuyerScheme {
    @Override
    public PaymentMethod method() {
        return PaymentMethod.EIP3009;
    }

    @Override
    public boolean reads(Offer offer) {
        return offer.scheme().equals(Offer.EXACT) && offer.method() == TransferMethod.EIP3009;
    }

    @Override
    public @Nullable String objection(Offer offer, Asset asset) {
        return asset.method() == TransferMethod.EIP3009
                ? null
                : asset + " knows no EIP-3009; it can be paid through Permit2 only";
    }

    @Override
    public Authorization authorization(
            Offer offer, Asset asset, Address payer, Address payTo, BigInteger amount, Bytes32 nonce, Window window) {
        return new TransferAuthorization(payer, payTo, amount, window.from(), window.until(), nonce);
    }

    @Override
    public Signable signable(Authorization authorization, Asset asset) {
        return new Signable.Transfer((TransferAuthorization) authorization, asset);
    }

    @Override
    public SchemePayload payload(Authorization authorization, String signature) {
        return new SchemePayload.Eip3009(signature, (TransferAuthorization) authorization);
    }

    @Override
    public boolean nonceUsed(ChainNode node, Asset asset, Address payer, Bytes32 nonce, String block)
            throws IOException {
        return node.nonceUsed(asset, payer, nonce, block);
    }

    @Override
    public Optional<Transferred> transfer(
            ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, @Nullable String claimed)
            throws IOException {
        return node.transfer(payment, nonce, claimed)
                .map(hash -> new Transferred(hash, payment.amount().atomic()));
    }

    @Override
    public Optional<String> takenBack(
            ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, ChainNode.Block last) throws IOException {
        return node.cancellation(payment, nonce, last);
    }
}
