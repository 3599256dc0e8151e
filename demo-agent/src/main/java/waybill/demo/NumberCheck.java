package waybill.demo;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the numbers in a text that occur in no computed fact. A number matches when value and unit are the same; a text
 * may drop the sign ("fell 1.94 %") or the unit, but not change, round or invent either.
 */
final class NumberCheck {
    private static final Pattern NUMBER = Pattern.compile(
            "(?<![\\p{L}\\p{N}.,])([+\\-\u2212\u2013]?)(\\$?)(\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?)(\\s?%)?"
                    + "(?![\\p{N}]|[.,]\\d)");
    private static final Pattern LIST_MARK = Pattern.compile("(?m)^\\s*\\d{1,2}[.)]\\s");

    private final Set<Figure> known = new HashSet<>();

    /** Numbers are known that stand in these facts, in labels as well as in values. */
    NumberCheck(Collection<Fact> facts) {
        for (Fact fact : facts) {
            known.addAll(numbers(fact.label()));
            known.addAll(numbers(fact.value()));
        }
    }

    /** The numbers of the text that no fact has, as written and in their order. */
    List<String> unknown(String text) {
        List<String> unknown = new ArrayList<>();
        for (Figure number : numbers(LIST_MARK.matcher(text).replaceAll(" "))) {
            if (known.stream().noneMatch(number::quotes)) {
                unknown.add(number.written);
            }
        }
        return List.copyOf(unknown);
    }

    private static List<Figure> numbers(String text) {
        List<Figure> numbers = new ArrayList<>();
        Matcher m = NUMBER.matcher(text);
        while (m.find()) {
            String sign = m.group(1).isEmpty() ? "" : m.group(1).equals("+") ? "+" : "-";
            String unit = !m.group(2).isEmpty() ? "$" : m.group(4) != null ? "%" : "";
            BigDecimal size = new BigDecimal(m.group(3).replace(",", "")).stripTrailingZeros();
            numbers.add(new Figure(m.group().strip(), sign, size, unit));
        }
        return numbers;
    }

    private record Figure(String written, String sign, BigDecimal size, String unit) {
        boolean quotes(Figure fact) {
            boolean sameSign = sign.isEmpty() || sign.equals("+") == !fact.sign.equals("-");
            boolean sameUnit = unit.isEmpty() || unit.equals(fact.unit);
            return sameSign && sameUnit && size.compareTo(fact.size) == 0;
        }
    }
}
