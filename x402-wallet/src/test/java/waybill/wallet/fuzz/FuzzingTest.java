package waybill.wallet.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks for new inputs that break a reader, a minute for each. Jazzer fuzzes one test in a JVM, so each has its own. */
@Tag("slow")
class FuzzingTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bill", "payment", "settlement", "amount", "place", "der"})
    void a_minute_of_inputs_breaks_nothing(String target) throws Exception {
        Path said = folder.resolve("said");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g"));
        if (Runtime.version().feature() >= 21) {
            command.add("-XX:+EnableDynamicAgentLoading");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), OneFuzzTest.class.getName(), target));
        ProcessBuilder fuzzer = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        fuzzer.environment().put("JAZZER_FUZZ", "1");
        Process process = fuzzer.start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended).as("the fuzzer ends by itself: %s", tail(said)).isTrue();
        assertThat(process.exitValue()).as("%s", tail(said)).isZero();
        assertThat(tail(said)).containsPattern("Done \\d+ runs in \\d+ second");
    }

    private static String tail(Path said) throws IOException {
        String text = Files.readString(said, StandardCharsets.ISO_8859_1);
        return text.substring(Math.max(0, text.length() - 4_000));
    }
}
