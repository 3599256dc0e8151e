package waybill.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.routing.learned.Weights;

class DataFilesTest {

    @TempDir
    Path folder;

    private static void zip(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void reads_every_set_of_a_split() throws IOException {
        zip(
                folder.resolve("routellm/dev.jsonl.gz"),
                """
                {"id":"a","split":"dev","benchmark":"mmlu","category":"law","prompt":"Who?","in_tok":3,"contaminated":true,"r":{"m":[1,2,0.5]}}
                """);
        zip(folder.resolve("mmlupro/dev.jsonl.gz"), "");
        zip(folder.resolve("zeroeval/dev.jsonl.gz"), "");
        zip(
                folder.resolve("bfcl/dev.jsonl.gz"),
                """
                {"id":"b","benchmark":"simple","category":"tool_calling","prompt":"Do","in_tok":9,"tools":[{"name":"t","description":"d","params":["x","y"]}],"r":{"m":[0,7,0.1,null],"n":[1,8,0.2,1.5]}}
                """);
        List<Example> all = OutcomeFiles.read(folder, "dev");
        assertThat(all).hasSize(2);
        assertThat(all.get(0).kind()).isEqualTo("knowledge/law");
        assertThat(all.get(0).comparable()).isFalse();
        assertThat(all.get(0).outcome("m")).isEqualTo(new Outcome(1, 2, 0.5));
        assertThat(all.get(1).kind()).isEqualTo("tools/simple");
        assertThat(all.get(1).tools().get(0).parameters()).containsExactly("x", "y");
        assertThat(all.get(1).outcome("n")).isEqualTo(new Outcome(1, 8, 0.2));
    }

    @Test
    void predicts_for_known_and_unknown_models_without_labels() throws IOException {
        Path in = folder.resolve("in.jsonl");
        Files.writeString(
                in,
                """
                {"id":"1","prompt":"What is 2 + 2?","in_tok":8,"models":["gpt-4o-2024-08-06","brand-new","priced"]}
                {"id":"2","prompt":"Weather?","tools":[{"name":"weather","description":"","params":[]}],"system":null,"models":["brand-new"],"r":{"x":[1]}}
                """);
        Path profiles = folder.resolve("profiles.json");
        Files.writeString(profiles, "{\"priced\":{\"accuracy\":{\"maths\":0.9},\"price\":{\"input\":1,\"output\":4}}}");
        Path out = folder.resolve("out.jsonl");
        assertThat(PredictionFiles.predict(Weights.shipped(), in, out, profiles))
                .isEqualTo(2);
        List<String> lines = Files.readAllLines(out);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("{\"id\":\"1\",\"p\":{\"gpt-4o-2024-08-06\":0.")
                .contains("\"brand-new\":null", "\"ood\":", "\"micros\":");
        assertThat(lines.get(0)).doesNotContain("\"priced\":null");
    }
}
