package waybill.x402;

/**
 * A token that payments can be made in, with the facts that a signature commits to. They come from our own table or a
 * person's configuration, never from an offer: a seller that lies about a name or about decimals is refused.
 *
 * @param network the chain it lives on
 * @param address the token contract
 * @param symbol what people call it, such as {@code USDC}
 * @param decimals digits behind the point, 0 to 36
 * @param domainName the {@code name} of the token's EIP-712 domain, which may differ from its symbol; empty for a token
 *     that has none, as Ethereum's USDT, and then its version is empty too
 * @param domainVersion the {@code version} of that domain
 * @param method how the token is moved by signature
 */
public record Asset(
        Network network,
        Address address,
        String symbol,
        int decimals,
        String domainName,
        String domainVersion,
        TransferMethod method) {

    public Asset {
        if (symbol.isBlank() || symbol.length() > 32) {
            throw new IllegalArgumentException("a symbol has 1 to 32 characters: " + Printable.cut(symbol, 60));
        }
        if (decimals < 0 || decimals > 36) {
            throw new IllegalArgumentException("decimals of " + symbol + " are 0 to 36, not " + decimals);
        }
        if (method == TransferMethod.EIP3009 && domainName.isEmpty()) {
            throw new IllegalArgumentException(symbol + " cannot be moved by EIP-3009 without an EIP-712 domain");
        }
    }

    /** True when the token takes signatures itself: transfers by EIP-3009, or at least permits by EIP-2612. */
    public boolean hasDomain() {
        return !domainName.isEmpty();
    }

    /** Such as {@code USDC on eip155:84532}. */
    @Override
    public String toString() {
        return symbol + " on " + network;
    }
}
