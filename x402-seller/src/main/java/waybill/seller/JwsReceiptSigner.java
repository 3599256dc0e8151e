package waybill.seller;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.x402.JwsProof;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.ReceiptClaim;

/**
 * Signs offers and receipts as JWS with an Ed25519 key, which is good for that and for nothing else: no chain that is paid on
 * here knows such keys, so it cannot pay, whoever gets hold of it. Thread-safe; never prints the key.
 */
public final class JwsReceiptSigner implements ReceiptSigner {
    private static final String ALGORITHM = "Ed25519";
    private static final int MAX_FILE_BYTES = 16 * 1024;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN (PRIVATE|PUBLIC) KEY-----([A-Za-z0-9+/=\\s]+)-----END \\1 KEY-----");

    private final PrivateKey key;
    private final String name;

    private JwsReceiptSigner(PrivateKey key, String name) {
        this.key = key;
        this.name = name;
    }

    /**
     * A signer whose key buyers know by {@code name}.
     *
     * @param name the key's identifier, such as {@code did:web:shop.example#receipts}; null for one that holds the public
     *     key itself
     * @throws IllegalArgumentException when the two are no pair of Ed25519 keys
     */
    public static JwsReceiptSigner of(PrivateKey key, PublicKey publicKey, @Nullable String name) {
        if (!(publicKey instanceof EdECPublicKey ed)
                || !ed.getParams().getName().equals(ALGORITHM)) {
            throw new IllegalArgumentException(
                    "receipts are signed with an Ed25519 key, not " + publicKey.getAlgorithm());
        }
        String own = JwsProof.name(ed);
        if (new JwsReceiptSigner(key, own).signed("{}").verdict() != JwsProof.Verdict.SIGNED) {
            throw new IllegalArgumentException("the private and the public key of receipts are no pair");
        }
        return new JwsReceiptSigner(key, name == null ? own : name);
    }

    /**
     * A signer with the pair of keys in a PEM file, as {@code openssl genpkey -algorithm ed25519} and
     * {@code openssl pkey -pubout} write them, one below the other.
     *
     * @throws IOException when it cannot be read
     * @throws IllegalArgumentException when it does not hold one private and one public Ed25519 key
     */
    public static JwsReceiptSigner read(Path pem) throws IOException {
        if (Files.size(pem) > MAX_FILE_BYTES) {
            throw new IllegalArgumentException(pem.getFileName() + " is longer than a file of two keys");
        }
        byte[] secret = null;
        byte[] open = null;
        Matcher block = BLOCK.matcher(Files.readString(pem, StandardCharsets.US_ASCII));
        while (block.find()) {
            byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
            if (block.group(1).equals("PRIVATE")) {
                secret = bytes;
            } else {
                open = bytes;
            }
        }
        if (secret == null || open == null) {
            throw new IllegalArgumentException(pem.getFileName()
                    + " holds no pair of keys in PEM; make one with: openssl genpkey -algorithm ed25519 -out "
                    + pem.getFileName() + " && openssl pkey -in " + pem.getFileName() + " -pubout >> "
                    + pem.getFileName());
        }
        try {
            KeyFactory factory = KeyFactory.getInstance(ALGORITHM);
            return of(
                    factory.generatePrivate(new PKCS8EncodedKeySpec(secret)),
                    factory.generatePublic(new X509EncodedKeySpec(open)),
                    null);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(pem.getFileName() + " holds no Ed25519 keys");
        }
    }

    /** What buyers know the key by. */
    public String name() {
        return name;
    }

    @Override
    public OfferReceipt.Proof sign(OfferClaim offer) {
        return new OfferReceipt.Proof.Jws(signed(offer.canonical()));
    }

    @Override
    public OfferReceipt.Proof sign(ReceiptClaim receipt) {
        return new OfferReceipt.Proof.Jws(signed(receipt.canonical()));
    }

    private JwsProof signed(String claim) {
        try {
            return JwsProof.sign(name, claim, input -> {
                Signature signing = Signature.getInstance(ALGORITHM);
                signing.initSign(key);
                signing.update(input);
                return signing.sign();
            });
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the key of receipts does not sign: " + e.getMessage());
        }
    }

    /** The key's name alone. */
    @Override
    public String toString() {
        return "JwsReceiptSigner[" + name + "]";
    }
}
