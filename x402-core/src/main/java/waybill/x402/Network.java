package waybill.x402;

import java.util.Set;

/**
 * An EVM chain, by its id. Prints as its CAIP-2 name, such as {@code eip155:84532}.
 *
 * @param chainId the chain's id, above zero
 */
public record Network(long chainId) {
    private static final String PREFIX = "eip155:";

    /** Public test networks and the customary ids of local chains: nothing on them is worth money. */
    private static final Set<Long> TESTNETS = Set.of(
            31337L,
            1337L,
            84532L,
            11155111L,
            421614L,
            80002L,
            43113L,
            11124L,
            1328L,
            2201L,
            31611L,
            72344L,
            181228L,
            51L,
            11142220L,
            324705682L,
            10143L,
            11155420L);

    public Network {
        if (chainId <= 0) {
            throw new IllegalArgumentException("a chain id is above zero, not " + chainId);
        }
    }

    /**
     * Reads a CAIP-2 name.
     *
     * @throws IllegalArgumentException when it is not {@code eip155:} and a chain id in plain decimal
     */
    public static Network parse(String caip2) {
        if (!isEvm(caip2)) {
            throw new IllegalArgumentException(
                    "not an EVM network (eip155: and a chain id): " + Printable.cut(caip2, 60));
        }
        return new Network(Long.parseLong(caip2.substring(PREFIX.length())));
    }

    /** True when {@code caip2} names an EVM chain in the one spelling that {@link #parse} accepts. */
    public static boolean isEvm(String caip2) {
        if (!caip2.startsWith(PREFIX)) {
            return false;
        }
        String digits = caip2.substring(PREFIX.length());
        return !digits.isEmpty()
                && digits.length() <= 18
                && digits.charAt(0) != '0'
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** True only for a network known to be a test network; an unknown chain counts as real. */
    public boolean isTestnet() {
        return TESTNETS.contains(chainId);
    }

    @Override
    public String toString() {
        return PREFIX + chainId;
    }
}
