package waybill.routing;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Prints dollars: exact amounts to the last digit, expectations to three significant ones. */
final class Dollars {

    private Dollars() {}

    static BigDecimal plain(BigDecimal usd) {
        BigDecimal stripped = usd.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    static String exact(BigDecimal usd) {
        return "$" + plain(usd).toPlainString();
    }

    /** About three significant digits, never in scientific form: "$0.00123", "-$1.20". */
    static String about(double usd) {
        if (!Double.isFinite(usd)) {
            return "unknown";
        }
        double size = Math.abs(usd);
        String sign = usd < 0 && size >= 5e-10 ? "-$" : "$";
        if (size < 5e-10) {
            return "$0";
        }
        if (size >= 1) {
            return sign + String.format(Locale.ROOT, "%.2f", size);
        }
        return sign
                + plain(new BigDecimal(size)
                                .round(new MathContext(3, RoundingMode.HALF_UP))
                                .setScale(9, RoundingMode.HALF_UP))
                        .toPlainString();
    }
}
