package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Buying.code;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.TRANSACTION;
import static waybill.wallet.ScriptedSeller.USDC;

import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.x402.Amount;

/**
 * Random sequences of operations against a plain model that keeps a list and adds it up anew for every question. The
 * seed is in the failure.
 */
class LedgerModelTest {
    private static final int SEQUENCES_PER_LEDGER = 100;
    private static final List<String> AGENTS = List.of("", "planner", "reader");
    private static final Limits LIMITS = new Limits(
            400,
            400,
            Long.MAX_VALUE,
            null,
            List.of(
                    new Limit(Scope.WALLET, Limit.Measure.DOLLARS, Window.DAY, 9_000, "per-day"),
                    new Limit(Scope.WALLET, Limit.Measure.DOLLARS, Window.HOUR, 4_000, "per-hour"),
                    new Limit(Scope.HOST, Limit.Measure.DOLLARS, Window.DAY, 4_000, "per-host-per-day"),
                    new Limit(Scope.AGENT, Limit.Measure.PAYMENTS, Window.HOUR, 9, "per-agent-per-hour"),
                    new Limit(Scope.WALLET, Limit.Measure.PAYMENTS, Window.MINUTE, 12, "per-minute")));

    @TempDir
    Path folder;

    private interface Opening {
        Ledger open(int number, MovableClock clock) throws Exception;
    }

    @Test
    void a_ledger_in_memory_is_equal_to_the_model() throws Exception {
        run(1, 100, (number, clock) -> MemoryLedger.open());
    }

    @Test
    void a_ledger_in_a_file_is_equal_to_the_model() throws Exception {
        run(2, 30, (number, clock) -> SqliteLedger.open(folder.resolve(number + ".db"), clock));
    }

    @Test
    void a_ledger_in_postgresql_is_equal_to_the_model() throws Exception {
        run(3, 5, this::postgres);
    }

