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
import org.junit.jupiter.params.provider.CsvSource;

/** Looks for new inputs that break a reader, a minute for each and two at a time. Jazzer fuzzes one test in a JVM. */
@Tag("slow")
class FuzzingTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"bill, payment", "settlement, amount", "place, der", "gate, facilitator"})
    void a_minute_of_inputs_breaks_nothing(String one, String another) throws Exception {
        Fuzzer first = new Fuzzer(folder, one);
        Fuzzer second = new Fuzzer(folder, another);
        first.requireSound();
        second.requireSound();
    }

    /** One target in a process of its own. */
    private static final class Fuzzer {
        private final Path said;
        private final Process process;

        Fuzzer(Path folder, String target) throws IOException {
            Path own = Files.createDirectory(folder.resolve(target));
            said = own.resolve("said");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-XX:+UseSerialGC"));
            if (Runtime.version().feature() >= 21) {
                command.add("-XX:+EnableDynamicAgentLoading");
            }
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), OneFuzzTest.class.getName(), target));
            ProcessBuilder fuzzer = new ProcessBuilder(command)
                    .directory(own.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile());
            fuzzer.environment().put("JAZZER_FUZZ", "1");
            process = fuzzer.start();
        }

        void requireSound() throws Exception {
            boolean ended = process.waitFor(5, TimeUnit.MINUTES);
            if (!ended) {
                process.destroyForcibly();
            }
            assertThat(ended).as("the fuzzer ends by itself: %s", tail(said)).isTrue();
            assertThat(process.exitValue()).as("%s", tail(said)).isZero();
            assertThat(tail(said)).containsPattern("Done \\d+ runs in \\d+ second");
        }
    }

    private static String tail(Path said) throws IOException {
        String text = Files.readString(said, StandardCharsets.ISO_8859_1);
        return text.substring(Math.max(0, text.length() - 4_000));
    }
}
