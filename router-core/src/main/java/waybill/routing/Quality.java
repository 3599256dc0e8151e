package waybill.routing;

import java.time.LocalDate;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How often a model answers well, as somebody measured it: over everything, by area, or both. Immutable. What nobody
 * measured is left out; nothing here is estimated.
 *
 * @param overall over everything that was asked; null when only areas were measured
 * @param byArea by area, such as "maths", "code", "tools" or the name of a benchmark, in lower case and sorted; may be
 *     empty when there is an overall one
 */
public record Quality(@Nullable Accuracy overall, Map<String, Accuracy> byArea) {

    public Quality {
        TreeMap<String, Accuracy> areas = new TreeMap<>();
        byArea.forEach((area, accuracy) -> {
            if (area.isBlank()) {
                throw new IllegalArgumentException("an area needs a name; an accuracy over everything is the overall");
            }
            areas.put(area.strip().toLowerCase(Locale.ROOT), accuracy);
        });
        if (overall == null && areas.isEmpty()) {
            throw new IllegalArgumentException("a quality needs an accuracy; leave it out when nobody measured one");
        }
        byArea = Collections.unmodifiableMap(areas);
    }

    /** One accuracy over everything that was asked. */
    public static Quality of(double share, String source, LocalDate asOf) {
        return new Quality(new Accuracy(share, source, asOf), Map.of());
    }

    /** One accuracy in one area. */
    public static Quality in(String area, double share, String source, LocalDate asOf) {
        return new Quality(null, Map.of(area, new Accuracy(share, source, asOf)));
    }

    /** The same with this accuracy over everything. */
    public Quality withOverall(Accuracy accuracy) {
        return new Quality(accuracy, byArea);
    }

    /** The same with this accuracy in this area. */
    public Quality withArea(String area, Accuracy accuracy) {
        Map<String, Accuracy> areas = new TreeMap<>(byArea);
        areas.put(area.strip().toLowerCase(Locale.ROOT), accuracy);
        return new Quality(overall, areas);
    }

    /** The overall accuracy as a share; the mean of the areas when there is none. */
    public double accuracy() {
        return overall != null
                ? overall.share()
                : byArea.values().stream()
                        .mapToDouble(Accuracy::share)
                        .average()
                        .orElseThrow();
    }

    /** Every accuracy with its source and date: {@code 0.71 by a board, 2026-05-01; maths 0.6 by MATH, 2026-04-02}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(overall == null ? "" : overall.toString());
        byArea.forEach((area, accuracy) ->
                text.append(text.isEmpty() ? "" : "; ").append(area).append(' ').append(accuracy));
        return text.toString();
    }
}
