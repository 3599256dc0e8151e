package waybill.facilitator;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.web3j.utils.Numeric;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.Signature;

/** The forms that a payer's signature comes in: ECDSA, a contract's word (ERC-1271), a wallet not deployed yet (ERC-6492). */
final class Signatures {
    /** What ERC-1271 answers for a good signature, padded to a word. */
    static final byte[] ERC1271_MAGIC = Abi.bytes("0x1626ba7e00000000000000000000000000000000000000000000000000000000");

    private static final String ERC6492_SUFFIX = "6492".repeat(16);
    private static final byte[] IS_VALID_SIGNATURE = Abi.selector("isValidSignature(bytes32,bytes)");

    private Signatures() {}

    /**
     * A signature in the wrapping of ERC-6492.
     *
     * @param factory who deploys the wallet
     * @param deployment what the factory is called with, hex
     * @param inner the wallet's own signature, hex
     */
    record Undeployed(Address factory, String deployment, String inner) {}

    static boolean isWrapped(String signature) {
        return signature.endsWith(ERC6492_SUFFIX);
    }

    /** Reads {@code abi.encode(factory, deployment, signature)} and the suffix; empty when it is not that. */
    static Optional<Undeployed> unwrapped(String signature) {
        if (!isWrapped(signature)) {
            return Optional.empty();
        }
        byte[] all = Abi.bytes(signature);
        byte[] data = Arrays.copyOf(all, all.length - 32);
        if (data.length < 3 * 32 || !isZero(data, 0, 12)) {
            return Optional.empty();
        }
        byte[] deployment = dynamic(data, 1);
        byte[] inner = dynamic(data, 2);
        if (deployment == null || inner == null) {
            return Optional.empty();
        }
        return Optional.of(new Undeployed(
                Address.of(Arrays.copyOfRange(data, 12, 32)),
                Numeric.toHexString(deployment),
                Numeric.toHexString(inner)));
    }

    static byte[] isValidSignature(Bytes32 digest, String signature) {
        return Abi.concat(IS_VALID_SIGNATURE, digest.bytes(), Abi.word(2 * 32), Abi.tail(Abi.bytes(signature)));
    }

    /** Whose {@code signature} is, when it is of 65 bytes in canonical form; null when nobody's. */
    static @Nullable Address signer(Bytes32 digest, String signature) {
        try {
            return Signature.parse(signature).recover(digest);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static byte @Nullable [] dynamic(byte[] data, int index) {
        int at = offset(data, index * 32);
        int length = at < 0 || at + 32 > data.length ? -1 : offset(data, at);
        return length < 0 || at + 32 + length > data.length
                ? null
                : Arrays.copyOfRange(data, at + 32, at + 32 + length);
    }

    private static int offset(byte[] data, int at) {
        BigInteger value = new BigInteger(1, Arrays.copyOfRange(data, at, at + 32));
        return value.compareTo(BigInteger.valueOf(data.length)) > 0 ? -1 : value.intValueExact();
    }

    private static boolean isZero(byte[] data, int from, int to) {
        for (int i = from; i < to; i++) {
            if (data[i] != 0) return false;
        }
        return true;
    }
}
