package waybill.x402;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens that we know, by network and contract. What is not in here is not paid, whatever an offer says of it.
 * Immutable.
 */
public final class Assets {
    /**
     * Dollar tokens with their EIP-712 domains; all have 6 decimals. Source: the default assets of the reference
     * packages, version 2.27.0.
     */
    private static final Assets STANDARD = of(List.of(
            eip3009(8453, "USDC", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USD Coin", "2"),
            eip3009(84532, "USDC", "0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USDC", "2"),
            eip3009(1, "USDC", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "USD Coin", "2"),
            eip3009(43114, "USDC", "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E", "USD Coin", "2"),
            eip3009(137, "USDC", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", "USD Coin", "2"),
            eip3009(42161, "USDC", "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", "USD Coin", "2"),
            eip3009(421614, "USDC", "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d", "USD Coin", "2"),
            eip3009(143, "USDC", "0x754704Bc059F8C67012fEd69BC8A327a5aafb603", "USDC", "2"),
            eip3009(988, "USDT0", "0x779Ded0c9e1022225f8E0630b35a9b54bE713736", "USDT0", "1"),
            eip3009(2201, "USDT0", "0x78Cf24370174180738C5B8E352B6D14c83a6c9A9", "USDT0", "1"),
            eip3009(50, "USDC", "0xfA2958CB79b0491CC627c1557F441eF849Ca8eb1", "USDC", "2"),
            eip3009(51, "USDC", "0xb5AB69F7bBada22B28e79C8FFAECe55eF1c771D4", "USDC", "2"),
            eip3009(14, "USDT0", "0xe7cd86e13AC4309349F30B3435a9d337750fC82D", "USD\u20ae0", "1"),
            eip3009(42220, "USDC", "0xcebA9300f2b948710d2653dD7B07f33A8B32118C", "USDC", "2"),
            eip3009(42220, "USDT", "0x48065fbBE25f71C9282ddf5e1cD6D6A887483D5e", "Tether USD", "1"),
            eip3009(11142220, "USDC", "0x01C5C0122039549AD1493B8220cABEdD739BC44E", "USDC", "2"),
            eip3009(1329, "USDC", "0xe15fC38F6D8c56aF07bbCBe3BAf5708A2Bf42392", "USDC", "2"),
            eip3009(1328, "USDC", "0x4fCF1784B31630811181f670Aea7A7bEF803eaED", "USDC", "2")));

    private final Map<Key, Asset> byContract;

    private record Key(Network network, Address address) {}

    private Assets(Map<Key, Asset> byContract) {
        this.byContract = byContract;
    }

    /** The table that we ship. */
    public static Assets standard() {
        return STANDARD;
    }

    /** A table of just these; of two for the same contract the later one holds. */
    public static Assets of(List<Asset> assets) {
        Map<Key, Asset> byContract = new LinkedHashMap<>();
        for (Asset asset : assets) {
            byContract.put(new Key(asset.network(), asset.address()), asset);
        }
        return new Assets(byContract);
    }

    /** This table and {@code asset}, which takes the place of an entry for the same contract. */
    public Assets with(Asset asset) {
        Map<Key, Asset> more = new LinkedHashMap<>(byContract);
        more.put(new Key(asset.network(), asset.address()), asset);
        return new Assets(more);
    }

    /** The token at {@code address}, if we know it. */
    public Optional<Asset> find(Network network, Address address) {
        return Optional.ofNullable(byContract.get(new Key(network, address)));
    }

    /** The first token with that symbol (letter case ignored) on {@code network}, if we know one. */
    public Optional<Asset> find(Network network, String symbol) {
        String wanted = symbol.toUpperCase(Locale.ROOT);
        return byContract.values().stream()
                .filter(asset -> asset.network().equals(network)
                        && asset.symbol().toUpperCase(Locale.ROOT).equals(wanted))
                .findFirst();
    }

    /** All of them, in the order of the table. */
    public List<Asset> all() {
        return List.copyOf(byContract.values());
    }

    private static Asset eip3009(long chainId, String symbol, String address, String name, String version) {
        return new Asset(
                new Network(chainId), Address.parse(address), symbol, 6, name, version, TransferMethod.EIP3009);
    }
}
