package waybill.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the models of one set scored and cost, by prompt and model. */
final class OutcomeTable {

    final List<Example> prompts;
    final List<String> models;
    private final double[][] score;
    private final double[][] cost;
    private final List<int[]> oracle;

    /** Takes the prompts, which all have outcomes of the same models. */
    OutcomeTable(List<Example> prompts) {
        this(prompts, List.copyOf(prompts.get(0).outcomes().keySet()));
    }

    /** Takes the outcomes of some of the models. */
    OutcomeTable(List<Example> prompts, List<String> models) {
        this.prompts = prompts;
        this.models = models;
        this.score = new double[prompts.size()][models.size()];
        this.cost = new double[prompts.size()][models.size()];
        for (int i = 0; i < prompts.size(); i++) {
            for (int m = 0; m < models.size(); m++) {
                Outcome outcome = prompts.get(i).outcome(models.get(m));
                score[i][m] = outcome.score();
                cost[i][m] = outcome.usd();
            }
        }
        this.oracle = QualityMetrics.sweep(score, cost);
    }

    int size() {
        return score.length;
    }

    double score(int prompt, int model) {
        return score[prompt][model];
    }

    double cost(int prompt, int model) {
        return cost[prompt][model];
    }

    double[] averageScores() {
        return averages(score);
    }

    double[] averageCosts() {
        return averages(cost);
    }

    private double[] averages(double[][] table) {
        double[] sum = new double[models.size()];
        for (double[] row : table) {
            for (int m = 0; m < sum.length; m++) {
                sum[m] += row[m] / table.length;
            }
        }
        return sum;
    }

    /** Every model for every prompt: the choices of the zero router. */
    List<int[]> singles() {
        List<int[]> all = new ArrayList<>();
        for (int m = 0; m < models.size(); m++) {
            int[] choice = new int[size()];
            Arrays.fill(choice, m);
            all.add(choice);
        }
        return all;
    }

    /** The choices of knowing everything beforehand. */
    List<int[]> oracle() {
        return oracle;
    }

    /** Every prompt once. */
    int[] once() {
        int[] times = new int[size()];
        Arrays.fill(times, 1);
        return times;
    }
}
