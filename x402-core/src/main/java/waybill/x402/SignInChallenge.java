package waybill.x402;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code sign-in-with-x} in a bill: whoever has paid before may show who he is instead of paying again.
 *
 * @param info what will be signed, as the seller wrote it, all but the account and its chain
 * @param networks the EVM chains whose accounts the seller knows
 */
public record SignInChallenge(Map<String, @Nullable Object> info, List<Network> networks) {
    /** Its name on the wire. */
    public static final String KEY = "sign-in-with-x";

    private static final String EIP191 = "eip191";
    private static final int MAX_CHAINS = 32;

    public SignInChallenge {
        info = Frozen.copy(info);
        networks = List.copyOf(networks);
    }

    /**
     * The extension in a bill; null when it is not there, or is for no EVM account.
     *
     * @throws MalformedWireException when a field in it is wrong
     */
    public static @Nullable SignInChallenge in(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null) {
            return null;
        }
        return WireFormat.understood(KEY, () -> {
            JsonObject extension = JsonObject.of(extensions.get(KEY), KEY);
            List<Network> networks = new ArrayList<>();
            for (Object entry : extension.list("supportedChains", MAX_CHAINS)) {
                JsonObject chain = JsonObject.of(entry, "a supported chain");
                String id = chain.string("chainId");
                if (EIP191.equals(chain.optionalString("type")) && Network.isEvm(id)) {
                    networks.add(Network.parse(id));
                }
            }
            return networks.isEmpty() ? null : new SignInChallenge(info.all(), networks);
        });
    }

    /**
     * The message that {@code account} would sign.
     *
     * @throws MalformedWireException when the seller left something out, or wrote what no message may hold
     */
    public SignIn message(Address account, Network network) {
        return WireFormat.understood(KEY, () -> SignIn.read(JsonObject.of(info, KEY + ".info"), account, network));
    }

    /**
     * What a seller puts into its bill.
     *
     * @param message with any account; its account and chain are left out
     * @param networks whose accounts are known
     */
    public static Map<String, @Nullable Object> declaration(SignIn message, List<Network> networks) {
        Map<String, @Nullable Object> info = message.json();
        info.keySet().removeAll(List.of("address", "chainId", "type"));
        Map<String, @Nullable Object> extension = Extension.of(info);
        List<Map<String, Object>> chains = new ArrayList<>();
        for (Network network : networks) {
            Map<String, Object> chain = new LinkedHashMap<>();
            chain.put("chainId", network.toString());
            chain.put("type", EIP191);
            chains.add(chain);
        }
        extension.put("supportedChains", chains);
        return extension;
    }
}
