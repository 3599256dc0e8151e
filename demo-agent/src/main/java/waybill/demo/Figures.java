package waybill.demo;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How numbers are printed, the same way in tools, in the terminal and in the report. */
final class Figures {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM yyyy HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private Figures() {}

    /** A fraction as a percentage with two decimals: {@code -1.94 %}. */
    static String percent(double fraction) {
        return percent(fraction, 2);
    }

    /** A fraction as a percentage. */
    static String percent(double fraction, int decimals) {
        return rounded(fraction * 100, decimals) + " %";
    }

    /** Dollars with thousands separators. */
    static String dollars(double amount, int decimals) {
        return dollars(new BigDecimal(amount), decimals);
    }

    /** Dollars and cents with thousands separators: {@code $1,629.52}. */
    static String dollars(double amount) {
        return dollars(new BigDecimal(amount), 2);
    }

    /** Dollars with thousands separators. */
    static String dollars(BigDecimal amount, int decimals) {
        BigDecimal rounded = amount.setScale(decimals, RoundingMode.HALF_UP);
        return (rounded.signum() < 0 ? "-$" : "$") + String.format(Locale.ROOT, "%,." + decimals + "f", rounded.abs());
    }

    /** A price or a sum of prices in dollars, in full and with at least four decimals. */
    static String price(BigDecimal dollars) {
        BigDecimal exact = dollars.stripTrailingZeros();
        return dollars(exact, Math.max(4, exact.scale()));
    }

    /** An amount with its unit: {@code 12.5 ETH}. */
    static String amount(BigDecimal amount, int decimals, String unit) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", amount.setScale(decimals, RoundingMode.HALF_UP)) + " "
                + unit;
    }

    /** A number rounded half up, as text. */
    static String rounded(double value, int decimals) {
        BigDecimal rounded = new BigDecimal(value).setScale(decimals, RoundingMode.HALF_UP);
        return String.format(Locale.ROOT, "%,." + decimals + "f", rounded.signum() == 0 ? rounded.abs() : rounded);
    }

    /** A moment to the minute: {@code 15 Mar 2023 18:20 UTC}. The last instant of a minute counts as the next one. */
    static String time(Instant moment) {
        return TIME.format(moment.plusMillis(1));
    }

    /** A short time in seconds: {@code 0.42 s}. */
    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1000.0);
    }
}
