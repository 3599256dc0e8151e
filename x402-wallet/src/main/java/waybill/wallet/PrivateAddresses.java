package waybill.wallet;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses a stranger's URL may not lead to: this machine, its network, the metadata service of a cloud, and every
 * range that the internet does not route (IANA's special-purpose registries). Forms of IPv6 that carry an IPv4 address
 * (mapped, compatible, NAT64, 6to4) are judged by that address; what is not known to be public is private.
 */
public final class PrivateAddresses {
    private static final Pattern LITERAL = Pattern.compile("\\[.*]|[0-9a-fA-F]*:[0-9a-fA-F:.]*|[\\d.]+");

    private PrivateAddresses() {}

    /** True when no stranger's URL may lead there. */
    public static boolean contains(InetAddress address) {
        byte[] b = address.getAddress();
        return address instanceof Inet4Address ? privateV4(b[0] & 0xff, b[1] & 0xff, b[2] & 0xff) : privateV6(b);
    }

    private static boolean privateV4(int a, int b, int c) {
        return switch (a) {
            case 0, 10, 127 -> true; // this network, private, loopback
            case 100 -> b >= 64 && b <= 127; // carriers' NAT, also a cloud's metadata
            case 169 -> b == 254; // link-local, metadata
            case 172 -> b >= 16 && b <= 31;
            case 192 -> b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99);
            case 198 -> b == 18 || b == 19 || (b == 51 && c == 100);
            case 203 -> b == 0 && c == 113;
            default -> a >= 224; // multicast, reserved, broadcast
        };
    }

    private static boolean privateV6(byte[] b) {
        if (allZero(b, 0, 10) && ((b[10] == 0 && b[11] == 0) || (b[10] == -1 && b[11] == -1))) {
            return privateV4(b, 12); // ::, ::1, compatible, mapped
        }
        if (starts(b, 0x00, 0x64, 0xff, 0x9b)) { // NAT64; its local form (64:ff9b:1::/48) is private
            return !allZero(b, 4, 12) || privateV4(b, 12);
        }
        if (starts(b, 0x20, 0x02)) { // 6to4
            return privateV4(b, 2);
        }
        boolean special = starts(b, 0x20, 0x01) && (b[2] & 0xfe) == 0; // 2001::/23, Teredo and others
        boolean documentation = starts(b, 0x20, 0x01, 0x0d, 0xb8) || starts(b, 0x3f, 0xff);
        boolean globalUnicast = (b[0] & 0xe0) == 0x20; // 2000::/3
        return special || documentation || !globalUnicast;
    }

    private static boolean privateV4(byte[] b, int from) {
        return privateV4(b[from] & 0xff, b[from + 1] & 0xff, b[from + 2] & 0xff);
    }

    private static boolean starts(byte[] b, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if ((b[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean allZero(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            if (b[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * The address that a URL's host spells in digits, or null when the host is a name. Nothing is looked up for a name.
     *
     * @throws UnknownHostException for digits that are no address
     */
    public static @Nullable InetAddress literal(String host) throws UnknownHostException {
        return LITERAL.matcher(host).matches() ? InetAddress.getByName(host) : null;
    }

    /**
     * Nothing, when {@code address} is public.
     *
     * @throws UnknownHostException when it is not; the message names the host and not what is behind it
     */
    public static void requirePublic(String host, InetAddress address) throws UnknownHostException {
        if (contains(address)) {
            throw refused(host, "it leads to a private or reserved address");
        }
    }

    /** The failure of a connection that is not made. */
    public static UnknownHostException refused(String host, String why) {
        return new UnknownHostException(Words.cut(host, 100) + " is not connected to: " + why
                + ". A person allows it by name with waybill.wallet.allowed-hosts");
    }
}
