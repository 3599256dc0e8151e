package waybill.wallet.okhttp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import okhttp3.Dns;
import waybill.wallet.Policy;
import waybill.wallet.PrivateAddresses;

/**
 * A name resolution whose answer is checked and then connected to, so that no second answer can slip in between: OkHttp
 * resolves once per connection and connects to what it was given. A name with any private address is refused whole, unless
 * a person has allowed it by name. Thread-safe as far as the resolution underneath is.
 */
public final class PinnedDns implements Dns {
    private final Dns delegate;
    private final Policy policy;

    private PinnedDns(Dns delegate, Policy policy) {
        this.delegate = delegate;
        this.policy = policy;
    }

    /** A checked resolution over {@code delegate}, such as {@link Dns#SYSTEM}. */
    public static PinnedDns over(Dns delegate, Policy policy) {
        return new PinnedDns(delegate, policy);
    }

    /**
     * The addresses of a name.
     *
     * @throws UnknownHostException when there is none, or one of them is private
     */
    @Override
    public List<InetAddress> lookup(String hostname) throws UnknownHostException {
        List<InetAddress> addresses = List.copyOf(delegate.lookup(hostname));
        if (!policy.namesHost(hostname)) {
            for (InetAddress address : addresses) {
                PrivateAddresses.requirePublic(hostname, address);
            }
        }
        return addresses;
    }
}
