package waybill.wallet;

import java.util.HexFormat;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.CancelAuthorization;
import waybill.x402.Signature;

/**
 * A payment taken back: the payer's word that its nonce is used up, ready for the token's contract. The wallet holds no key
 * that pays gas, so somebody else sends it: any account of the person's, or anyone at all, for it can do nothing but end
 * this one payment. Until the chain shows it, the payment may still be collected.
 */
public final class SignedCancel {
    private static final String FUNCTION = "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)";

    private final Asset asset;
    private final CancelAuthorization cancel;
    private final Signature signature;

    SignedCancel(Asset asset, CancelAuthorization cancel, Signature signature) {
        this.asset = asset;
        this.cancel = cancel;
        this.signature = signature;
    }

    /** The token, whose contract is called. */
    public Asset asset() {
        return asset;
    }

    /** Whose authorisation is taken back, and which. */
    public CancelAuthorization cancel() {
        return cancel;
    }

    /** The data of the transaction to the token's address, with {@code 0x}: the function that EIP-3009 names, and its words. */
    public String callData() {
        byte[] selector = Bytes32.keccak(FUNCTION.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .bytes();
        HexFormat hex = HexFormat.of();
        return "0x" + hex.formatHex(selector, 0, 4)
                + "0".repeat(24) + hex.formatHex(cancel.authorizer().bytes())
                + hex.formatHex(cancel.nonce().bytes())
                + "%064x%064x%064x".formatted(signature.v(), signature.r(), signature.s());
    }

    /** Without the signature. */
    @Override
    public String toString() {
        return "SignedCancel[" + cancel + ", " + asset + "]";
    }
}
