package waybill.routing.learned;

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
        double[] sums = new double[domains];
        int[] counts = new int[domains];
        double[] byDomain = new double[domains];
        double sum = 0;
        for (Map.Entry<String, Double> entry : accuracy.entrySet()) {
            boolean[] area = Area.kinds(p, entry.getKey());
            double ability = solve(area, entry.getValue());
            sum += ability;
            boolean[] spoken = domains(area);
            for (int d = 0; d < domains; d++) {
                if (spoken[d] && !all(spoken)) {
                    sums[d] += ability;
                    counts[d]++;
                }
            }
        }
        for (int d = 0; d < domains; d++) {
            byDomain[d] = counts[d] == 0 ? Double.NaN : sums[d] / counts[d];
        }
        Double overall = accuracy.get("overall");
        if (overall != null) {
            asMeasuredHere(overall, byDomain);
        }
        double general =
                !accuracy.isEmpty() ? sum / accuracy.size() : seen != null ? seen.overall() : fromPrice(usdPerMillion);
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
        boolean maths = Area.MATHS.contains(p.domains.get(domain));
        boolean[] area = new boolean[p.kinds.size()];
        for (int k = 0; k < area.length; k++) {
            int d = p.kindDomain[k];
            area[k] = d == domain || (maths && Area.MATHS.contains(p.domains.get(d)));
        }
        return area;
    }

    private boolean[] domains(boolean[] kinds) {
        boolean[] domains = new boolean[p.domains.size()];
        for (int k = 0; k < kinds.length; k++) {
            domains[p.kindDomain[k]] |= kinds[k];
        }
        return domains;
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
        Ability ability = new Ability(
                good,
                loadings,
                length,
                seen == null ? new float[p.lengthDomain.length] : seen.lengthLoadings.clone(),
                general,
                observed,
                seen == null ? Double.NaN : seen.inputPrice,
                seen == null ? Double.NaN : seen.outputPrice);
        return seen == null ? ability.asLongAsUsual() : ability;
    }

    private double fromPrice(double usdPerMillion) {
        double margin = p.abilityByPrice[2];
        if (Double.isNaN(usdPerMillion) || usdPerMillion <= 0) {
            return -margin;
        }
        double line = p.abilityByPrice[0] + p.abilityByPrice[1] * StrictMath.log(usdPerMillion);
        return Math.max(-2, Math.min(1.5, line)) - margin;
    }

    /** The general ability at which these kinds, mixed as in training, are answered this well. */
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
            if (area[k]) {
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

    private static boolean all(boolean[] flags) {
        for (boolean flag : flags) {
            if (!flag) {
                return false;
            }
        }
        return true;
    }
}
