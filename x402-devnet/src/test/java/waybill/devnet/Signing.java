package waybill.devnet;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Hash;
import org.web3j.crypto.Sign;

/** Typed data of the dollar token, hashed and signed by hand, apart from everything that checks it. */
final class Signing {
    static final String TRANSFER =
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
    static final String RECEIVE =
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
    static final String CANCEL = "CancelAuthorization(address authorizer,bytes32 nonce)";
    static final String PERMIT = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";

    private Signing() {}

    static BigInteger domainSeparator() {
        return hash(
                keccak("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak("USDC"),
                keccak("2"),
                BigInteger.valueOf(Devnet.CHAIN_ID),
                Words.number(Genesis.USDC));
    }

    static BigInteger permit2Domain() {
        return hash(
                keccak("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak("Permit2"),
                BigInteger.valueOf(Devnet.CHAIN_ID),
                Words.number(Genesis.PERMIT2));
    }

    static Sign.SignatureData sign(DevAccount signer, String type, BigInteger... fields) {
        return sign(signer, domainSeparator(), struct(type, fields));
    }

    static BigInteger struct(String type, BigInteger... fields) {
        BigInteger[] words = new BigInteger[fields.length + 1];
        words[0] = keccak(type);
        System.arraycopy(fields, 0, words, 1, fields.length);
        return hash(words);
    }

    static Sign.SignatureData sign(DevAccount signer, BigInteger domain, BigInteger struct) {
        byte[] digest = new byte[66];
        digest[0] = 0x19;
        digest[1] = 0x01;
        System.arraycopy(Words.bytes32(domain), 0, digest, 2, 32);
        System.arraycopy(Words.bytes32(struct), 0, digest, 34, 32);
        return Sign.signMessage(
                Hash.sha3(digest), Credentials.create(signer.privateKey()).getEcKeyPair(), false);
    }

    /** The 65 bytes r, s, v. */
    static byte[] packed(Sign.SignatureData signature) {
        byte[] packed = new byte[65];
        System.arraycopy(signature.getR(), 0, packed, 0, 32);
        System.arraycopy(signature.getS(), 0, packed, 32, 32);
        packed[64] = signature.getV()[0];
        return packed;
    }

    static BigInteger keccak(String text) {
        return Words.keccak(text.getBytes(StandardCharsets.UTF_8));
    }

    private static BigInteger hash(BigInteger... words) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (BigInteger word : words) bytes.writeBytes(Words.bytes32(word));
        return Words.keccak(bytes.toByteArray());
    }
}
