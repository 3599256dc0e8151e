package waybill.x402;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** The two things that key management services write in DER: a public key and a signature. Bounded before they are read. */
final class Der {
    private static final int MAX_KEY_BYTES = 512;
    private static final int MAX_SIGNATURE_BYTES = 80;

    private Der() {}

    /** r and s, as written. */
    static BigInteger[] signature(byte[] der) {
        if (der.length > MAX_SIGNATURE_BYTES) {
            throw new IllegalArgumentException("a DER signature has at most " + MAX_SIGNATURE_BYTES + " bytes");
        }
        try {
            ASN1Primitive read = ASN1Primitive.fromByteArray(der);
            boolean canonical = read instanceof ASN1Sequence pair
                    && pair.size() == 2
                    && pair.getObjectAt(0) instanceof ASN1Integer
                    && pair.getObjectAt(1) instanceof ASN1Integer
                    && Arrays.equals(read.getEncoded("DER"), der);
            if (!canonical) {
                throw new IllegalArgumentException("it is not two integers in DER");
            }
            ASN1Sequence pair = (ASN1Sequence) read;
            return new BigInteger[] {
                ((ASN1Integer) pair.getObjectAt(0)).getValue(), ((ASN1Integer) pair.getObjectAt(1)).getValue()
            };
        } catch (IOException | IllegalStateException e) {
            throw new IllegalArgumentException("it is not DER", e);
        }
    }

    static Address account(byte[] subjectPublicKeyInfo) {
        if (subjectPublicKeyInfo.length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("a public key in DER has at most " + MAX_KEY_BYTES + " bytes");
        }
        byte[] point;
        try {
            SubjectPublicKeyInfo key =
                    SubjectPublicKeyInfo.getInstance(ASN1Primitive.fromByteArray(subjectPublicKeyInfo));
            if (key == null
                    || !SECObjectIdentifiers.secp256k1.equals(key.getAlgorithm().getParameters())) {
                throw new IllegalArgumentException("the public key is not one on secp256k1");
            }
            point = key.getPublicKeyData().getOctets();
        } catch (IOException | IllegalStateException | ClassCastException e) {
            throw new IllegalArgumentException("the public key is not DER", e);
        }
        return Secp256k1.account(point);
    }
}
