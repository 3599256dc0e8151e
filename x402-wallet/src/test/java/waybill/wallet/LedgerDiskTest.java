package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Buying.WIDE;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, a file that cannot be written, and a file that was cut: the wallet is denied, never reset. */
class LedgerDiskTest {
    @TempDir
    Path folder;

    private final MovableClock clock = MovableClock.atNow();

    private SqliteLedger open() {
        return SqliteLedger.open(folder.resolve("ledger.db"), clock);
    }

    private void reserveSome(SqliteLedger ledger, int count) {
        for (int i = 0; i < count; i++) {
            Buying.reserve(ledger, "p" + i, "0.01", WIDE, clock.instant());
        }
    }

    /** The child may write no file longer than 3 MB, which to a database is a disk that is full. */
    @Test
    void a_full_disk_denies_and_loses_nothing_that_was_acknowledged() throws Exception {
        Process child = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f 3000 && exec \"$@\"",
                        "-",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FullDiskBuyer.class.getName(),
                        folder.resolve("ledger.db").toString())
                .redirectErrorStream(true)
                .start();
        List<String> said;
        try (BufferedReader out =
                        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
                Stream<String> lines = out.lines()) {
            said = lines.toList();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        List<String> held =
                said.stream().filter(line -> line.startsWith("HELD ")).toList();
        assertThat(held).as("what the child said: %s", said).hasSizeGreaterThan(5);
        assertThat(said).as("every further try").endsWith("DENIED", "DENIED", "DENIED");
        try (SqliteLedger ledger = open()) {
            assertThat(ledger.verify().findings()).isEmpty();
            assertThat(held).allSatisfy(line -> assertThat(ledger.payment(line.substring(5)))
                    .isPresent());
            assertThat(Buying.reserve(ledger, "next", "0.01", WIDE, clock.instant()))
                    .isInstanceOf(Reservation.Held.class);
        }
    }

    @Test
    void a_file_that_cannot_be_written_denies() throws Exception {
        try (SqliteLedger ledger = open()) {
            reserveSome(ledger, 3);
        }
        Path file = folder.resolve("ledger.db");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        boolean root = Files.isWritable(file);
        if (root) { // whom no permission binds
            Assumptions.assumeTrue(attribute("+i", file), "root, and no file can be made immutable here");
        }
        try {
            assertThatThrownBy(() -> {
                        try (SqliteLedger ledger = open()) {
                            Buying.reserve(ledger, "next", "0.01", WIDE, clock.instant());
                        }
                    })
                    .isInstanceOf(LedgerException.class);
        } finally {
            if (root) {
                attribute("-i", file);
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        try (SqliteLedger ledger = open()) {
            assertThat(ledger.payment("next")).isEmpty();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    private static boolean attribute(String change, Path file) throws Exception {
        try {
            Process chattr = new ProcessBuilder("chattr", change, file.toString())
                    .redirectErrorStream(true)
                    .start();
            return chattr.waitFor(60, TimeUnit.SECONDS) && chattr.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void a_file_that_was_cut_denies_wherever_it_was_cut() throws Exception {
        try (SqliteLedger ledger = open()) {
            reserveSome(ledger, 20);
        }
        Path file = folder.resolve("ledger.db");
        byte[] whole = Files.readAllBytes(file);
        for (int part = 0; part < 8; part++) {
            put(file, whole);
            try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
                cut.setLength((long) whole.length * part / 8);
            }
            int eighths = part;
            assertThatThrownBy(() -> {
                        try (SqliteLedger ledger = open()) {
                            Buying.reserve(ledger, "next", "0.01", WIDE, clock.instant());
                        }
                    })
                    .as("%d eighths are left", eighths)
                    .isInstanceOf(LedgerException.class);
        }
        put(file, whole);
        try (SqliteLedger ledger = open()) {
            assertThat(ledger.payments(30)).hasSize(20);
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    private static void put(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        for (String suffix : List.of("-wal", "-shm")) {
            Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
        }
    }
}
