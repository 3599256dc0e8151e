package waybill.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** What there is to learn: every pair of a domain and a model with outcomes in it, and the kinds of prompt. */
final class Tasks {

    final List<Example> examples;
    final List<String> domains;
    final List<String> kinds;
    final int[] kindDomain;
    final int[] domainOf;
    final int[] kindOf;
    final List<String> models;
    final int[] taskDomain;
    final int[] taskModel;
    private final TreeMap<String, Integer> taskIndex = new TreeMap<>();

    Tasks(List<Example> examples) {
        this.examples = examples;
        this.domains =
                examples.stream().map(Example::domain).distinct().sorted().toList();
        TreeMap<String, String> domainOfKind = new TreeMap<>();
        TreeSet<String> names = new TreeSet<>();
        TreeSet<String> pairs = new TreeSet<>();
        for (Example example : examples) {
            domainOfKind.put(example.kind(), example.domain());
            names.addAll(example.outcomes().keySet());
            for (String model : example.outcomes().keySet()) {
                pairs.add(example.domain() + "\n" + model);
            }
        }
        this.kinds = List.copyOf(domainOfKind.keySet());
        this.kindDomain = kinds.stream()
                .mapToInt(k -> domains.indexOf(domainOfKind.get(k)))
                .toArray();
        this.models = List.copyOf(names);
        this.taskDomain = new int[pairs.size()];
        this.taskModel = new int[pairs.size()];
        for (String pair : pairs) {
            int cut = pair.indexOf('\n');
            int task = taskIndex.size();
            taskDomain[task] = domains.indexOf(pair.substring(0, cut));
            taskModel[task] = models.indexOf(pair.substring(cut + 1));
            taskIndex.put(pair, task);
        }
        this.domainOf =
                examples.stream().mapToInt(e -> domains.indexOf(e.domain())).toArray();
        this.kindOf = examples.stream().mapToInt(e -> kinds.indexOf(e.kind())).toArray();
    }

    int count() {
        return taskDomain.length;
    }

    /** The tasks of one domain, in order. */
    int[] of(int domain) {
        List<Integer> found = new ArrayList<>();
        for (int t = 0; t < count(); t++) {
            if (taskDomain[t] == domain) {
                found.add(t);
            }
        }
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The task of this model in this domain, or -1. */
    int find(int domain, String model) {
        return taskIndex.getOrDefault(domains.get(domain) + "\n" + model, -1);
    }

    /** Texts of the same domain with outcomes of the same models, in order of their first text. */
    List<int[]> groups() {
        java.util.Map<String, List<Integer>> byKey = new java.util.LinkedHashMap<>();
        for (int i = 0; i < examples.size(); i++) {
            String key = domainOf[i] + " " + examples.get(i).outcomes().keySet();
            byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(i);
        }
        return byKey.values().stream()
                .map(rows -> rows.stream().mapToInt(Integer::intValue).toArray())
                .toList();
    }

    /** One number of each outcome, a row for each example and a column for each task; NaN where there is none. */
    double[] table(ToDoubleFunction<Outcome> number) {
        double[] table = new double[examples.size() * count()];
        Arrays.fill(table, Double.NaN);
        for (int i = 0; i < examples.size(); i++) {
            for (var outcome : examples.get(i).outcomes().entrySet()) {
                table[i * count() + find(domainOf[i], outcome.getKey())] = number.applyAsDouble(outcome.getValue());
            }
        }
        return table;
    }

    /** Kernel by which tasks share: this much with another model, this much with another domain, the product with both. */
    double[] sharing(double acrossModels, double acrossDomains) {
        double[] kernel = new double[count() * count()];
        for (int s = 0; s < count(); s++) {
            for (int t = 0; t < count(); t++) {
                kernel[s * count() + t] = (taskModel[s] == taskModel[t] ? 1 : acrossModels)
                        * (taskDomain[s] == taskDomain[t] ? 1 : acrossDomains);
            }
        }
        return kernel;
    }

    /** Mean of each column, missing ones left out. */
    static double[] means(double[] table, int columns) {
        double[] sum = new double[columns];
        int[] n = new int[columns];
        for (int i = 0; i < table.length; i++) {
            if (!Double.isNaN(table[i])) {
                sum[i % columns] += table[i];
                n[i % columns]++;
            }
        }
        for (int c = 0; c < columns; c++) {
            sum[c] /= Math.max(1, n[c]);
        }
        return sum;
    }
}
