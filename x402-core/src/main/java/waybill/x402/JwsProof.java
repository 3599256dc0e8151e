package waybill.x402;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compact JWS as sellers sign offers and receipts with: Ed25519, by a key whose name tells it ({@code did:key},
 * {@code did:jwk}). Such a key signs no payment on any chain. Keys that are named by a document on the web are not fetched.
 * Immutable.
 */
public final class JwsProof {
    private static final int MAX_CHARS = 8 * 1024;
    private static final int MAX_BYTES = 8 * 1024;
    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;
    private static final int ED25519_CODEC = 0xed01; // multicodec 0xed as a varint
    private static final String ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    private final String compact;
    private final String keyName;
    private final JsonObject payload;

    private JwsProof(String compact, String keyName, JsonObject payload) {
        this.compact = compact;
        this.keyName = keyName;
        this.payload = payload;
    }

    /** Header, payload and signature in base64url, with dots between. */
    public String compact() {
        return compact;
    }

    /** What the key is called ({@code kid}). */
    public String keyName() {
        return keyName;
    }

    /** What was signed. */
    JsonObject payload() {
        return payload;
    }

    /** Makes the signature: 64 bytes of Ed25519 over what it is given. */
    @FunctionalInterface
    public interface Signer {
        /** The signature over {@code input}. */
        byte[] sign(byte[] input) throws GeneralSecurityException;
    }

    /**
     * A JWS over a claim.
     *
     * @param keyName as {@link #name} gives it, or another name that buyers know the key by
     * @param canonical the claim as {@link OfferClaim#canonical} or {@link ReceiptClaim#canonical} writes it
     * @throws GeneralSecurityException when the key does not sign
     */
    public static JwsProof sign(String keyName, String canonical, Signer signer) throws GeneralSecurityException {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("alg", "EdDSA");
        header.put("kid", keyName);
        String input = base64(Json.write(header)) + "." + base64(canonical);
        byte[] signature = signer.sign(input.getBytes(StandardCharsets.US_ASCII));
        return parse(input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
    }

    /** The name of an Ed25519 key that holds the key itself: {@code did:jwk:...}. */
    public static String name(EdECPublicKey key) {
        byte[] x = new byte[KEY_BYTES];
        byte[] y = key.getPoint().getY().toByteArray();
        for (int i = 0; i < Math.min(y.length, KEY_BYTES); i++) {
            x[i] = y[y.length - 1 - i];
        }
        x[KEY_BYTES - 1] |= (byte) (key.getPoint().isXOdd() ? 0x80 : 0);
        Map<String, Object> jwk = new LinkedHashMap<>();
        jwk.put("alg", "EdDSA");
        jwk.put("crv", "Ed25519");
        jwk.put("kty", "OKP");
        jwk.put("x", Base64.getUrlEncoder().withoutPadding().encodeToString(x));
        return "did:jwk:" + base64(Json.write(jwk));
    }

    /**
     * Reads one; its signature is not looked at.
     *
     * @throws MalformedWireException when it is too long, or no JWS with a named key
     */
    static JwsProof parse(String compact) {
        if (compact.length() > MAX_CHARS) {
            throw new MalformedWireException("a JWS has " + compact.length() + " characters; at most " + MAX_CHARS);
        }
        String[] parts = compact.split("\\.", -1);
        if (parts.length != 3) {
            throw new MalformedWireException("a JWS has three parts");
        }
        JsonObject header = json(parts[0]);
        return new JwsProof(compact, header.string("kid"), json(parts[1]));
    }

    /** What its signature is worth. */
    public enum Verdict {
        /** The named key signed it. */
        SIGNED,
        /** Its key is named by a document, or is of another kind: nobody here can say. */
        UNKNOWN_KEY,
        /** The named key did not sign it. */
        FORGED
    }

    /** Whether the key that it names signed it. */
    public Verdict verdict() {
        int dot = compact.lastIndexOf('.');
        PublicKey key = key();
        if (key == null) {
            return Verdict.UNKNOWN_KEY;
        }
        try {
            byte[] signature = bytes(compact.substring(dot + 1));
            Signature check = Signature.getInstance("Ed25519");
            check.initVerify(key);
            check.update(compact.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
            return signature.length == SIGNATURE_BYTES && check.verify(signature) ? Verdict.SIGNED : Verdict.FORGED;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Verdict.FORGED;
        }
    }

    private @Nullable PublicKey key() {
        int hash = keyName.indexOf('#');
        String name = hash < 0 ? keyName : keyName.substring(0, hash);
        try {
            byte[] raw = name.startsWith("did:jwk:")
                    ? ofJwk(name.substring("did:jwk:".length()))
                    : name.startsWith("did:key:z") ? ofMultikey(name.substring("did:key:z".length())) : null;
            return raw == null ? null : ed25519(raw);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return null;
        }
    }

    private static byte @Nullable [] ofJwk(String encoded) {
        JsonObject jwk = json(encoded);
        return "OKP".equals(jwk.optionalString("kty")) && "Ed25519".equals(jwk.optionalString("crv"))
                ? bytes(jwk.string("x"))
                : null;
    }

    private static byte @Nullable [] ofMultikey(String base58) {
        if (base58.length() > 100) {
            return null;
        }
        BigInteger number = BigInteger.ZERO;
        for (int i = 0; i < base58.length(); i++) {
            int digit = ALPHABET.indexOf(base58.charAt(i));
            if (digit < 0) {
                return null;
            }
            number = number.multiply(BigInteger.valueOf(ALPHABET.length())).add(BigInteger.valueOf(digit));
        }
        if (number.shiftRight(8 * KEY_BYTES).intValue() != ED25519_CODEC || number.bitLength() != 8 * KEY_BYTES + 16) {
            return null;
        }
        byte[] all = number.toByteArray();
        byte[] key = new byte[KEY_BYTES];
        System.arraycopy(all, all.length - KEY_BYTES, key, 0, KEY_BYTES);
        return key;
    }

    private static PublicKey ed25519(byte[] raw) throws GeneralSecurityException {
        if (raw.length != KEY_BYTES) {
            throw new IllegalArgumentException("an Ed25519 key has 32 bytes");
        }
        byte[] y = new byte[KEY_BYTES];
        for (int i = 0; i < KEY_BYTES; i++) {
            y[i] = raw[KEY_BYTES - 1 - i];
        }
        boolean odd = (y[0] & 0x80) != 0;
        y[0] &= 0x7f;
        EdECPoint point = new EdECPoint(odd, new BigInteger(1, y));
        return KeyFactory.getInstance("Ed25519")
                .generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
    }

    private static JsonObject json(String base64Url) {
        return JsonObject.of(Json.parseObject(bytes(base64Url), MAX_BYTES), "a part of a JWS");
    }

    private static byte[] bytes(String base64Url) {
        return Base64.getUrlDecoder().decode(base64Url);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JwsProof that && that.compact.equals(compact);
    }

    @Override
    public int hashCode() {
        return compact.hashCode();
    }

    /** The key's name. */
    @Override
    public String toString() {
        return "JwsProof[" + Printable.cut(keyName, 200) + "]";
    }
}
