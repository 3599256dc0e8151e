package waybill.x402;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Hexadecimal with the {@code 0x} prefix, as the protocol writes bytes. */
final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

    private Hex() {}

    static String of(byte[] bytes) {
        return "0x" + FORMAT.formatHex(bytes);
    }

    /** The bytes of {@code text}, or null when it is not an even number of hex digits behind {@code 0x}. */
    static byte @Nullable [] decode(String text) {
        if (!text.startsWith("0x") || text.length() % 2 != 0) {
            return null;
        }
        for (int i = 2; i < text.length(); i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) {
                return null;
            }
        }
        return FORMAT.parseHex(text, 2, text.length());
    }
}
