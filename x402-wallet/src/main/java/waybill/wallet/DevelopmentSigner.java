package waybill.wallet;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import waybill.x402.Address;
import waybill.x402.Network;
import waybill.x402.Signature;
import waybill.x402.SigningKey;

/**
 * A key given in the clear, such as by an environment variable, for a chain on this machine. It signs only for the
 * networks named when it was made, and only test networks can be named: the ids {@code 31337}, {@code 1337} and
 * {@code 84532}, with a node on loopback.
 */
public final class DevelopmentSigner implements PaymentSigner {
    /** The chain ids that a development key signs for. */
    private static final Set<Network> LISTED = Set.of(new Network(31337), new Network(1337), new Network(84532));

    private final SigningKey key;
    private final Set<Network> networks;

    private DevelopmentSigner(SigningKey key, Set<Network> networks) {
        this.key = key;
        this.networks = networks;
    }

    /**
     * A signer from the value of an environment variable.
     *
     * @param value 64 hex digits, with or without {@code 0x}
     * @param rpc the node of the chain, which must be on loopback
     * @param networks what it may sign for; all listed ones when none is named
     * @throws SigningException when the value is no key, the node is elsewhere, or a network is not listed
     */
    public static DevelopmentSigner fromEnvironment(String value, URI rpc, Network... networks) {
        if (!onLoopback(rpc)) {
            throw new SigningException(
                    "a key from the environment works only with a node on this machine (such as http://127.0.0.1:8545); the"
                            + " node given is elsewhere. Use a keystore: waybill wallet new",
                    null);
        }
        Set<Network> wanted = networks.length == 0 ? LISTED : Set.copyOf(List.of(networks));
        if (!LISTED.containsAll(wanted)) {
            throw new SigningException(
                    "a key from the environment signs only for the development networks "
                            + LISTED.stream().map(Network::toString).sorted().collect(Collectors.joining(", "))
                            + ", not for all of " + wanted + ". Use a keystore: waybill wallet new",
                    null);
        }
        try {
            return new DevelopmentSigner(SigningKey.parse(value.strip()), wanted);
        } catch (IllegalArgumentException e) {
            throw new SigningException("the development key cannot be used: " + e.getMessage(), null);
        }
    }

    @Override
    public Address address() {
        return key.address();
    }

    @Override
    public Signature sign(Signable signable) {
        if (!networks.contains(signable.network())) {
            throw new SigningException(
                    "the development key signs only for " + networks + ", not for " + signable.network()
                            + ". Use a keystore: waybill wallet new",
                    null);
        }
        return KeySigning.sign(key, signable);
    }

    private static boolean onLoopback(URI rpc) {
        try {
            return Origin.of(rpc).isLoopback();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "DevelopmentSigner[" + address() + "]";
    }
}
