package waybill.cli;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a price as people write it: {@code 0.01} or {@code $0.01}, exact. */
final class Dollars implements ITypeConverter<BigDecimal> {

    private static final Pattern PLAIN = Pattern.compile("\\$?(\\d{1,12}(\\.\\d{1,18})?|\\.\\d{1,18})");

    @Override
    public BigDecimal convert(String text) {
        try {
            return parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /**
     * Reads a sum of dollars.
     *
     * @throws IllegalArgumentException when it is anything else
     */
    static BigDecimal parse(String text) {
        if (!PLAIN.matcher(text).matches()) {
            throw new IllegalArgumentException("'%s' is not a sum of dollars, such as 0.01".formatted(text));
        }
        return new BigDecimal(text.startsWith("$") ? text.substring(1) : text);
    }

    /** As people write it, with at least two decimals: {@code $0.10}. */
    static String show(BigDecimal dollars) {
        BigDecimal shown = dollars.stripTrailingZeros();
        return "$" + shown.setScale(Math.max(2, shown.scale())).toPlainString();
    }
}
