package waybill.configuration;

import org.jspecify.annotations.Nullable;

/**
 * A token besides the built-in table, under {@code waybill.wallet.assets[i]}. One of it is taken as one dollar.
 *
 * @param symbol such as {@code USDT}
 * @param network its chain, such as {@code eip155:84532}
 * @param address its contract
 * @param decimals how many decimals it has
 * @param name of its EIP-712 domain; needed unless {@code method} is {@code permit2}
 * @param version of its EIP-712 domain; goes with the name
 * @param method {@code eip3009} or {@code permit2}; the former unless set
 */
public record AssetSettings(
        @Nullable String symbol,
        @Nullable String network,
        @Nullable String address,
        @Nullable Integer decimals,
        @Nullable String name,
        @Nullable String version,
        @Nullable String method) {}
