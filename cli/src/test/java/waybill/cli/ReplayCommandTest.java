package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {

    @TempDir
    Path folder;

    @Test
    void prints_estimates_with_intervals_for_what_the_log_supports() throws IOException {
        Path log = log(200, true);
        Ran ran = Ran.waybill("eval", "replay", "--log", log.toString(), "--objective", "best", "--draws", "100");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("objective best (V $10.000000", "200 decisions", "effective sample 100")
                .containsPattern("doubly robust \\(DR\\), \\$ +\\S+ +\\S+ to +\\S+")
                .contains("good answers (SNIPS), share", "1.000000");
        assertThat(Ran.waybill("eval", "replay", "--log", log.toString(), "--objective", "best", "--draws", "100"))
                .as("the same seed gives the same table")
                .isEqualTo(ran);
    }

    @Test
    void refuses_what_the_log_never_tried() throws IOException {
        Ran ran = Ran.waybill("eval", "replay", "--log", log(200, false).toString(), "--value", "50");
        assertThat(ran.exit()).isEqualTo(Exit.FAILED);
        assertThat(ran.err()).contains("never tries what this objective would do", "dear=200");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void says_what_is_wrong_with_the_log_or_the_numbers() throws IOException {
        assertThat(Ran.waybill(
                        "eval", "replay", "--log", folder.resolve("absent").toString()))
                .satisfies(ran -> assertThat(ran.exit()).isEqualTo(Exit.USAGE))
                .satisfies(ran -> assertThat(ran.err()).contains("there is no log"));
        assertThat(Ran.waybill("eval", "replay", "--log", log(50, true).toString(), "--value", "-1")
                        .exit())
                .isEqualTo(Exit.USAGE);
    }

    /** Half the decisions put the dear model first, by lot or, without exploration, none. */
    private Path log(int decisions, boolean explored) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < decisions; i++) {
            String first = explored && i % 2 == 0 ? "dear" : "cheap";
            lines.append(
                    """
                    {"v":1,"id":"r%d","first":"%s","answered":"%s","cost":0.001,"seconds":1.0,"choices":[\
                    {"name":"cheap","p":0.5,"price":0.001,"fail":0.0,"seconds":1.0,"switching":0.0,"aside":false,"propensity":%s},\
                    {"name":"dear","p":0.9,"price":0.02,"fail":0.0,"seconds":1.0,"switching":0.0,"aside":false,"propensity":%s}]}
                    {"v":1,"id":"r%d","score":%s}
                    """
                            .formatted(
                                    i,
                                    first,
                                    first,
                                    explored ? "0.5" : "1.0",
                                    explored ? "0.5" : "0.0",
                                    i,
                                    first.equals("dear") ? "1.0" : "0.0"));
        }
        return Files.writeString(folder.resolve("decisions.jsonl"), lines);
    }
}
