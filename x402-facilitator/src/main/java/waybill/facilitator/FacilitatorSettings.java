package waybill.facilitator;

import java.math.BigInteger;
import java.time.Duration;

/**
 * What a facilitator spends and how long it waits.
 *
 * @param gasLimit the most gas that one settlement may burn
 * @param maxFeePerGas in wei; above it nothing is sent
 * @param minPriorityFeePerGas in wei; the tip is at least this
 * @param maxPriorityFeePerGas in wei; the tip is at most this, whatever the node suggests
 * @param receiptTimeout how long a settle waits for its transaction before it answers {@code settlement_pending}
 * @param pollInterval the longest pause between two looks for a transaction receipt
 */
public record FacilitatorSettings(
        BigInteger gasLimit,
        BigInteger maxFeePerGas,
        BigInteger minPriorityFeePerGas,
        BigInteger maxPriorityFeePerGas,
        Duration receiptTimeout,
        Duration pollInterval) {
    private static final BigInteger GWEI = BigInteger.TEN.pow(9);

    public FacilitatorSettings {
        if (gasLimit.compareTo(BigInteger.valueOf(50_000)) < 0) {
            throw new IllegalArgumentException("no settlement fits into " + gasLimit + " gas; 200000 is usual");
        }
        if (minPriorityFeePerGas.signum() < 0
                || maxPriorityFeePerGas.compareTo(minPriorityFeePerGas) < 0
                || maxFeePerGas.compareTo(maxPriorityFeePerGas) < 0) {
            throw new IllegalArgumentException(
                    "fees go up from minPriorityFeePerGas (at least 0) over" + " maxPriorityFeePerGas to maxFeePerGas");
        }
        if (receiptTimeout.isNegative() || pollInterval.toMillis() < 1) {
            throw new IllegalArgumentException("the receipt timeout is not negative, the poll interval at least 1 ms");
        }
    }

    /** 200,000 gas at 100 gwei at most, a tip of at most 5, a receipt within 30 seconds, looked for every 500 ms. */
    public static FacilitatorSettings defaults() {
        return new FacilitatorSettings(
                BigInteger.valueOf(200_000),
                GWEI.multiply(BigInteger.valueOf(100)),
                BigInteger.ZERO,
                GWEI.multiply(BigInteger.valueOf(5)),
                Duration.ofSeconds(30),
                Duration.ofMillis(500));
    }

    /** These settings with another wait for transaction receipts. */
    public FacilitatorSettings waiting(Duration receiptTimeout, Duration pollInterval) {
        return new FacilitatorSettings(
                gasLimit, maxFeePerGas, minPriorityFeePerGas, maxPriorityFeePerGas, receiptTimeout, pollInterval);
    }

    /** These settings with another ceiling for the price of gas, in wei; the tip is lowered to fit. */
    public FacilitatorSettings payingAtMost(BigInteger maxFeePerGas) {
        return new FacilitatorSettings(
                gasLimit,
                maxFeePerGas,
                minPriorityFeePerGas.min(maxFeePerGas),
                maxPriorityFeePerGas.min(maxFeePerGas),
                receiptTimeout,
                pollInterval);
    }
}
