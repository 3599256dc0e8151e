package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {

    @TempDir
    Path folder;

    @Test
    void says_that_the_models_file_cannot_be_used_and_writes_no_report() {
        Path out = folder.resolve("report");
        Ran ran = Ran.waybill(
                "demo",
                "--out",
                out.toString(),
                "--models",
                folder.resolve("absent.yaml").toString());
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.out() + ran.err()).contains("absent.yaml").doesNotContain("\tat ");
        assertThat(out).doesNotExist();
    }
}
