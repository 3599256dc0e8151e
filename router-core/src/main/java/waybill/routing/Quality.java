package waybill.routing;

import java.time.LocalDate;

/**
 * How often a model answers well, as somebody measured it.
 *
 * @param accuracy share of prompts answered well, above 0 and below 1
 * @param source who measured what
 * @param asOf when
 */
public record Quality(double accuracy, String source, LocalDate asOf) {

    public Quality {
        if (!(accuracy > 0 && accuracy < 1)) {
            throw new IllegalArgumentException("accuracy is " + accuracy + ", it must lie between 0 and 1, as a share");
        }
        if (source.isBlank()) {
            throw new IllegalArgumentException("an accuracy needs its source");
        }
    }
}
