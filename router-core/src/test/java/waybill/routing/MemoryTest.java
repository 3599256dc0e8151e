package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static waybill.routing.Draws.NOW;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryTest {

    private final Memory memory = new Memory(true);

    private Standing at(Instant instant) {
        Candidate<String> candidate = Candidate.of("m", "model", Profile.of(Price.free()));
        return memory.snapshot(List.of(candidate), instant).standings().get(0);
    }

    private static Failure failure(FailureKind kind) {
        return Failure.of(kind, new RuntimeException("boom"));
    }

    @ParameterizedTest
    @EnumSource(FailureKind.class)
    void only_failures_of_the_provider_count_against_it(FailureKind kind) {
        memory.failed("m", failure(kind), NOW);
        assertThat(at(NOW).coolDown() != null).isEqualTo(kind.countsAgainstHealth());
        assertThat(at(NOW).failChance() > Standing.FAIL_PRIOR).isEqualTo(kind.countsAgainstHealth());
    }

    @Test
    void the_providers_own_time_is_honoured_to_the_end() {
        memory.failed("m", failure(FailureKind.RATE_LIMITED).withRetryAfter(Duration.ofHours(3)), NOW);
        assertThat(at(NOW.plus(Duration.ofHours(3)).minusMillis(1)).coolDown()).isNotNull();
        assertThat(at(NOW).coolDown().firm()).isTrue();
        assertThat(at(NOW.plus(Duration.ofHours(3))).coolDown()).isNull();
    }

    @Test
    void failures_in_a_row_double_the_cool_down_up_to_a_limit() {
        Instant now = NOW;
        long last = 0;
        for (int i = 0; i < 12; i++) {
            memory.failed("m", failure(FailureKind.SERVER_ERROR), now);
            long seconds = Duration.between(now, at(now).coolDown().until()).toSeconds();
            assertThat(seconds).isEqualTo(Math.min(120, 1L << Math.min(i, 7)));
            assertThat(seconds).isGreaterThanOrEqualTo(last);
            last = seconds;
            now = now.plusSeconds(seconds);
        }
    }

    @Test
    void an_answer_ends_the_row_and_the_cool_down() {
        memory.failed("m", failure(FailureKind.SERVER_ERROR), NOW);
        memory.failed("m", failure(FailureKind.SERVER_ERROR), NOW);
        memory.answered("m", Duration.ofMillis(800), NOW);
        assertThat(at(NOW).coolDown()).isNull();
        memory.failed("m", failure(FailureKind.SERVER_ERROR), NOW);
        assertThat(at(NOW).coolDown().until()).isEqualTo(NOW.plusSeconds(1));
    }

    @Test
    void the_chance_of_failing_fades_with_time() {
        memory.failed("m", failure(FailureKind.SERVER_ERROR), NOW);
        double now = at(NOW).failChance() - Standing.FAIL_PRIOR;
        assertThat(at(NOW.plusSeconds(60)).failChance() - Standing.FAIL_PRIOR).isCloseTo(now / 2, within(1e-9));
        assertThat(at(NOW.plusSeconds(3_600)).failChance()).isCloseTo(Standing.FAIL_PRIOR, within(1e-6));
    }

    @Test
    void seconds_follow_recent_answers() {
        memory.answered("m", Duration.ofSeconds(2), NOW);
        memory.answered("m", Duration.ofSeconds(4), NOW);
        assertThat(at(NOW).seconds()).isCloseTo(3, within(1e-9));
        assertThat(at(NOW).answers()).isCloseTo(2, within(1e-9));
        for (int i = 0; i < 50; i++) {
            memory.answered("m", Duration.ofSeconds(4), NOW);
        }
        memory.answered("m", Duration.ofSeconds(9), NOW);
        assertThat(at(NOW).seconds()).isCloseTo(5, within(1e-3));
    }

    @Test
    void an_answer_that_is_a_minute_old_counts_half() {
        memory.answered("m", Duration.ofSeconds(10), NOW);
        assertThat(at(NOW.plusSeconds(60)).answers()).isCloseTo(0.5, within(1e-9));
        memory.answered("m", Duration.ofSeconds(1), NOW.plusSeconds(60));
        assertThat(at(NOW.plusSeconds(60)).seconds()).isCloseTo(4, within(1e-9));
    }

    @Test
    void counts_attempts_in_flight() {
        memory.started("m");
        memory.started("m");
        memory.released("m");
        assertThat(at(NOW).inFlight()).isEqualTo(1);
    }

    @Test
    void forgets_the_conversation_that_has_been_quiet_longest() {
        for (int i = 0; i < 10_001; i++) {
            memory.remember("c" + i, "m");
        }
        assertThat(memory.recall("c0")).isEmpty();
        assertThat(memory.recall("c10000")).contains("m");
    }
}
