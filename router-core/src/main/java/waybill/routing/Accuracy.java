package waybill.routing;

import java.time.LocalDate;

/**
 * A share of prompts answered well, as somebody measured it.
 *
 * @param share above 0 and below 1
 * @param source who measured what; never blank, so that no number is without its origin
 * @param asOf when
 */
public record Accuracy(double share, String source, LocalDate asOf) {

    public Accuracy {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("accuracy is " + share + ", it must lie between 0 and 1, as a share");
        }
        if (source.isBlank()) {
            throw new IllegalArgumentException("an accuracy needs its source");
        }
    }

    /** The number, who says so, and when: {@code 0.71 by MMLU-Pro, 2026-05-01}. */
    @Override
    public String toString() {
        return Math.round(share * 100) / 100.0 + " by " + source + ", " + asOf;
    }
}
