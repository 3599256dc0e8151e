package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RouterThreadsTest {

    @Test
    void as_many_attempts_as_there_are_threads_may_block_and_what_comes_then_runs_all_the_same() throws Exception {
        Executor threads = RouterThreads.upTo(20);
        CountDownLatch blocking = new CountDownLatch(20);
        CountDownLatch release = new CountDownLatch(1);
        List<CompletableFuture<String>> names = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            names.add(CompletableFuture.supplyAsync(
                    () -> {
                        blocking.countDown();
                        await(release);
                        return Thread.currentThread().getName()
                                + Thread.currentThread().isDaemon();
                    },
                    threads));
        }
        assertThat(blocking.await(60, TimeUnit.SECONDS))
                .as("none waits for another")
                .isTrue();
        CompletableFuture<String> deadline = CompletableFuture.supplyAsync(() -> "acted on", threads);
        assertThat(deadline.get(60, TimeUnit.SECONDS)).isEqualTo("acted on");
        release.countDown();
        for (CompletableFuture<String> name : names) {
            assertThat(name.get(60, TimeUnit.SECONDS)).matches("waybill-routing-\\d+true");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
