package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.junit.jupiter.api.Test;

class KnownKeyTest {
    private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");

    private static Bytes32 digest(SplittableRandom random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return Bytes32.of(bytes);
    }

    @Test
    void says_what_recovery_says_of_right_and_wrong_signatures() {
        SplittableRandom random = new SplittableRandom(256);
        SigningKey key = Eip3009Test.PAYER;
        SigningKey other = SigningKey.parse("0x" + "11".repeat(32));
        KnownKey known = KnownKey.of(key.address());
        for (int i = 0; i < 100; i++) {
            Bytes32 digest = digest(random);
            Signature right = key.sign(digest);
            List<Signature> signatures = List.of(
                    right,
                    other.sign(digest),
                    new Signature(right.r(), right.s(), 55 - right.v()),
                    new Signature(right.r().xor(BigInteger.TWO), right.s(), right.v()),
                    new Signature(right.s(), right.s(), right.v()),
                    key.sign(digest(random)));
            for (Signature signature : signatures) {
                assertThat(known.signed(digest, signature))
                        .as("case %d of seed 256", i)
                        .isEqualTo(key.address().equals(signature.recover(digest)));
            }
            assertThat(known.signed(digest, right)).isTrue();
        }
    }

    @Test
    void learns_nothing_from_a_signature_of_somebody_else() {
        SigningKey other = SigningKey.parse("0x" + "11".repeat(32));
        KnownKey known = KnownKey.of(Eip3009Test.PAYER.address());
        Bytes32 digest = digest(new SplittableRandom(1));
        assertThat(known.signed(digest, other.sign(digest))).isFalse();
        assertThat(known.signed(digest, other.sign(digest))).isFalse();
        assertThat(known.signed(digest, Eip3009Test.PAYER.sign(digest))).isTrue();
        assertThat(known.signed(digest, other.sign(digest))).isFalse();
    }

    @Test
    void the_tables_multiply_as_the_curve_does() {
        SplittableRandom random = new SplittableRandom(6);
        List<BigInteger> scalars = new ArrayList<>();
        for (int i = 0; i <= 130; i++) {
            scalars.add(BigInteger.valueOf(i));
            scalars.add(Secp256k1.ORDER.subtract(BigInteger.valueOf(i + 1)));
        }
        for (int bit = 0; bit < 256; bit += 5) {
            scalars.add(BigInteger.ONE.shiftLeft(bit).mod(Secp256k1.ORDER));
        }
        for (int i = 0; i < 100; i++) {
            scalars.add(digest(random).unsigned().mod(Secp256k1.ORDER));
        }
        ECPoint point = CURVE.getG().multiply(BigInteger.valueOf(31_337)).normalize();
        SecretMultiples secret = new SecretMultiples(CURVE.getCurve(), point);
        PublicMultiples open = new PublicMultiples(CURVE.getCurve(), point);
        for (BigInteger scalar : scalars) {
            ECPoint expected = point.multiply(scalar);
            assertThat(secret.times(scalar).equals(expected)).as("%s", scalar).isTrue();
            assertThat(open.timesPlus(scalar, CURVE.getG()).equals(expected.add(CURVE.getG())))
                    .as("%s", scalar)
                    .isTrue();
        }
    }
}
