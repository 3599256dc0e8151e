package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BarSeriesTest {
    @Test
    void the_recorded_series_is_two_days_of_five_minute_bars() {
        BarSeries series = BarSeries.recorded();
        assertThat(series.bars()).hasSize(580);
        assertThat(series.step()).isEqualTo(Duration.ofMinutes(5));
        assertThat(series.start()).isEqualTo(Instant.parse("2023-03-13T17:59:59.999Z"));
        assertThat(series.last().end()).isEqualTo(Instant.parse("2023-03-15T18:19:59.999Z"));
        assertThat(series.last().close()).isEqualTo(1629.52);
        assertThat(series.name()).isEqualTo("ETH/USD_PT5M@BinanceUS");
        assertThat(series.barsIn(Duration.ofHours(24))).isEqualTo(288);
    }

    @Test
    void a_gap_is_refused_by_name() {
        String json =
                "{\"name\":\"gappy\",\"ohlc\":[" + bar(0, 9) + "," + bar(300_000, 9) + "," + bar(900_000, 9) + "]}";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(json))
                .withMessageContaining("gappy has a gap")
                .withMessageContaining("1970-01-01T00:10:00Z");
    }

    @Test
    void a_bar_whose_low_lies_above_its_close_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{\"name\":\"odd\",\"ohlc\":[" + bar(0, 11) + "]}"))
                .withMessageContaining("low 11.0");
    }

    private static String bar(long end, double low) {
        return "{\"endTime\":" + end + ",\"openPrice\":10,\"highPrice\":12,\"lowPrice\":" + low
                + ",\"closePrice\":10,\"volume\":1}";
    }

    private static BarSeries read(String json) throws IOException {
        return BarSeries.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), "test");
    }
}
