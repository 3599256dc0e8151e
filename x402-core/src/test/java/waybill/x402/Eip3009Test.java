package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Hash;
import org.web3j.crypto.Sign;
import org.web3j.crypto.StructuredDataEncoder;

/** Published vectors, and web3j as an independent second opinion. */
class Eip3009Test {
    static final SigningKey PAYER =
            SigningKey.parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    static final Asset USDC =
            Assets.standard().find(Network.parse("eip155:84532"), "USDC").orElseThrow();
    static final TransferAuthorization AUTHORIZATION = new TransferAuthorization(
            PAYER.address(),
            Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            BigInteger.valueOf(10000),
            BigInteger.ZERO,
            BigInteger.valueOf(1893456000),
            Bytes32.parse("0x" + "11".repeat(32)));

    @Test
    void agrees_with_the_published_vector_at_every_step() {
        assertThat(PAYER.address()).hasToString("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assertThat(Eip712.domainSeparator(USDC))
                .hasToString("0x71f17a3b2ff373b803d70a5a07c046c1a2bc8e89c09ef722fcb047abe94c9818");
        assertThat(AUTHORIZATION.structHash())
                .hasToString("0xe3ef1a52754411cd7df3f32ee45c08cf83f2db69850939801f9eba69f26a2f33");
        assertThat(AUTHORIZATION.digest(USDC))
                .hasToString("0x7418c5730e5b1d28b3a3b5616f476479526a4668612cb2deb15e58e8cce0956b");
        Signature signature = PAYER.sign(AUTHORIZATION, USDC);
        assertThat(signature.toHex())
                .isEqualTo("0xbc72909f94e2cebee2d4b1375df79e97871474f959804e254bef016d0dca67f5"
                        + "76cd8a65a6505cc16668db796372ed51e1bbf10efe7988803ab21ad1a2e697a01c");
        assertThat(Signature.parse(signature.toHex()).recover(AUTHORIZATION.digest(USDC)))
                .isEqualTo(PAYER.address());
    }

    @Test
    void hashes_its_types_to_the_published_values() {
        assertThat(Eip712.typeHash("TransferWithAuthorization(address from,address to,uint256 value,"
                        + "uint256 validAfter,uint256 validBefore,bytes32 nonce)"))
                .hasToString("0x7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267");
        assertThat(Eip712.typeHash(
                        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
                .hasToString("0x8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f");
    }

    @Test
    void cancels_with_the_type_that_circle_publishes_and_for_no_other_payer() {
        assertThat(Eip712.typeHash("CancelAuthorization(address authorizer,bytes32 nonce)"))
                .hasToString("0x158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429");
        CancelAuthorization cancel = new CancelAuthorization(PAYER.address(), AUTHORIZATION.nonce());
        assertThat(PAYER.sign(cancel, USDC).recover(cancel.digest(USDC))).isEqualTo(PAYER.address());
        assertThat(cancel.digest(USDC)).isNotEqualTo(AUTHORIZATION.digest(USDC));
        CancelAuthorization others = new CancelAuthorization(AUTHORIZATION.to(), AUTHORIZATION.nonce());
        assertThatThrownBy(() -> PAYER.sign(others, USDC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(PAYER.address().toString());
    }

    @Test
    void signs_and_recovers_1000_random_digests_as_web3j_does() throws Exception {
        SplittableRandom random = new SplittableRandom(3009);
        for (int i = 0; i < 1000; i++) {
            byte[] secret = bytes(random, 32);
            secret[0] &= 0x7f; // below the order
            byte[] digest = i == 0 ? new byte[32] : bytes(random, 32);
            SigningKey ours = SigningKey.of(secret);
            ECKeyPair theirs = ECKeyPair.create(secret);
            Sign.SignatureData expected = Sign.signMessage(digest, theirs, false);

            Signature signature = ours.sign(Bytes32.of(digest));

            assertThat(signature.toHex())
                    .as("case %d of seed 3009", i)
                    .isEqualTo("0x" + hex(expected.getR()) + hex(expected.getS()) + hex(expected.getV()));
            assertThat(signature.recover(Bytes32.of(digest)))
                    .hasToString(org.web3j.crypto.Keys.toChecksumAddress(
                            Credentials.create(theirs).getAddress()));
        }
    }

    @Test
    void hashes_1000_random_authorizations_as_web3j_does() throws Exception {
        SplittableRandom random = new SplittableRandom(712);
        for (int i = 0; i < 1000; i++) {
            Asset asset = new Asset(
                    new Network(1 + random.nextLong(1L << 40)),
                    Address.of(bytes(random, 20)),
                    "T",
                    6,
                    "Token " + random.nextInt(),
                    String.valueOf(random.nextInt(9)),
                    TransferMethod.EIP3009);
            TransferAuthorization authorization = new TransferAuthorization(
                    Address.of(bytes(random, 20)),
                    Address.of(bytes(random, 20)),
                    number(random),
                    number(random),
                    number(random),
                    Bytes32.of(bytes(random, 32)));
            assertThat(authorization.digest(asset).bytes())
                    .as("case %d of seed 712", i)
                    .isEqualTo(new StructuredDataEncoder(typedData(asset, authorization)).hashStructuredData());
        }
    }

    @Test
    void signs_for_no_other_payer_and_not_after_it_is_destroyed() {
        SigningKey other = SigningKey.parse("11".repeat(32));
        assertThatThrownBy(() -> other.sign(AUTHORIZATION, USDC)).hasMessageContaining("the authorisation is for");
        other.destroy();
        assertThatThrownBy(() -> other.sign(Bytes32.keccak(new byte[0]))).hasMessageContaining("destroyed");
    }

    @Test
    void recovers_nobody_or_somebody_else_from_a_changed_signature() {
        Bytes32 digest = AUTHORIZATION.digest(USDC);
        Signature good = PAYER.sign(AUTHORIZATION, USDC);
        assertThat(new Signature(good.r(), good.s().subtract(BigInteger.ONE), good.v()).recover(digest))
                .isNotEqualTo(PAYER.address());
        assertThat(new Signature(good.r(), good.s(), 55 - good.v()).recover(digest))
                .isNotEqualTo(PAYER.address());
        assertThat(good.recover(Bytes32.keccak(new byte[1]))).isNotEqualTo(PAYER.address());
        // 5 is the x of no point on the curve
        assertThat(new Signature(BigInteger.valueOf(5), good.s(), 27).recover(digest))
                .isNull();
    }

    @Test
    void refuses_a_signature_that_is_not_canonical() {
        Signature good = PAYER.sign(AUTHORIZATION, USDC);
        BigInteger high = Secp256k1.ORDER.subtract(good.s());
        assertThatThrownBy(() -> new Signature(good.r(), high, 27)).hasMessageContaining("lower half");
        assertThatThrownBy(() -> new Signature(BigInteger.ZERO, good.s(), 27)).hasMessageContaining("r of the");
        assertThatThrownBy(() -> new Signature(good.r(), BigInteger.ZERO, 27)).hasMessageContaining("s of the");
        assertThatThrownBy(() -> new Signature(good.r(), good.s(), 29)).hasMessageContaining("27 or 28");
        assertThatThrownBy(() -> Signature.parse("0x1234")).hasMessageContaining("65 bytes");
        String zeroBased = good.toHex().substring(0, 130) + (good.v() == 28 ? "01" : "00");
        assertThat(Signature.parse(zeroBased)).isEqualTo(good);
    }

    @Test
    void never_prints_a_key_or_a_signature() {
        Signature signature = PAYER.sign(AUTHORIZATION, USDC);
        String printed = PAYER + " " + signature + " " + new SchemePayload.Eip3009(signature.toHex(), AUTHORIZATION);
        assertThat(printed).doesNotContain("ac0974").doesNotContain("bc7290");
        String secret = "zz0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        assertThatThrownBy(() -> SigningKey.parse(secret))
                .hasMessageNotContaining("0974")
                .hasMessageContaining("64 hex digits");
    }

    private static String typedData(Asset asset, TransferAuthorization a) {
        return """
                {"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},
                {"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
                "TransferWithAuthorization":[{"name":"from","type":"address"},{"name":"to","type":"address"},
                {"name":"value","type":"uint256"},{"name":"validAfter","type":"uint256"},
                {"name":"validBefore","type":"uint256"},{"name":"nonce","type":"bytes32"}]},
                "primaryType":"TransferWithAuthorization",
                "domain":{"name":"%s","version":"%s","chainId":%d,"verifyingContract":"%s"},
                "message":{"from":"%s","to":"%s","value":"%s","validAfter":"%s","validBefore":"%s","nonce":"%s"}}"""
                .formatted(
                        asset.domainName(),
                        asset.domainVersion(),
                        asset.network().chainId(),
                        asset.address(),
                        a.from(),
                        a.to(),
                        a.value(),
                        a.validAfter(),
                        a.validBefore(),
                        a.nonce());
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static BigInteger number(SplittableRandom random) {
        return new BigInteger(1, bytes(random, random.nextInt(33)));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void hashes_with_keccak_and_not_with_sha3() {
        assertThat(Bytes32.keccak(new byte[0]).bytes()).isEqualTo(Hash.sha3(new byte[0]));
    }
}
