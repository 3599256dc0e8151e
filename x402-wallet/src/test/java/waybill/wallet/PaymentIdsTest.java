package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PaymentIdsTest {

    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private final PaymentIds ids = new PaymentIds();

    @Test
    void ids_of_one_instant_sort_in_the_order_in_which_they_were_made() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            made.add(ids.next(NOW));
        }
        assertThat(made).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void ids_sort_in_the_order_in_which_they_were_made_when_the_clock_goes_back() {
        String before = ids.next(NOW);
        assertThat(ids.next(NOW.minusSeconds(60))).isGreaterThan(before);
    }

    @Test
    void an_id_is_a_random_uuid_that_begins_with_its_time() {
        UUID first = UUID.fromString(ids.next(NOW));
        UUID later = UUID.fromString(ids.next(NOW.plusSeconds(60)));

        assertThat(first.version()).isEqualTo(7);
        assertThat(first.variant()).isEqualTo(2);
        assertThat(first.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
        assertThat(later.getMostSignificantBits() >>> 16)
                .isEqualTo(NOW.plusSeconds(60).toEpochMilli());
        assertThat(later.getLeastSignificantBits()).isNotEqualTo(first.getLeastSignificantBits());
    }
}
