package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code ./waybill} where there is no Java for it to run. */
class LauncherTest {

    private static final Path LAUNCHER =
            Path.of("..", "waybill").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void says_that_java_home_holds_no_java() throws Exception {
        assertThat(launch(folder))
                .contains("JAVA_HOME is " + folder, "JDK 17 or later")
                .endsWith("exit 1");
    }

    @Test
    void says_that_java_is_too_old() throws Exception {
        assertThat(launch(java("openjdk version \"11.0.20\" 2023-07-18")))
                .contains("is Java 11, and 17 is the least")
                .endsWith("exit 1");
        assertThat(launch(java("java version \"1.8.0_391\""))).contains("is Java 8, and 17 is the least");
    }

    @Test
    void works_through_a_symbolic_link_from_another_directory() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("elsewhere"), LAUNCHER);
        assertThat(launch(java("nothing it knows"), link)).contains("does not say its version");
    }

    /** A JAVA_HOME whose java prints {@code version} and does nothing else. */
    private Path java(String version) throws IOException {
        Path home = Files.createTempDirectory(folder, "java");
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho '" + version + "' >&2\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return home;
    }

    private String launch(Path javaHome) throws Exception {
        return launch(javaHome, LAUNCHER);
    }

    private String launch(Path javaHome, Path launcher) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", launcher.toString(), "--version")
                .directory(folder.toFile())
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said.strip() + "\nexit " + process.exitValue();
    }
}
