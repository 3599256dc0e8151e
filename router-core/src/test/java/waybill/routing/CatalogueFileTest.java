package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueFileTest {

    private static final String HEAD = "source our contract 2026-11-01\n";

    @TempDir
    Path folder;

    private Path file;
    private Instant now = Instant.parse("2026-11-02T10:00:00Z");

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("own.catalogue");
        save("model gpt-4.1-mini in=0.3 out=1.2");
    }

    @Test
    void a_router_follows_the_file_at_its_next_snapshot() throws IOException {
        CatalogueFile catalogue = CatalogueFile.open(file, Catalogue.shipped(), () -> now);
        Router<String> router = Router.builder(List.of(
                        Candidate.named("gpt-4.1-mini", "model", catalogue.get()),
                        Candidate.of("fixed", "model", Profile.of(Price.perCall("0.01")))))
                .catalogue(catalogue)
                .build();
        assertThat(price(router.snapshot())).isEqualTo(Price.perMillion("0.3", "1.2"));
        Snapshot before = router.snapshot();

        save("model gpt-4.1-mini in=0.2 out=0.8 context=1000");
        assertThat(price(router.snapshot())).as("within ten seconds").isEqualTo(Price.perMillion("0.3", "1.2"));
        now = now.plusSeconds(10);
        assertThat(price(router.snapshot())).isEqualTo(Price.perMillion("0.2", "0.8"));
        assertThat(router.snapshot().standings().get(0).profile().contextTokens())
                .isEqualTo(1000);
        assertThat(router.snapshot().standings().get(1).profile().price()).isEqualTo(Price.perCall("0.01"));
        assertThat(price(before)).isEqualTo(Price.perMillion("0.3", "1.2"));
    }

    @Test
    void a_file_with_a_mistake_changes_nothing_and_says_which_line() throws IOException {
        CatalogueFile catalogue = CatalogueFile.open(file, Catalogue.shipped(), () -> now);
        Catalogue before = catalogue.get();
        save("model gpt-4.1 in=1 out=2\nmodel gpt-4.1-mini in=0 out=1.2");
        now = now.plusSeconds(10);
        assertThat(catalogue.get()).isSameAs(before);
        assertThat(catalogue.problem())
                .hasValueSatisfying(problem ->
                        assertThat(problem).contains("own.catalogue, line 3").contains("would cost nothing"));

        Files.delete(file);
        now = now.plusSeconds(10);
        assertThat(catalogue.get()).isSameAs(before);
        assertThat(catalogue.problem()).hasValueSatisfying(p -> assertThat(p).contains("there is no such file"));

        save("model gpt-4.1-mini in=0.1 out=0.2");
        now = now.plusSeconds(10);
        assertThat(catalogue.get().get("gpt-4.1-mini").profile().price()).isEqualTo(Price.perMillion("0.1", "0.2"));
        assertThat(catalogue.problem()).isEmpty();
    }

    @Test
    void a_program_does_not_start_on_a_file_with_a_mistake() throws IOException {
        save("model gpt-4.1-mini in=cheap out=1.2");
        assertThatThrownBy(() -> CatalogueFile.open(file))
                .isInstanceOf(CatalogueException.class)
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> CatalogueFile.open(folder.resolve("absent")))
                .hasMessageContaining("there is no such file");
    }

    private void save(String lines) throws IOException {
        Files.writeString(file, HEAD + lines + "\n");
    }

    private static Price price(Snapshot snapshot) {
        return snapshot.standings().get(0).profile().price();
    }
}
