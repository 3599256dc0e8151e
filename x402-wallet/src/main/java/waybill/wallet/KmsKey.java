package waybill.wallet;

/**
 * A secp256k1 key in a key management service or a hardware module, in the shape that those of the clouds share: the key
 * never leaves, it signs digests, and its signatures are DER. Whoever has such a service writes these two methods with its
 * client and gives them to {@link KmsSigner}; nothing else calls them. Thread-safe.
 */
public interface KmsKey {
    /** The public key as X.509 {@code SubjectPublicKeyInfo} in DER, which is what the services hand out. */
    byte[] publicKey();

    /**
     * Signs 32 bytes that are a digest already (the services' mode {@code DIGEST} or {@code SHA-256 digest}, without
     * another hash).
     *
     * @return the ECDSA signature in DER, with s in either half
     * @throws SigningException when the service refuses or does not answer in a time of its own choosing
     */
    byte[] sign(byte[] digest);
}
