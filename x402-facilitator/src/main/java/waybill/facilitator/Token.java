package waybill.facilitator;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.web3j.utils.Numeric;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.Signature;
import waybill.x402.TransferAuthorization;

/** The calls that a facilitator makes on an EIP-3009 token, and on a contract wallet, as bytes. */
final class Token {
    static final String TRANSFER_TOPIC = topic("Transfer(address,address,uint256)");
    static final String USED_TOPIC = topic("AuthorizationUsed(address,bytes32)");
    /** What ERC-1271 answers for a good signature, padded to a word. */
    static final byte[] ERC1271_MAGIC =
            Numeric.hexStringToByteArray("0x1626ba7e00000000000000000000000000000000000000000000000000000000");

    private static final String AUTHORIZATION = "address,address,uint256,uint256,uint256,bytes32";
    private static final byte[] TRANSFER_VRS =
            selector("transferWithAuthorization(" + AUTHORIZATION + ",uint8,bytes32,bytes32)");
    private static final byte[] TRANSFER_BYTES = selector("transferWithAuthorization(" + AUTHORIZATION + ",bytes)");
    private static final byte[] AUTHORIZATION_STATE = selector("authorizationState(address,bytes32)");
    private static final byte[] BALANCE_OF = selector("balanceOf(address)");
    private static final byte[] NAME = selector("name()");
    private static final byte[] VERSION = selector("version()");
    private static final byte[] IS_VALID_SIGNATURE = selector("isValidSignature(bytes32,bytes)");

    private Token() {}

    /** The transfer by (v, r, s) for a signature of 65 bytes, else by bytes, as contract wallets need it. */
    static byte[] transfer(TransferAuthorization authorization, String signature) {
        byte[][] head = {
            word(authorization.from()),
            word(authorization.to()),
            word(authorization.value()),
            word(authorization.validAfter()),
            word(authorization.validBefore()),
            authorization.nonce().bytes()
        };
        if (signature.length() == 132) {
            byte[] bytes = Numeric.hexStringToByteArray(signature);
            int v = bytes[64] & 0xff;
            return concat(
                    TRANSFER_VRS,
                    concat(head),
                    word(BigInteger.valueOf(v < 2 ? v + 27 : v)),
                    Arrays.copyOf(bytes, 32),
                    Arrays.copyOfRange(bytes, 32, 64));
        }
        return concat(TRANSFER_BYTES, concat(head), word(BigInteger.valueOf(7 * 32)), tail(signature));
    }

    static byte[] authorizationState(Address payer, Bytes32 nonce) {
        return concat(AUTHORIZATION_STATE, word(payer), nonce.bytes());
    }

    static byte[] balanceOf(Address owner) {
        return concat(BALANCE_OF, word(owner));
    }

    static byte[] name() {
        return NAME.clone();
    }

    static byte[] version() {
        return VERSION.clone();
    }

    static byte[] isValidSignature(Bytes32 digest, String signature) {
        return concat(IS_VALID_SIGNATURE, digest.bytes(), word(BigInteger.valueOf(2 * 32)), tail(signature));
    }

    /** Reads a returned string of at most 256 bytes, or null when it is none. */
    static @Nullable String string(byte[] data) {
        if (data.length < 64) {
            return null;
        }
        BigInteger length = new BigInteger(1, Arrays.copyOfRange(data, 32, 64));
        if (length.bitLength() > 8 || data.length < 64 + length.intValue()) {
            return null;
        }
        return new String(data, 64, length.intValue(), StandardCharsets.UTF_8);
    }

    /** An address as a log's topic. */
    static String topic(Address address) {
        return Numeric.toHexString(word(address));
    }

    static byte[] word(BigInteger value) {
        return Numeric.toBytesPadded(value, 32);
    }

    private static byte[] word(Address address) {
        return concat(new byte[12], address.bytes());
    }

    private static byte[] tail(String hex) {
        byte[] bytes = Numeric.hexStringToByteArray(hex);
        int padded = (bytes.length + 31) / 32 * 32;
        return concat(word(BigInteger.valueOf(bytes.length)), Arrays.copyOf(bytes, padded));
    }

    private static String topic(String event) {
        return Bytes32.keccak(event.getBytes(StandardCharsets.US_ASCII)).toString();
    }

    private static byte[] selector(String function) {
        return Arrays.copyOf(
                Bytes32.keccak(function.getBytes(StandardCharsets.US_ASCII)).bytes(), 4);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Whether {@code signature} is of 65 bytes in canonical form, and whose it is; null when nobody's. */
    static @Nullable Address signer(Bytes32 digest, String signature) {
        try {
            return Signature.parse(signature).recover(digest);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
