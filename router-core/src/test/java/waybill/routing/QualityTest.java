package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QualityTest {

    private static final LocalDate MAY = LocalDate.of(2026, 5, 1);

    @Test
    void every_accuracy_names_its_source_and_date() {
        Profile profile = Profile.of(Price.unknown())
                .withQuality(0.71, "a board", MAY)
                .withQualityIn("Maths", 0.6, "MATH", LocalDate.of(2026, 4, 2));
        assertThat(profile.quality()).hasToString("0.71 by a board, 2026-05-01; maths 0.6 by MATH, 2026-04-02");
        assertThatThrownBy(() -> Quality.of(0.5, " ", MAY)).hasMessage("an accuracy needs its source");
        assertThatThrownBy(() -> Quality.of(1, "a board", MAY)).hasMessageContaining("as a share");
    }

    @Test
    void without_an_overall_accuracy_the_areas_speak() {
        Quality quality = Quality.in("tools", 0.8, "BFCL", MAY).withArea("code", new Accuracy(0.6, "a board", MAY));
        assertThat(quality.accuracy()).isEqualTo(0.7);
        assertThat(quality.withOverall(new Accuracy(0.5, "all", MAY)).accuracy())
                .isEqualTo(0.5);
        assertThatThrownBy(() -> new Quality(null, Map.of())).hasMessageContaining("leave it out");
    }
}
