package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Authorization;
import waybill.x402.Bytes32;
import waybill.x402.Offer;
import waybill.x402.Permit2Contracts;
import waybill.x402.SchemePayload;

/**
 * The buyer's side of one way of paying: which offers it reads, what is signed for them, and how the chain shows what became
 * of it. An implementation is one file; {@code docs/schemes.md} says how another one is added.
 */
interface BuyerScheme {
    /** The name that the ledger remembers it by. */
    PaymentMethod method();

    /** Whether the offer is of this scheme and way of moving the token. */
    boolean reads(Offer offer);

    /** Why an offer that it reads cannot be paid, a sentence; null when nothing stands against it. */
    @Nullable
    String objection(Offer offer, Asset asset);

    /**
     * What would be signed.
     *
     * @param offer that it reads and does not object to
     */
    Authorization authorization(
            Offer offer, Asset asset, Address payer, Address payTo, BigInteger amount, Bytes32 nonce, Window window);

    /**
     * When a payment can be collected.
     *
     * @param from seconds since 1970
     * @param until seconds since 1970
     */
    record Window(BigInteger from, BigInteger until) {}

    /** An authorisation of this scheme as the signer is asked about it. */
    Signable signable(Authorization authorization, Asset asset);

    /** A signed authorisation of this scheme as the wire has it. */
    SchemePayload payload(Authorization authorization, String signature);

    /** Whether the nonce is used up as of {@code block}, by a payment or by taking it back. */
    boolean nonceUsed(ChainNode node, Asset asset, Address payer, Bytes32 nonce, String block) throws IOException;

    /**
     * The transaction in which a payment was made; empty when the chain shows none.
     *
     * @param claimed the hash that a seller named, or null
     */
    Optional<Transferred> transfer(
            ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, @Nullable String claimed) throws IOException;

    /** The transaction in which the payer took the payment back, in a block not after {@code last}; empty without one. */
    Optional<String> takenBack(ChainNode node, ChainNode.PaymentFacts payment, Bytes32 nonce, ChainNode.Block last)
            throws IOException;

    /**
     * What a transaction moved.
     *
     * @param transaction its hash
     * @param atomic units
     */
    record Transferred(String transaction, BigInteger atomic) {}

    /** All of them, in no order that matters. */
    static List<BuyerScheme> all(Permit2Contracts permit2) {
        return List.of(new ExactByEip3009(), new ExactByPermit2(permit2), new Upto(permit2));
    }

    /** The one of this method. */
    static BuyerScheme of(PaymentMethod method, Permit2Contracts permit2) {
        return switch (method) {
            case EIP3009 -> new ExactByEip3009();
            case PERMIT2 -> new ExactByPermit2(permit2);
            case UPTO -> new Upto(permit2);
        };
    }
}
