package waybill.x402;

/** How a token can be moved by a signature of its owner. */
public enum TransferMethod {
    /** The token itself takes a signed {@code transferWithAuthorization} (EIP-3009), as USDC does. */
    EIP3009("eip3009"),
    /** The Permit2 contract moves the token, after one approval by its owner; any ERC-20, USDT among them. */
    PERMIT2("permit2");

    private final String wireName;

    TransferMethod(String wireName) {
        this.wireName = wireName;
    }

    /** The value of {@code extra.assetTransferMethod} in an offer. */
    public String wireName() {
        return wireName;
    }
}
