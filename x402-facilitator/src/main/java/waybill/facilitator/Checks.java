package waybill.facilitator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import waybill.facilitator.Chain.CallResult;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Offer;

/**
 * The checks that every scheme makes, each with the code that the scheme has for its failure. It owns what was last seen of
 * the assets' code. Thread-safe.
 */
final class Checks {
    private static final BigInteger SETTLE_MARGIN_SECONDS = BigInteger.valueOf(6);
    private static final Duration CODE_LASTS = Duration.ofMinutes(15);
    private static final BigDecimal WEI_PER_COIN = BigDecimal.TEN.pow(18);

    private final Chain chain;
    private final GasAccounts gas;
    private final Assets assets;
    private final FacilitatorSettings settings;
    private final Clock clock;

    /** When each asset was last seen to have code. */
    private final Map<Address, Instant> codeSeen = new ConcurrentHashMap<>();

    Checks(Chain chain, GasAccounts gas, Assets assets, FacilitatorSettings settings, Clock clock) {
        this.chain = chain;
        this.gas = gas;
        this.assets = assets;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * A seller's offer, understood.
     *
     * @param token the contract that it names, which need not be one that is settled here
     * @param payTo who is to receive
     * @param amount atomic units
     */
    record Wanted(Address token, Address payTo, BigInteger amount) {}

    /** Reads the offer, whose network must be ours. */
    Wanted wanted(Offer accepted, Offer required, String networkCode) throws Refused {
        String network = chain.network().toString();
        if (!network.equals(accepted.network()) || !network.equals(required.network())) {
            throw new Refused(networkCode, "this facilitator settles on " + network + " only");
        }
        try {
            if (!required.amount().matches("[0-9]{1,78}")) {
                throw new IllegalArgumentException("the amount is not of digits");
            }
            return new Wanted(
                    Address.parse(required.asset()),
                    Address.parse(required.payTo()),
                    new BigInteger(required.amount()));
        } catch (IllegalArgumentException e) {
            throw new Refused("invalid_payment_requirements", String.valueOf(e.getMessage()));
        }
    }

    /** The asset of our own table at {@code token}. No other is called: its code could be anybody's. */
    Asset listed(Address token) throws Refused {
        return assets.find(chain.network(), token)
                .orElseThrow(() -> new Refused(
                        "invalid_payment_requirements",
                        "the asset is not in this facilitator's table; add it with its EIP-712 name and version"));
    }

    void deployed(Address token) throws Refused {
        Instant now = clock.instant();
        Instant seen = codeSeen.get(token);
        if (seen != null && now.isBefore(seen.plus(CODE_LASTS))) {
            return;
        }
        if (chain.code(token).length == 0) {
            throw new Refused("asset_not_deployed_contract", "there is no contract at " + token);
        }
        if (assets.find(chain.network(), token).isPresent()) {
            codeSeen.put(token, now); // our own assets only, so the map stays small
        }
    }

    /** An ordinary account signs by ECDSA; one with code is asked (ERC-1271), and there is no second way. */
    void signed(Address payer, Bytes32 digest, String signature, String code) throws Refused {
        if (payer.isZero()) {
            throw new Refused(code, "nobody signs for the zero address");
        }
        if (chain.code(payer).length == 0) {
            if (!payer.equals(Signatures.signer(digest, signature))) {
                throw new Refused(code, "the signature is not the payer's, of 65 bytes and with a low s");
            }
            return;
        }
        CallResult said = call(payer, Signatures.isValidSignature(digest, signature));
        if (said.reverted() || !Arrays.equals(said.data(), Signatures.ERC1271_MAGIC)) {
            throw new Refused(code, "the payer's contract does not accept the signature");
        }
    }

    boolean hasCode(Address account) {
        return chain.code(account).length > 0;
    }

    /** Still good for the seconds that settling takes. */
    void notOver(BigInteger ends, String code) throws Refused {
        BigInteger now = now();
        if (ends.compareTo(now.add(SETTLE_MARGIN_SECONDS)) < 0) {
            throw new Refused(code, "the authorisation ends at " + ends + ", and it is " + now);
        }
    }

    void begun(BigInteger begins, String code) throws Refused {
        BigInteger now = now();
        if (begins.compareTo(now) > 0) {
            throw new Refused(code, "the authorisation begins after " + begins + ", and it is " + now);
        }
    }

    /** Worth the gas, where the settings say what a coin is worth. */
    void worthIts(BigInteger typicalGas, Asset asset, BigInteger amount) throws Refused {
        if (settings.coinPrice().signum() == 0) {
            return;
        }
        BigDecimal cost =
                new BigDecimal(gas.cost(typicalGas)).divide(WEI_PER_COIN).multiply(settings.coinPrice());
        BigDecimal worth = new BigDecimal(amount, asset.decimals());
        if (worth.compareTo(cost) < 0) {
            throw new Refused(
                    "invalid_payment_requirements",
                    "the price of " + worth.stripTrailingZeros().toPlainString() + " " + asset.symbol()
                            + " is below the gas that settling takes");
        }
    }

    /** Calls without sending, as a gas account. */
    CallResult call(Address to, byte[] data) {
        return call(to, data, settings.gasLimit());
    }

    /** Calls without sending, with no more gas than this. */
    CallResult call(Address to, byte[] data, BigInteger gasLimit) {
        return chain.call(gas.first(), to, data, gasLimit);
    }

    /** The text that a view returns, or null when it is none. */
    @Nullable
    String text(Address contract, byte[] data) {
        CallResult said = call(contract, data);
        return said.reverted() ? null : Abi.string(said.data());
    }

    private BigInteger now() {
        return BigInteger.valueOf(clock.instant().getEpochSecond());
    }
}
