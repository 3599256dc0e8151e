package waybill.x402;

/**
 * A payer's word that takes an authorisation back before anybody used it: EIP-3009's {@code CancelAuthorization}. The
 * token marks the nonce as used and moves nothing. Whoever sends it to the chain pays the gas; it names no expiry.
 *
 * @param authorizer who had signed the authorisation
 * @param nonce the nonce of that authorisation
 */
public record CancelAuthorization(Address authorizer, Bytes32 nonce) {
    private static final Bytes32 TYPE_HASH = Eip712.typeHash("CancelAuthorization(address authorizer,bytes32 nonce)");

    /** What is signed: the EIP-712 digest under the domain of {@code asset}, which comes from our own table. */
    public Bytes32 digest(Asset asset) {
        return Eip712.digest(
                Eip712.domainSeparator(asset), Eip712.struct(TYPE_HASH, Eip712.word(authorizer), nonce.bytes()));
    }
}
