package waybill.wallet;

import org.jspecify.annotations.Nullable;

/**
 * What a seller's signed receipt ({@code offer-receipt}) was found to be. It is the seller's word beside the chain's: a good
 * one proves no payment, and a bad one takes nothing from a payment that the chain shows.
 *
 * @param finding what it is
 * @param signer who signed: an account, or a key by its name ({@code did:...}); null where nobody can have, or it was not
 *     looked at
 */
public record SellerReceipt(Finding finding, @Nullable String signer) {

    /** What a receipt can be. */
    public enum Finding {
        /** It is of this payment, and signed by the account that was paid. */
        BY_PAYEE,
        /** It is of this payment, and signed by the account or key that signed the offer in the bill. */
        BY_OFFERER,
        /** It is of this payment, and signed by an account or key that nobody has spoken of. */
        BY_STRANGER,
        /** It is of another payment: of another payer, chain, transaction or resource, or of another time. */
        OF_ANOTHER,
        /** It is malformed, or its signature is nobody's. */
        FORGED,
        /** It is a JWS by a key of another kind, or one that is named by a document on the web: nobody here can say. */
        NOT_CHECKED;

        /** True for one that no honest seller sends. */
        public boolean bad() {
            return this == OF_ANOTHER || this == FORGED;
        }
    }

    static @Nullable SellerReceipt parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String[] words = text.split(" ", 2);
        return new SellerReceipt(Finding.valueOf(words[0]), words.length == 1 ? null : words[1]);
    }

    /** The finding, and who signed, such as {@code BY_PAYEE 0x70997970C51812dc3A010C7d01b50e0d17dc79C8}. */
    @Override
    public String toString() {
        return signer == null ? finding.name() : finding.name() + " " + signer;
    }
}
