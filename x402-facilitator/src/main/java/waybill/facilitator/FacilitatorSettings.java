package waybill.facilitator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Set;
import waybill.x402.Address;

/**
 * What a facilitator spends and how long it waits.
 *
 * @param gasLimit the most gas that one settlement may burn
 * @param maxFeePerGas in wei; above it nothing is sent
 * @param minPriorityFeePerGas in wei; the tip is at least this
 * @param maxPriorityFeePerGas in wei; the tip is at most this, whatever the node suggests
 * @param receiptTimeout how long a settle waits for its transaction before it answers {@code settlement_pending}
 * @param pollInterval the longest pause between two looks for a transaction receipt
 * @param replaceAfter how long a transaction may wait for a block before more is offered for it
 * @param coinPrice what one native coin is worth in dollars, to refuse payments that are worth less than the gas they
 *     take; zero refuses none. A token is taken as one dollar
 * @param walletFactories which contracts may be called to deploy a payer's wallet that is not on the chain yet (ERC-6492)
 * @param sponsoredWeiPerDay how much coin is sent to payers in a day, at most, for the gas of approvals that they signed
 *     ({@code erc20ApprovalGasSponsoring}); zero takes no such approvals. What an approval does not burn its payer keeps,
 *     so whoever may ask for settlements can have this much
 */
public record FacilitatorSettings(
        BigInteger gasLimit,
        BigInteger maxFeePerGas,
        BigInteger minPriorityFeePerGas,
        BigInteger maxPriorityFeePerGas,
        Duration receiptTimeout,
        Duration pollInterval,
        Duration replaceAfter,
        BigDecimal coinPrice,
        Set<Address> walletFactories,
        BigInteger sponsoredWeiPerDay) {
    private static final BigInteger GWEI = BigInteger.TEN.pow(9);
    private static final BigInteger WEI_PER_COIN = BigInteger.TEN.pow(18);

    public FacilitatorSettings {
        if (gasLimit.compareTo(BigInteger.valueOf(50_000)) < 0) {
            throw new IllegalArgumentException("no settlement fits into " + gasLimit + " gas; 300000 is usual");
        }
        if (minPriorityFeePerGas.signum() < 0
                || maxPriorityFeePerGas.compareTo(minPriorityFeePerGas) < 0
                || maxFeePerGas.compareTo(maxPriorityFeePerGas) < 0) {
            throw new IllegalArgumentException(
                    "fees go up from minPriorityFeePerGas (at least 0) over" + " maxPriorityFeePerGas to maxFeePerGas");
        }
        if (receiptTimeout.isNegative() || pollInterval.toMillis() < 1 || replaceAfter.isNegative()) {
            throw new IllegalArgumentException("the times are not negative, the poll interval at least 1 ms");
        }
        if (coinPrice.signum() < 0) {
            throw new IllegalArgumentException("a coin is worth zero dollars or more, not " + coinPrice);
        }
        if (sponsoredWeiPerDay.signum() < 0) {
            throw new IllegalArgumentException("what is sent to payers in a day is zero wei or more");
        }
        walletFactories = Set.copyOf(walletFactories);
    }

    /**
     * 300,000 gas at 100 gwei at most, a tip of at most 5, a receipt within 30 seconds, looked for every 500 ms, more
     * offered after 15 seconds; no price of a coin, no factories, no coin for payers.
     */
    public static FacilitatorSettings defaults() {
        return new FacilitatorSettings(
                BigInteger.valueOf(300_000),
                GWEI.multiply(BigInteger.valueOf(100)),
                BigInteger.ZERO,
                GWEI.multiply(BigInteger.valueOf(5)),
                Duration.ofSeconds(30),
                Duration.ofMillis(500),
                Duration.ofSeconds(15),
                BigDecimal.ZERO,
                Set.of(),
                BigInteger.ZERO);
    }

    /** The defaults for a chain: on a development network, where coin is worth nothing, payers are sent one a day. */
    public static FacilitatorSettings defaultsOn(Chain chain) {
        return chain.isDevelopment() ? defaults().sponsoring(WEI_PER_COIN) : defaults();
    }

    /** These settings with another wait for transaction receipts. */
    public FacilitatorSettings waiting(Duration receiptTimeout, Duration pollInterval) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas,
                maxPriorityFeePerGas,
                receiptTimeout,
                pollInterval,
                replaceAfter,
                coinPrice,
                walletFactories,
                sponsoredWeiPerDay);
    }

    /** These settings, offering more for a transaction that has waited {@code replaceAfter} for a block. */
    public FacilitatorSettings replacingAfter(Duration replaceAfter) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas,
                maxPriorityFeePerGas,
                receiptTimeout,
                pollInterval,
                replaceAfter,
                coinPrice,
                walletFactories,
                sponsoredWeiPerDay);
    }

    /** These settings with another ceiling for the price of gas, in wei; the tip is lowered to fit. */
    public FacilitatorSettings payingAtMost(BigInteger maxFeePerGas) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas.min(maxFeePerGas),
                maxPriorityFeePerGas.min(maxFeePerGas),
                receiptTimeout,
                pollInterval,
                replaceAfter,
                coinPrice,
                walletFactories,
                sponsoredWeiPerDay);
    }

    /** These settings, refusing what is worth less than its gas at {@code coinPrice} dollars a coin. */
    public FacilitatorSettings coinAt(BigDecimal coinPrice) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas,
                maxPriorityFeePerGas,
                receiptTimeout,
                pollInterval,
                replaceAfter,
                coinPrice,
                walletFactories,
                sponsoredWeiPerDay);
    }

    /** These settings, deploying payers' wallets by these factories only. */
    public FacilitatorSettings deployingBy(Set<Address> walletFactories) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas,
                maxPriorityFeePerGas,
                receiptTimeout,
                pollInterval,
                replaceAfter,
                coinPrice,
                walletFactories,
                sponsoredWeiPerDay);
    }

    /** These settings, sending at most {@code weiPerDay} to payers for the gas of their approvals. */
    public FacilitatorSettings sponsoring(BigInteger weiPerDay) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas,
                maxPriorityFeePerGas,
                receiptTimeout,
                pollInterval,
                replaceAfter,
                coinPrice,
                walletFactories,
                weiPerDay);
    }

    /** What deploying a payer's wallet may burn: five times a settlement. */
    BigInteger walletGasLimit() {
        return gasLimit.multiply(BigInteger.valueOf(5));
    }
}
