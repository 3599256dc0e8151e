package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OrderTest {

    @Test
    void sorts_up_by_the_first_column_and_down_by_the_second_and_keeps_equals_in_place() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int size = random.nextInt(200);
            double[] up = random.ints(size, 0, 12).asDoubleStream().toArray();
            double[] down = random.ints(size, 0, 3).asDoubleStream().toArray();
            int[] expected = IntStream.range(0, size)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(i -> up[i])
                            .thenComparing(i -> down[i], Comparator.reverseOrder()))
                    .mapToInt(i -> i)
                    .toArray();
            assertThat(Order.of(up, down)).as("seed %d", seed).isEqualTo(expected);
        }
    }
}
