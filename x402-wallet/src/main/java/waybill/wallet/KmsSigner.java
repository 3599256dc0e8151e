package waybill.wallet;

import waybill.x402.Address;
import waybill.x402.Signature;

/**
 * Signs with a key that lives in a key management service. What the service returns is brought to the one form that
 * tokens accept (s in the lower half, v found by recovery), and only a signature of this very key is handed on.
 * Thread-safe.
 */
public final class KmsSigner implements PaymentSigner {
    private final KmsKey key;
    private final Address address;

    private KmsSigner(KmsKey key, Address address) {
        this.key = key;
        this.address = address;
    }

    /**
     * A signer with this key. Asks for the public key once.
     *
     * @throws SigningException when the public key is not one on secp256k1
     */
    public static KmsSigner of(KmsKey key) {
        try {
            return new KmsSigner(key, Address.ofPublicKey(key.publicKey()));
        } catch (IllegalArgumentException e) {
            throw new SigningException(
                    "the key of the service cannot pay: " + e.getMessage()
                            + ". Make one of the kind ECC_SECG_P256K1 (AWS) or EC_SIGN_SECP256K1_SHA256 (Google)",
                    null);
        }
    }

    @Override
    public Address address() {
        return address;
    }

    @Override
    public Signature sign(Signable signable) {
        if (!signable.signatory().equals(address)) {
            throw new SigningException(
                    "the signature of " + signable.signatory() + " was asked; the service's key is " + address, null);
        }
        try {
            return Signature.fromDer(key.sign(signable.digest().bytes()), signable.digest(), address);
        } catch (IllegalArgumentException e) {
            throw new SigningException("the service's signature cannot be used: " + e.getMessage(), null);
        }
    }

    @Override
    public String toString() {
        return "KmsSigner[" + address + "]";
    }
}
