package waybill.routing.learned;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives numbers to a model where none of its outcomes were seen: general ability from accuracies if there are any, else
 * from outcomes in other domains, else from its price less a safety margin; then the usual line for each kind. No
 * accuracy is invented: a domain whose accuracy is not given takes the general ability.
 */
final class UnseenAbility {

    /** What a single accuracy is believed to say about domains that it was not measured in. */
    private static final double BOUND = 3;

    private static final List<String> MATHS = List.of("arithmetic", "mathematics");

    private final Weights.Parts p;

    UnseenAbility(Weights.Parts parts) {
        this.p = parts;
    }

    /**
     * @param seen what was learned of this model in some domains; null for nothing
     * @param accuracy share of good answers by area, such as "maths" or "MMLU-Pro"; may be empty
     * @param usdPerMillion blended price; NaN when unknown
     */
    Ability of(@Nullable Ability seen, Map<String, Double> accuracy, double usdPerMillion) {
        int domains = p.domains.size();
        double[] byDomain = new double[domains];
        Arrays.fill(byDomain, Double.NaN);
        double sum = 0;
        int known = 0;
        for (Map.Entry<String, Double> entry : accuracy.entrySet()) {
            boolean[] area = area(entry.getKey());
            double ability = solve(area, entry.getValue());
            sum += ability;
            known++;
            for (int d = 0; d < domains; d++) {
                if (area[d] && !everywhere(area)) {
                    byDomain[d] = ability;
                }
            }
            if (entry.getKey().equalsIgnoreCase("overall")) {
                asMeasuredHere(entry.getValue(), byDomain);
            }
        }
        double general = known > 0 ? sum / known : seen != null ? seen.overall() : fromPrice(usdPerMillion);
        return build(seen, byDomain, general);
    }

    /**
     * An overall accuracy is read as the accuracy on whatever is asked: in each domain that has none of its own.
     * Grade-school and competition mathematics count as one, as those who publish one number for maths mean it.
     */
    private void asMeasuredHere(double accuracy, double[] byDomain) {
        for (int d = 0; d < byDomain.length; d++) {
            if (Double.isNaN(byDomain[d])) {
                byDomain[d] = solve(together(d), accuracy);
            }
        }
    }

    private boolean[] together(int domain) {
        boolean[] area = new boolean[p.domains.size()];
        area[domain] = true;
        if (MATHS.contains(p.domains.get(domain))) {
            for (int d = 0; d < area.length; d++) {
                area[d] = MATHS.contains(p.domains.get(d));
            }
        }
        return area;
    }

    private Ability build(@Nullable Ability seen, double[] byDomain, double general) {
        int kinds = p.kinds.size();
        float[] good = new float[kinds];
        float[] length = p.usualLength.clone();
        boolean[] observed = new boolean[p.domains.size()];
        for (int k = 0; k < kinds; k++) {
            int d = p.kindDomain[k];
            double ability = Double.isNaN(byDomain[d]) ? general : byDomain[d];
            good[k] = (float) chance(k, ability);
            if (seen != null && seen.observed[d]) {
                good[k] = seen.good[k];
                length[k] = seen.length[k];
                observed[d] = true;
            }
        }
        int columns = p.demandDomain.length;
        float[] loadings = new float[columns];
        for (int c = 0; c < columns; c++) {
            int d = p.demandDomain[c];
            double ability = Double.isNaN(byDomain[d]) ? general : byDomain[d];
            loadings[c] = seen != null && seen.observed[d]
                    ? seen.loadings[c]
                    : (float) (p.usualLoadings[c] + p.usualLoadings[columns + c] * ability);
        }
        float[] lengthLoadings = seen == null ? new float[p.lengthDomain.length] : seen.lengthLoadings.clone();
        return new Ability(
                good,
                loadings,
                length,
                lengthLoadings,
                general,
                observed,
                seen == null ? Double.NaN : seen.inputPrice,
                seen == null ? Double.NaN : seen.outputPrice);
    }

    private double fromPrice(double usdPerMillion) {
        double margin = p.abilityByPrice[2];
        if (Double.isNaN(usdPerMillion) || usdPerMillion <= 0) {
            return -margin;
        }
        double line = p.abilityByPrice[0] + p.abilityByPrice[1] * StrictMath.log(usdPerMillion);
        return Math.max(-2, Math.min(1.5, line)) - margin;
    }

    /** The general ability at which the kinds of these domains, mixed as in training, are answered this well. */
    private double solve(boolean[] area, double accuracy) {
        double low = -BOUND;
        double high = BOUND;
        for (int i = 0; i < 40; i++) {
            double middle = (low + high) / 2;
            if (mixed(area, middle) < accuracy) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    private double mixed(boolean[] area, double ability) {
        double sum = 0;
        double weight = 0;
        for (int k = 0; k < p.kinds.size(); k++) {
            if (area[p.kindDomain[k]]) {
                double share = p.kindShare[k] * part(p.domains.get(p.kindDomain[k]));
                sum += share * chance(k, ability);
                weight += share;
            }
        }
        return sum / weight;
    }

    /** Where both kinds of mathematics make one number, two prompts in three are grade-school's. */
    private static double part(String domain) {
        return domain.equals("arithmetic") ? 2 : 1;
    }

    private double chance(int kind, double ability) {
        return 1 / (1 + StrictMath.exp(-p.kindEase[kind] - p.kindSlope[kind] * ability));
    }

    private static boolean everywhere(boolean[] area) {
        for (boolean in : area) {
            if (!in) {
                return false;
            }
        }
        return true;
    }

    /** The domains that an area of this name speaks of; all when the name says nothing. */
    private boolean[] area(String name) {
        String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        List<String> spoken = spoken(plain);
        boolean[] area = new boolean[p.domains.size()];
        boolean any = false;
        for (int d = 0; d < area.length; d++) {
            area[d] = plain.equals(p.domains.get(d)) || spoken.contains(p.domains.get(d));
            any |= area[d];
        }
        if (!any) {
            Arrays.fill(area, true);
        }
        return area;
    }

    private static List<String> spoken(String plain) {
        if (plain.contains("gsm")) {
            return List.of("arithmetic");
        }
        if (plain.contains("zeroeval") || plain.equals("math") || plain.equals("maths")) {
            return MATHS;
        }
        if (plain.contains("math") || plain.contains("aime")) {
            return List.of("mathematics");
        }
        if (plain.contains("tool") || plain.contains("function") || plain.contains("bfcl") || plain.contains("agent")) {
            return List.of("tools");
        }
        if (plain.contains("mmlupro")
                || plain.contains("gpqa")
                || plain.contains("reason")
                || plain.contains("science")) {
            return List.of("expert");
        }
        if (plain.contains("routellm")) {
            return List.of("arithmetic", "knowledge");
        }
        return plain.contains("mmlu") || plain.contains("knowledge") ? List.of("knowledge") : List.of();
    }
}
