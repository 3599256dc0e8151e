package waybill.x402;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a facilitator can do.
 *
 * @param kinds the schemes and networks that it settles
 * @param extensions the extensions that it understands
 * @param signers the accounts that it sends transactions from, by CAIP-2 name or pattern
 */
public record Supported(List<Kind> kinds, List<String> extensions, Map<String, List<Address>> signers) {
    public Supported {
        kinds = List.copyOf(kinds);
        extensions = List.copyOf(extensions);
        signers = Map.copyOf(signers);
    }

    /**
     * One scheme on one network.
     *
     * @param version of the protocol
     * @param scheme such as {@code exact}
     * @param network CAIP-2 name
     * @param extra what a seller has to put into its offers for it
     */
    public record Kind(int version, String scheme, String network, Map<String, @Nullable Object> extra) {
        public Kind {
            extra = Frozen.copy(extra);
        }
    }

    /** True when {@code offer}'s scheme is settled on its network. */
    public boolean covers(Offer offer) {
        return kinds.stream()
                .anyMatch(kind -> kind.version() == WireFormat.VERSION
                        && kind.scheme().equals(offer.scheme())
                        && kind.network().equals(offer.network()));
    }
}
