package waybill.demo;

/**
 * Value at risk and its tail mean (CVaR) at 95 % and 99 %, as fractions of the value held: from the history itself, and
 * from a normal distribution of the same mean and deviation. A negative loss is a gain.
 *
 * @param samples how many returns they were computed from
 */
record LossAtRisk(
        double historical95,
        double historical99,
        double historicalTail95,
        double historicalTail99,
        double parametric95,
        double parametric99,
        double parametricTail95,
        double parametricTail99,
        int samples) {}
