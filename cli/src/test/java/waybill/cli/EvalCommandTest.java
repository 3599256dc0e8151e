package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest {

    @TempDir
    Path folder;

    @Test
    void predicts_from_a_file_of_prompts() throws IOException {
        Path in = folder.resolve("in.jsonl");
        Path out = folder.resolve("out.jsonl");
        Files.writeString(in, "{\"id\":\"1\",\"prompt\":\"What is 6 times 7?\",\"models\":[\"gpt-4o-2024-08-06\"]}\n");
        Ran ran = Ran.waybill("eval", "predict", "--in", in.toString(), "--out", out.toString());
        assertThat(ran.exit()).isZero();
        assertThat(Files.readString(out)).startsWith("{\"id\":\"1\",\"p\":{\"gpt-4o-2024-08-06\":0.");
    }

    @Test
    void says_what_a_folder_of_data_must_hold() {
        Ran score = Ran.waybill("eval", "score", "--data", folder.toString());
        assertThat(score.exit()).isEqualTo(Exit.USAGE);
        assertThat(score.err()).contains("routellm");
        for (String study : new String[] {"families", "cold", "robust"}) {
            Ran ran = Ran.waybill("eval", study, "--data", folder.toString());
            assertThat(ran.exit()).as(study).isEqualTo(Exit.USAGE);
            assertThat(ran.err()).as(study).contains("routellm");
        }
        Ran train = Ran.waybill("train", "--data", folder.toString(), "--compare");
        assertThat(train.exit()).isEqualTo(Exit.USAGE);
    }

    @Test
    void training_needs_somewhere_to_put_the_result() {
        Ran ran = Ran.waybill("train", "--data", folder.toString());
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("--out", "--compare");
    }
}
