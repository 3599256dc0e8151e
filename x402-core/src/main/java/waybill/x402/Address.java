package waybill.x402;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An EVM account or contract: 20 bytes. Prints with the EIP-55 checksum; equality ignores letter case. */
public final class Address {
    private final String lowerHex;

    private Address(String lowerHex) {
        this.lowerHex = lowerHex;
    }

    /**
     * Reads {@code 0x} and 40 hex digits. Digits of one case are taken as they are; mixed case is a checksum and must
     * be right.
     *
     * @throws IllegalArgumentException when the text is no address, or its checksum is wrong
     */
    public static Address parse(String text) {
        byte[] bytes = text.length() == 42 ? Hex.decode(text) : null;
        if (bytes == null) {
            throw new IllegalArgumentException("not an EVM address (0x and 40 hex digits): " + Printable.cut(text, 60));
        }
        String digits = text.substring(2);
        String lower = digits.toLowerCase(Locale.ROOT);
        boolean mixed = !digits.equals(lower) && !digits.equals(digits.toUpperCase(Locale.ROOT));
        Address address = new Address(lower);
        if (mixed && !address.toString().equals(text)) {
            throw new IllegalArgumentException("the EIP-55 checksum of " + text + " is wrong; expected " + address);
        }
        return address;
    }

    /**
     * The address of these 20 bytes.
     *
     * @throws IllegalArgumentException when there are not exactly 20
     */
    public static Address of(byte[] bytes) {
        if (bytes.length != 20) {
            throw new IllegalArgumentException("an address has 20 bytes, not " + bytes.length);
        }
        return new Address(HexFormat.of().formatHex(bytes));
    }

    /**
     * The account of a public key, such as a key management service hands out.
     *
     * @param subjectPublicKeyInfo X.509, DER
     * @throws IllegalArgumentException when it is no public key on secp256k1
     */
    public static Address ofPublicKey(byte[] subjectPublicKeyInfo) {
        return Der.account(subjectPublicKeyInfo);
    }

    /** The 20 bytes, a fresh copy. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(lowerHex);
    }

    /** True for the zero address, which nobody owns. */
    public boolean isZero() {
        return lowerHex.chars().allMatch(c -> c == '0');
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Address that && that.lowerHex.equals(lowerHex);
    }

    @Override
    public int hashCode() {
        return lowerHex.hashCode();
    }

    /** The address with its EIP-55 checksum, {@code 0x} first. */
    @Override
    public String toString() {
        byte[] hash = Keccak.hash(lowerHex.getBytes(StandardCharsets.US_ASCII));
        StringBuilder out = new StringBuilder(42).append("0x");
        for (int i = 0; i < 40; i++) {
            char c = lowerHex.charAt(i);
            int nibble = (hash[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 0xf;
            out.append(nibble >= 8 ? Character.toUpperCase(c) : c);
        }
        return out.toString();
    }
}
