package waybill.demo;

import java.time.Instant;

/**
 * What one market traded at during one step of time; prices in US dollars, volume in ether.
 *
 * @param end the last instant of the step
 */
record Bar(Instant end, double open, double high, double low, double close, double volume) {
    Bar {
        boolean ordered = 0 < low && low <= Math.min(open, close) && Math.max(open, close) <= high;
        if (!ordered || !Double.isFinite(high) || !(volume >= 0) || !Double.isFinite(volume)) {
            throw new IllegalArgumentException("The bar that ends " + end + " is not one: open " + open + ", high "
                    + high + ", low " + low + ", close " + close + ", volume " + volume + ".");
        }
    }
}
