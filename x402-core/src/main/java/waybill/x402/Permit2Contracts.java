package waybill.x402;

/**
 * Where Permit2 and the two contracts that settle x402 payments through it live. A signature names one of the two as the
 * only one that may use it.
 *
 * @param permit2 moves tokens whose owner approved it once
 * @param exactProxy settles {@code exact}: the whole sum, to the payee that was signed
 * @param uptoProxy settles {@code upto}: any part of the sum, if the facilitator that was signed asks for it
 */
public record Permit2Contracts(Address permit2, Address exactProxy, Address uptoProxy) {
    /** The same on every chain. Source: the reference packages, version 2.27.0. */
    public static final Permit2Contracts CANONICAL = new Permit2Contracts(
            Address.parse("0x000000000022D473030F116dDEE9F6B43aC78BA3"),
            Address.parse("0x402085c248EeA27D92E8b30b2C58ed07f9E20001"),
            Address.parse("0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002"));
}