    @Test
    @Tag("slow")
    void ten_thousand_sequences_on_a_file_are_equal_to_the_model() throws Exception {
        Path memory = Path.of("/dev/shm"); // ten thousand sequences are a hundred thousand waits for a disk
        Path place = Files.isWritable(memory) ? Files.createTempDirectory(memory, "ledger-model") : folder;
        try {
            run(4, 10_000, (number, clock) -> SqliteLedger.open(place.resolve(number + ".db"), clock));
        } finally {
            try (var files = Files.list(place)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(place);
        }
    }

    @Test
    @Tag("slow")
    void three_hundred_sequences_on_postgresql_are_equal_to_the_model() throws Exception {
        run(5, 300, this::postgres);
    }

    private Ledger postgres(int number, MovableClock clock) throws Exception {
        return PostgresLedger.open(
                EmbeddedServer.newLedger(),
                EmbeddedServer.login(),
                folder.resolve(number + ".secret"),
                folder.resolve(number + ".head"),
                clock);
    }

    private static void run(long seed, int sequences, Opening opening) throws Exception {
        Random random = new Random(seed);
        for (int begun = 0; begun < sequences; begun += SEQUENCES_PER_LEDGER) {
            MovableClock clock = MovableClock.atNow();
            try (Ledger ledger = opening.open(begun, clock)) {
                Model model = new Model(ledger, clock, random);
                for (int i = begun; i < Math.min(sequences, begun + SEQUENCES_PER_LEDGER); i++) {
                    model.sequence("seed " + seed + ", sequence " + i);
                }
                assertThat(ledger.verify().findings())
                        .as("seed %d, ledger %d", seed, begun)
                        .isEmpty();
            }
        }
    }

    /** One payment as the model has it. */
    private static final class Line {
        private final String id;
        private final String host;
        private final String agent;
        private final long amount;
        private final long begun;
        private PaymentState state = PaymentState.RESERVED;
        private long charged;
        private final List<long[]> spent = new ArrayList<>(); // when, how much

        Line(String id, String host, String agent, long amount, long begun) {
            this.id = id;
            this.host = host;
            this.agent = agent;
            this.amount = amount;
            this.begun = begun;
        }

        boolean in(Scope scope, String value) {
            return switch (scope) {
                case WALLET -> true;
                case HOST -> host.equals(value);
                case AGENT -> agent.equals(value);
                case PAYEE, SESSION, MODEL -> throw new AssertionError(scope);
            };
        }
    }

    private static final class Model {
        private final Ledger ledger;
        private final MovableClock clock;
        private final Random random;
        private final List<Line> lines = new ArrayList<>();
        private long latest;
        private int ids;

        Model(Ledger ledger, MovableClock clock, Random random) {
            this.ledger = ledger;
            this.clock = clock;
            this.random = random;
        }

        void sequence(String where) {
            for (int i = 0; i < 8; i++) {
                step(where);
            }
            compare(where);
        }

        private void step(String where) {
            Line line = lines.isEmpty() ? null : lines.get(random.nextInt(lines.size()));
            int dice = random.nextInt(10);
            if (dice == 0) {
                // mostly on, sometimes back
                clock.move(
                        Duration.ofSeconds(random.nextInt(5) == 0 ? -random.nextInt(7_200) : random.nextInt(14_400)));
            } else if (dice < 5 || line == null) {
                reserve(where);
            } else if (dice == 5) {
                confirm(line);
            } else {
                move(line);
            }
        }

        private long advance() {
            latest = Math.max(latest, clock.instant().getEpochSecond());
            return latest;
        }

        private void reserve(String where) {
            String id = "p" + ids++;
            String host = "h" + random.nextInt(3) + ".example.com";
            String agent = AGENTS.get(random.nextInt(AGENTS.size()));
            long amount = 1 + random.nextInt(420);
            long time = advance();
            PaymentCode expected = judge(host, agent, amount, time);
            Purchase plain = Buying.purchase(ledger, id, units(amount), PAYEE, clock.instant());
            Call call = new Call(
                    id,
                    plain.call().payer(),
                    "GET",
                    URI.create("https://" + host + "/"),
                    agent.isEmpty() ? Map.of() : Map.of("agent", agent));
            Purchase purchase = new Purchase(id, call, plain.amount(), plain.payTo(), plain.authorization());
            assertThat(code(ledger.reserve(purchase, LIMITS, clock.instant())))
                    .as("%s, %s", where, id)
                    .isEqualTo(expected);
            if (expected == null) {
                lines.add(new Line(id, host, agent, amount, time));
            }
        }

        private @Nullable PaymentCode judge(String host, String agent, long amount, long time) {
            if (amount > LIMITS.firstPayment() && lines.stream().noneMatch(line -> line.host.equals(host))) {
                return PaymentCode.PAYEE_NOT_ALLOWED;
            }
            if (amount > LIMITS.perPayment()) {
                return PaymentCode.PER_PAYMENT_CAP;
            }
            for (Limit limit : LIMITS.rolling()) {
                String value = limit.scope() == Scope.HOST ? host : limit.scope() == Scope.AGENT ? agent : "";
                if (limit.scope() == Scope.AGENT && agent.isEmpty()) {
                    continue;
                }
                long used = used(limit.scope(), value, limit.measure(), limit.window(), time);
                if (limit.measure() == Limit.Measure.PAYMENTS && used >= limit.most()) {
                    return PaymentCode.VELOCITY;
                }
                if (limit.measure() == Limit.Measure.DOLLARS && used + amount > limit.most()) {
                    return PaymentCode.CUMULATIVE_CAP;
                }
            }
            return null;
        }

        private long used(Scope scope, String value, Limit.Measure measure, Window window, long time) {
            long used = 0;
            for (Line line : lines) {
                if (!line.in(scope, value)) {
                    continue;
                }
                if (measure == Limit.Measure.PAYMENTS) {
                    used += counts(window, line.begun, time) ? 1 : 0;
                    continue;
                }
                used += line.state.holds() ? line.amount : 0;
                for (long[] spent : line.spent) {
                    used += counts(window, spent[0], time) ? spent[1] : 0;
                }
            }
            return used;
        }

        /** A slot counts as long as any moment of it is within the window before now's slot. */
        private static boolean counts(Window window, long then, long time) {
            int width = window == Window.DAY ? 3_600 : window == Window.HOUR ? 60 : 5;
            int length = window == Window.DAY ? 86_400 : window == Window.HOUR ? 3_600 : 60;
            return then / width >= time / width - length / width;
        }

        private void move(Line line) {
            long part = random.nextInt((int) line.amount + 2);
            Step step =
                    switch (random.nextInt(8)) {
                        case 0 -> new Step.Signed("header of " + line.id);
                        case 1, 2 -> new Step.Sent();
                        case 3 -> new Step.Unknown("cut");
                        case 4 -> new Step.Rejected("no");
                        case 5 -> new Step.Voided("released");
                        case 6 -> new Step.Settled(TRANSACTION, false);
                        default -> new Step.Settled(TRANSACTION, false, units(part));
                    };
            if (!line.state.mayBecome(step.to())) {
                assertThatThrownBy(() -> ledger.move(line.id, step, clock.instant()))
                        .isInstanceOf(IllegalStateException.class);
                return;
            }
            ledger.move(line.id, step, clock.instant());
            if (step instanceof Step.Settled settled) {
                settle(line, settled.charged() == null ? line.amount : part);
            } else {
                line.state = step.to();
            }
        }

        private void settle(Line line, long charged) {
            if (charged > line.amount) {
                line.state = PaymentState.UNKNOWN; // flagged
                return;
            }
            line.state = PaymentState.SETTLED;
            line.charged = charged;
            line.spent.add(new long[] {advance(), charged});
        }

        private void confirm(Line line) {
            long shown = random.nextInt((int) line.amount + 1);
            if (line.state == PaymentState.SETTLED) {
                ledger.confirm(line.id, TRANSACTION, units(shown), clock.instant());
                if (shown != line.charged) {
                    line.spent.add(new long[] {advance(), Math.max(0, shown - line.charged)});
                }
                line.charged = shown;
            } else if (line.state.mayBecome(PaymentState.SETTLED)) {
                ledger.confirm(line.id, TRANSACTION, units(shown), clock.instant());
                settle(line, shown);
            }
        }

        private void compare(String where) {
            long held = 0;
            long settled = 0;
            for (Line line : lines) {
                PaymentRecord present = ledger.payment(line.id).orElseThrow();
                assertThat(present.state()).as("%s, %s", where, line.id).isEqualTo(line.state);
                held += line.state.holds() ? line.amount : 0;
                if (line.state == PaymentState.SETTLED) {
                    assertThat(present.charged()).as("%s, %s", where, line.id).isEqualTo(units(line.charged));
                    settled += line.charged;
                }
            }
            assertThat(ledger.totals()).as(where).isEqualTo(new Totals(sum(settled), sum(held)));
            long time = Math.max(latest, clock.instant().getEpochSecond());
            for (Window window : Window.values()) {
                for (Limit.Measure measure : Limit.Measure.values()) {
                    assertThat(ledger.used(Scope.WALLET, "", measure, window, clock.instant()))
                            .as("%s, wallet, %s, %s", where, measure, window)
                            .isEqualTo(used(Scope.WALLET, "", measure, window, time));
                    assertThat(ledger.used(Scope.HOST, "h1.example.com", measure, window, clock.instant()))
                            .as("%s, host, %s, %s", where, measure, window)
                            .isEqualTo(used(Scope.HOST, "h1.example.com", measure, window, time));
                    assertThat(ledger.used(Scope.AGENT, "reader", measure, window, clock.instant()))
                            .as("%s, agent, %s, %s", where, measure, window)
                            .isEqualTo(used(Scope.AGENT, "reader", measure, window, time));
                }
            }
        }

        private static List<Amount> sum(long atomic) {
            return atomic == 0 ? List.of() : List.of(units(atomic));
        }

        private static Amount units(long atomic) {
            return new Amount(USDC, BigInteger.valueOf(atomic));
        }
    }
}
