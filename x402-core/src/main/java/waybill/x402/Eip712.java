package waybill.x402;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Typed-data hashing by EIP-712, by hand for the few types that we sign. */
final class Eip712 {
    private static final Bytes32 DOMAIN_TYPE_HASH =
            typeHash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    private static final Bytes32 PERMIT2_DOMAIN_TYPE_HASH =
            typeHash("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    private static final Bytes32 PLAIN_DOMAIN_TYPE_HASH =
            typeHash("EIP712Domain(string name,string version,uint256 chainId)");
    private static final byte[] DIGEST_PREFIX = {0x19, 0x01};

    private Eip712() {}

    static Bytes32 typeHash(String encodedType) {
        return Bytes32.keccak(encodedType.getBytes(StandardCharsets.US_ASCII));
    }

    /** The domain of a token: its own name and version, its chain, its address. */
    static Bytes32 domainSeparator(Asset asset) {
        if (!asset.hasDomain()) {
            throw new IllegalArgumentException(asset + " has no EIP-712 domain, so it takes no signatures itself");
        }
        return struct(
                DOMAIN_TYPE_HASH,
                word(asset.domainName()),
                word(asset.domainVersion()),
                word(BigInteger.valueOf(asset.network().chainId())),
                word(asset.address()));
    }

    /** The domain of the Permit2 contract at {@code contract}, which has no version. */
    static Bytes32 permit2Domain(Network network, Address contract) {
        return struct(
                PERMIT2_DOMAIN_TYPE_HASH, word("Permit2"), word(BigInteger.valueOf(network.chainId())), word(contract));
    }

    /** A domain without a contract: {@code name}, version 1, on chain 1 whatever chain is spoken of. */
    static Bytes32 plainDomain(String name) {
        return struct(PLAIN_DOMAIN_TYPE_HASH, word(name), word("1"), word(BigInteger.ONE));
    }

    static Bytes32 struct(Bytes32 typeHash, byte[]... words) {
        byte[][] parts = new byte[words.length + 1][];
        parts[0] = typeHash.bytes();
        System.arraycopy(words, 0, parts, 1, words.length);
        return Bytes32.of(Keccak.hash(parts));
    }

    static Bytes32 digest(Bytes32 domainSeparator, Bytes32 structHash) {
        return Bytes32.of(Keccak.hash(DIGEST_PREFIX, domainSeparator.bytes(), structHash.bytes()));
    }

    static byte[] word(Address address) {
        byte[] word = new byte[32];
        System.arraycopy(address.bytes(), 0, word, 12, 20);
        return word;
    }

    static byte[] word(BigInteger unsigned) {
        byte[] bytes = unsigned.toByteArray();
        byte[] word = new byte[32];
        int skip = bytes.length > 32 ? bytes.length - 32 : 0; // a sign byte in front
        System.arraycopy(bytes, skip, word, 32 - (bytes.length - skip), bytes.length - skip);
        return word;
    }

    static byte[] word(String text) {
        return Keccak.hash(text.getBytes(StandardCharsets.UTF_8));
    }

    static void requireUint256(BigInteger value, String what) {
        if (value.signum() < 0 || value.bitLength() > 256) {
            throw new IllegalArgumentException(what + " is 0 to 2^256 - 1, not " + value);
        }
    }
}
