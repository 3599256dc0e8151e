package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerCrashTest {
    private static final List<String> ORDER = List.of("RESERVED", "SENT", "UNKNOWN", "SETTLED");

    @TempDir
    Path folder;

    @Test
    void a_killed_process_loses_nothing_acknowledged_and_signs_nothing_twice() throws Exception {
        kill(folder.resolve("ledger.db"), 5);
    }

    @Test
    @Tag("slow")
    void two_hundred_kills_lose_nothing_acknowledged_and_sign_nothing_twice() throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int ledger = 0; ledger < 8; ledger++) { // a ledger that grows is slower to open
                Path file = folder.resolve("ledger" + ledger + ".db");
                all.add(two.submit(() -> {
                    kill(file, 25);
                    return file;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            two.shutdownNow();
        }
    }

    private static void kill(Path file, int kills) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, String> acknowledged = new HashMap<>();
        Map<String, String> headers = new HashMap<>();
        for (int kill = 0; kill < kills; kill++) {
            killOne(file, kill, 5 + random.nextInt(120), acknowledged, headers);
            try (SqliteLedger ledger = SqliteLedger.open(file)) {
                assertThat(ledger.verify().findings())
                        .as("seed %d, kill %d", seed, kill)
                        .isEmpty();
                for (Map.Entry<String, String> said : acknowledged.entrySet()) {
                    PaymentState state =
                            ledger.payment(said.getKey()).orElseThrow().state();
                    assertThat(possibleAfter(said.getValue()))
                            .as("seed %d, kill %d, payment %s was %s", seed, kill, said.getKey(), said.getValue())
                            .contains(state);
                }
            }
            requireOneSignatureEach(file, headers);
        }
        assertThat(acknowledged.size()).as("payments begun").isGreaterThan(kills);
    }

    @Test
    void a_second_process_is_refused() throws Exception {
        Path file = folder.resolve("ledger.db");
        Process child = start(file, "k0");
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); !"OPEN".equals(line); line = out.readLine()) {
                assertThat(line).as("the child opens its ledger").isNotNull();
            }
            assertThatThrownBy(() -> SqliteLedger.open(file))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining("in use by another process");
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        SqliteLedger.open(file).close();
    }

    @Test
    void a_second_opening_in_this_process_leaves_the_ledger_held_against_others() throws Exception {
        Path file = folder.resolve("ledger.db");
        SqliteLedger first = SqliteLedger.open(file);
        try (first) {
            assertThatThrownBy(() -> SqliteLedger.open(file)).isInstanceOf(LedgerException.class);
            Process child = start(file, "k0");
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
                StringBuilder said = new StringBuilder();
                for (String line = out.readLine(); line != null && !"OPEN".equals(line); line = out.readLine()) {
                    said.append(line).append('\n');
                }
                assertThat(said).contains("in use by another process");
            } finally {
                child.destroyForcibly();
            }
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        SqliteLedger.open(file).close();
    }

    /** What a payment may be once its process was killed and the ledger opened again. */
    private static List<PaymentState> possibleAfter(String acknowledged) {
        return switch (acknowledged) {
            case "RESERVED" -> List.of(PaymentState.VOID, PaymentState.UNKNOWN, PaymentState.SETTLED);
            case "SENT" -> List.of(PaymentState.UNKNOWN, PaymentState.SETTLED);
            case "UNKNOWN" -> List.of(PaymentState.UNKNOWN);
            case "SETTLED" -> List.of(PaymentState.SETTLED);
            default -> throw new AssertionError(acknowledged);
        };
    }

    private static void killOne(
            Path file, int kill, int afterLines, Map<String, String> acknowledged, Map<String, String> headers)
            throws Exception {
        Process child = start(file, "k" + kill);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.equals("OPEN")) {
                line = out.readLine();
            }
            assertThat(line).as("the child opened its ledger").isEqualTo("OPEN");
            for (int i = 0; i < afterLines; i++) {
                note(out.readLine(), acknowledged, headers);
            }
            child.toHandle().destroyForcibly(); // unlike the process's own, leaves its output readable
            for (String rest = out.readLine(); rest != null; rest = out.readLine()) {
                note(rest, acknowledged, headers);
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    private static Process start(Path file, String name) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingBuyer.class.getName(),
                        file.toString(),
                        name)
                .redirectErrorStream(true)
                .start();
    }

    private static void note(String line, Map<String, String> acknowledged, Map<String, String> headers) {
        String[] words = line.split(" ");
        boolean whole = words.length >= 2 && ORDER.contains(words[0]) && words[1].matches("k\\d+-\\d+");
        if (!whole) {
            return; // cut by the kill
        }
        if (words[0].equals("SENT") && words.length == 3) {
            headers.put(words[1], words[2]);
        }
        // a line that was cut may name a shorter id: only an id seen before can move on
        if (words[0].equals("RESERVED") || acknowledged.containsKey(words[1])) {
            acknowledged.put(words[1], words[0]);
        }
    }

    private static void requireOneSignatureEach(Path file, Map<String, String> headers) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            try (ResultSet twice = connection
                    .createStatement()
                    .executeQuery(
                            "SELECT payment FROM event WHERE kind = 'SIGNED' GROUP BY payment HAVING COUNT(*) > 1")) {
                assertThat(twice.next()).as("a payment was signed twice").isFalse();
            }
            try (ResultSet rows = connection.createStatement().executeQuery("SELECT id, header FROM payment")) {
                while (rows.next()) {
                    String said = headers.get(rows.getString(1));
                    if (said != null && said.matches("header-.*-\\d{13}")) {
                        assertThat(rows.getString(2)).isEqualTo(said);
                    }
                }
            }
        }
    }
}
