package waybill.wallet;

import waybill.x402.Address;
import waybill.x402.Signature;

/**
 * The one way to a signature. Implementations hold or reach a key; the wallet checks afterwards that the signature
 * recovers to {@link #address()}. Thread-safe.
 */
public interface PaymentSigner {
    /** The account that pays. */
    Address address();

    /**
     * Signs one typed thing.
     *
     * @throws SigningException when this signer will not or cannot; then nothing was signed
     */
    Signature sign(Signable signable);
}
