package waybill.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class BenchmarksTest {

    /** A benchmark that nobody runs rots; one iteration of each shows that it still works. Times are not looked at. */
    @Test
    void every_benchmark_runs() throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("waybill\\.benchmarks\\..*")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(20))
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build())
                .run();
        assertThat(results).hasSize(4 * 3 + 2 * 3 + 4 * 3 + 2 * 4 + 2);
        assertThat(Bench.table(results)).contains("keywords", "incumbent", "incumbentStream", "web3j");
    }

    @Test
    void the_ledger_is_paid_from(@TempDir Path folder) throws Exception {
        assertThat(LedgerRate.measure(folder, 4, 40)).contains("4 callers, 40 payments", "books sound");
    }

    @Test
    void ours_and_web3j_make_the_same_header() throws Exception {
        assertThat(new SigningBenchmark().waybill()).isEqualTo(new SigningBenchmark().web3j());
    }

    @Test
    void keywords_choose_a_tier_for_each_prompt() {
        KeywordRouter router = new KeywordRouter(java.util.List.of("small", "medium", "large", "huge"));
        assertThat(router.route("hello")).isEqualTo("small");
        assertThat(router.route(Prompts.of(8_000))).isIn("large", "huge");
    }
}
