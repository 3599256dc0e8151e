package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedTimersTest {

    private static final long HOURS = TimeUnit.HOURS.toMillis(5);

    private final SharedTimers timers = new SharedTimers(Runnable::run);
    private final BlockingQueue<String> rung = new LinkedBlockingQueue<>();

    private String next() throws InterruptedException {
        return rung.poll(20, TimeUnit.SECONDS);
    }

    @Test
    void rings_in_the_order_of_their_time_and_not_of_their_setting() throws Exception {
        Runnable never = timers.after(HOURS, () -> rung.add("hours"));
        timers.after(150, () -> rung.add("later"));
        timers.after(40, () -> rung.add("sooner"));
        timers.after(0, () -> rung.add("at once"));
        assertThat(List.of(next(), next(), next())).containsExactly("at once", "sooner", "later");
        never.run();
        assertThat(rung).isEmpty();
    }

    @Test
    void one_that_was_stopped_never_rings_and_stopping_it_again_is_harmless() throws Exception {
        Runnable stop = timers.after(30, () -> rung.add("stopped"));
        stop.run();
        stop.run();
        timers.after(60, () -> rung.add("kept"));
        assertThat(next()).isEqualTo("kept");
        assertThat(rung).isEmpty();
        assertThat(timers.waiting()).isZero();
    }

    @Test
    void a_timer_set_while_another_rings_rings_too() throws Exception {
        timers.after(10, () -> timers.after(10, () -> rung.add("second")));
        assertThat(next()).isEqualTo("second");
    }

    @Test
    void one_that_is_woken_too_early_still_rings() throws Exception {
        AtomicLong clock = new AtomicLong();
        SharedTimers early = new SharedTimers(
                task -> {
                    task.run();
                    clock.set(TimeUnit.HOURS.toNanos(1)); // only after the first wake-up
                },
                clock::get);
        early.after(5, () -> rung.add("rung"));
        assertThat(next()).isEqualTo("rung");
    }

    @Test
    void what_was_stopped_does_not_pile_up() {
        for (int i = 0; i < 100_000; i++) {
            timers.after(HOURS, () -> {}).run();
        }
        assertThat(timers.waiting()).isLessThan(200);
    }

    @Test
    void nothing_that_waits_is_lost_among_many_that_are_stopped_by_many_threads() throws Exception {
        int each = 2_000;
        CountDownLatch kept = new CountDownLatch(4 * each);
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(t -> new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        timers.after(i % 50, kept::countDown);
                        timers.after(i % 50 + 1, () -> rung.add("stopped")).run();
                        timers.after(HOURS, () -> rung.add("hours")).run();
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        assertThat(kept.await(60, TimeUnit.SECONDS)).isTrue();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(timers.waiting()).isLessThan(200);
    }
}
