package waybill.devnet;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.Address;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.abi.datatypes.generated.Uint8;

/** Call data by function name, and compiled test contracts. */
final class Abi {
    private Abi() {}

    static String encode(String function, Type<?>... arguments) {
        return FunctionEncoder.encode(new Function(function, Arrays.<Type>asList(arguments), List.of()));
    }

    static Address address(String hex) {
        return new Address(hex);
    }

    static Uint256 uint(long value) {
        return new Uint256(value);
    }

    static Uint256 uint(BigInteger value) {
        return new Uint256(value);
    }

    static Uint8 uint8(long value) {
        return new Uint8(value);
    }

    static Bool bool(boolean value) {
        return new Bool(value);
    }

    static Bytes32 bytes32(BigInteger value) {
        return new Bytes32(Words.bytes32(value));
    }

    static Bytes32 bytes32(byte[] value) {
        return new Bytes32(value);
    }

    static DynamicBytes bytes(byte[] value) {
        return new DynamicBytes(value);
    }

    static String initCode(String contract) {
        try (InputStream hex = Abi.class.getResourceAsStream(contract + ".hex")) {
            return "0x" + new String(hex.readAllBytes(), StandardCharsets.US_ASCII).strip();
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    /** The n-th word of returned data. */
    static BigInteger word(String hex, int index) {
        return Words.word(Words.slice(Words.bytes(hex), BigInteger.valueOf(32L * index), 32));
    }
}
