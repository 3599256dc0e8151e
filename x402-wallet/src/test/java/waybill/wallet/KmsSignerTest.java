package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.TransferAuthorization;

/** A software key behind JCA stands for the service: the same two calls, the same encodings. */
class KmsSignerTest {
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
    private static final BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    static final class SoftwareKey implements KmsKey {
        private final KeyPair pair;
        private final Set<Boolean> halves = new HashSet<>();

        SoftwareKey(String curve) throws GeneralSecurityException {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", PROVIDER);
            generator.initialize(new ECGenParameterSpec(curve), new SecureRandom());
            pair = generator.generateKeyPair();
        }

        @Override
        public byte[] publicKey() {
            return pair.getPublic().getEncoded();
        }

        @Override
        public byte[] sign(byte[] digest) {
            try {
                Signature signature = Signature.getInstance("NONEwithECDSA", PROVIDER);
                signature.initSign(pair.getPrivate());
                signature.update(digest);
                byte[] der = signature.sign();
                BigInteger s = ((ASN1Integer) ASN1Sequence.getInstance(der).getObjectAt(1)).getValue();
                halves.add(s.compareTo(ORDER.shiftRight(1)) > 0);
                return der;
            } catch (GeneralSecurityException e) {
                throw new SigningException("the software key failed", e);
            }
        }
    }

    static Signable.Transfer transfer(Address from, int i) {
        byte[] nonce = new byte[32];
        nonce[31] = (byte) i;
        return new Signable.Transfer(
                new TransferAuthorization(
                        from,
                        ScriptedSeller.PAYEE,
                        BigInteger.valueOf(10_000 + i),
                        BigInteger.ZERO,
                        BigInteger.valueOf(1_893_456_000),
                        Bytes32.of(nonce)),
                ScriptedSeller.USDC);
    }

    @Test
    void brings_every_signature_to_the_form_that_tokens_take() throws Exception {
        SoftwareKey key = new SoftwareKey("secp256k1");
        KmsSigner signer = KmsSigner.of(key);
        for (int i = 0; i < 60; i++) {
            Signable.Transfer transfer = transfer(signer.address(), i);
            var signature = signer.sign(transfer);
            assertThat(signature.recover(transfer.digest())).isEqualTo(signer.address());
            assertThat(signature.s()).isLessThanOrEqualTo(ORDER.shiftRight(1));
        }
        assertThat(key.halves).as("the service signs in both halves").containsExactlyInAnyOrder(true, false);
    }

    @Test
    void names_the_account_that_web3j_names() throws Exception {
        SoftwareKey key = new SoftwareKey("secp256k1");
        BigInteger secret = ((org.bouncycastle.jce.interfaces.ECPrivateKey) key.pair.getPrivate()).getD();
        assertThat(KmsSigner.of(key).address())
                .hasToString(org.web3j.crypto.Keys.toChecksumAddress(
                        org.web3j.crypto.Credentials.create(secret.toString(16)).getAddress()));
    }

    @Test
    void refuses_a_key_on_another_curve_and_bytes_that_are_no_key() throws Exception {
        assertThatThrownBy(() -> KmsSigner.of(new SoftwareKey("secp256r1")))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("secp256k1");
        byte[] whole = new SoftwareKey("secp256k1").publicKey();
        for (byte[] bytes : new byte[][] {
            {}, new byte[88], Arrays.copyOf(whole, 40), Arrays.copyOf(whole, whole.length + 1), new byte[10_000]
        }) {
            assertThatThrownBy(() -> KmsSigner.of(returning(bytes, new byte[0])))
                    .isInstanceOf(SigningException.class);
        }
        byte[] offCurve = whole.clone();
        offCurve[offCurve.length - 1] ^= 1;
        assertThatThrownBy(() -> KmsSigner.of(returning(offCurve, new byte[0]))).isInstanceOf(SigningException.class);
    }

    @Test
    void refuses_signatures_that_are_damaged_out_of_range_or_of_another_key() throws Exception {
        SoftwareKey key = new SoftwareKey("secp256k1");
        KmsSigner good = KmsSigner.of(key);
        Signable.Transfer transfer = transfer(good.address(), 1);
        byte[] der = key.sign(transfer.digest().bytes());
        byte[] others = new SoftwareKey("secp256k1").sign(transfer.digest().bytes());
        byte[] another = key.sign(transfer(good.address(), 2).digest().bytes());
        for (byte[] bad : new byte[][] {
            {},
            Arrays.copyOf(der, der.length - 1),
            Arrays.copyOf(der, der.length + 1),
            new byte[4_000],
            others,
            another,
            pair(BigInteger.ZERO, BigInteger.ONE),
            pair(BigInteger.ONE, BigInteger.ZERO),
            pair(BigInteger.ONE, ORDER),
            pair(ORDER, BigInteger.ONE),
            pair(BigInteger.ONE, BigInteger.ONE.negate()),
            new DERSequence(new ASN1Integer(5)).getEncoded("DER")
        }) {
            assertThatThrownBy(
                            () -> KmsSigner.of(returning(key.publicKey(), bad)).sign(transfer))
                    .isInstanceOf(SigningException.class);
        }
    }

    @Test
    void is_not_asked_for_the_signature_of_another_account() throws Exception {
        KmsSigner signer = KmsSigner.of(new SoftwareKey("secp256k1"));
        assertThatThrownBy(() -> signer.sign(transfer(ScriptedSeller.PAYEE, 1)))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining(signer.address().toString());
    }

    private static byte[] pair(BigInteger r, BigInteger s) throws Exception {
        return new DERSequence(new ASN1Integer[] {new ASN1Integer(r), new ASN1Integer(s)}).getEncoded("DER");
    }

    private static KmsKey returning(byte[] publicKey, byte[] signature) {
        return new KmsKey() {
            @Override
            public byte[] publicKey() {
                return publicKey;
            }

            @Override
            public byte[] sign(byte[] digest) {
                return signature;
            }
        };
    }
}
