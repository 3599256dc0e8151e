package waybill.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the benchmarks that were asked for and prints one table for each, with the ratio to ours in every row. */
public final class Bench {

    private static final String OURS = "waybill";
    private static final Map<String, Class<?>> GROUPS = Map.of(
            "decide",
            DecisionBenchmark.class,
            "call",
            CallBenchmark.class,
            "spring",
            SpringCallBenchmark.class,
            "sign",
            SigningBenchmark.class);

    private Bench() {}

    /**
     * Arguments: any of {@code decide}, {@code call}, {@code spring}, {@code sign}, {@code ledger}, {@code --quick}; none means all. The
     * ledger is kept where {@code java.io.tmpdir} points.
     */
    public static void main(String[] arguments) throws Exception {
        List<String> asked = new ArrayList<>(List.of(arguments));
        boolean quick = asked.remove("--quick");
        List<String> groups = asked.isEmpty() ? List.of("decide", "call", "spring", "sign", "ledger") : asked;
        for (String group : groups) {
            System.out.println("\n== " + group);
            Class<?> benchmark = GROUPS.get(group);
            if (benchmark != null) {
                System.out.print(table(run(benchmark, quick)));
            } else if (group.equals("ledger")) {
                System.out.println(
                        LedgerRate.measure(Path.of(System.getProperty("java.io.tmpdir")), 16, quick ? 4_000 : 20_000));
            } else {
                throw new IllegalArgumentException("\"" + group + "\" is none of decide, call, spring, sign, ledger");
            }
        }
    }

    private static Collection<RunResult> run(Class<?> group, boolean quick) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("\\." + group.getSimpleName() + "\\.")
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .forks(quick ? 1 : 2)
                .warmupIterations(quick ? 2 : 4)
                .measurementIterations(quick ? 2 : 5)
                .warmupTime(TimeValue.seconds(1))
                .measurementTime(TimeValue.seconds(1));
        return new Runner(options.build()).run();
    }

    /** Median, 99th percentile and bytes of each, grouped by parameters, beside the ratio of its median to ours. */
    static String table(Collection<RunResult> results) {
        List<RunResult> sorted = results.stream()
                .sorted(Comparator.comparing(Bench::parameters).thenComparing(Bench::order))
                .toList();
        Map<String, Double> ours = new HashMap<>();
        for (RunResult result : sorted) {
            if (name(result).startsWith(OURS)) {
                ours.put(rivalry(result), percentile(result, 50));
            }
        }
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT, "%-34s %-18s %12s %12s %12s %10s%n", "", "", "median us", "p99 us", "bytes", "ratio"));
        for (RunResult result : sorted) {
            double median = percentile(result, 50);
            Double own = ours.get(rivalry(result));
            table.append(String.format(
                    Locale.ROOT,
                    "%-34s %-18s %12.2f %12.2f %12s %10s%n",
                    parameters(result),
                    name(result),
                    median,
                    percentile(result, 99),
                    bytes(result),
                    own == null || own == 0 ? "-" : String.format(Locale.ROOT, "%.2f", median / own)));
        }
        return table.toString();
    }

    private static String name(RunResult result) {
        String whole = result.getParams().getBenchmark();
        return whole.substring(whole.lastIndexOf('.') + 1);
    }

    /** Ours first, then the others by name. */
    private static String order(RunResult result) {
        String name = name(result);
        return (name.endsWith("Stream") ? "2" : "1") + (name.startsWith(OURS) ? "0" : "1") + name;
    }

    /** Those that are compared with one another: the same parameters, and both streaming or both not. */
    private static String rivalry(RunResult result) {
        return parameters(result) + name(result).endsWith("Stream");
    }

    private static String parameters(RunResult result) {
        BenchmarkParams params = result.getParams();
        return params.getParamsKeys().stream()
                .map(key -> key + " " + params.getParam(key))
                .collect(Collectors.joining(", "));
    }

    private static double percentile(RunResult result, double rank) {
        return result.getPrimaryResult().getStatistics().getPercentile(rank);
    }

    private static String bytes(RunResult result) {
        for (Map.Entry<String, ? extends Result<?>> extra : secondary(result).entrySet()) {
            if (extra.getKey().endsWith("gc.alloc.rate.norm")) {
                return String.format(Locale.ROOT, "%.0f", extra.getValue().getScore());
            }
        }
        return "-";
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // JMH hands out a raw type
    private static Map<String, ? extends Result<?>> secondary(RunResult result) {
        return (Map) result.getSecondaryResults();
    }
}
