package waybill.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import waybill.routing.Modality;

class SettingsTest {

    private static List<String> problems(Map<String, ?> properties) {
        return catchThrowableOfType(InvalidConfigurationException.class, () -> Settings.from(properties))
                .problems();
    }

    @Test
    void nested_maps_and_dotted_names_say_the_same() {
        Settings nested = Settings.from(Map.of(
                "waybill",
                Map.of(
                        "candidates",
                        List.of(
                                Map.of("provider", "openai", "model", "gpt-4.1-mini"),
                                Map.of(
                                        "name", "large",
                                        "base-url", "http://127.0.0.1:9/v1",
                                        "model", "large",
                                        "price-per-call", "0.002",
                                        "inputs", List.of("image", "pdf"))),
                        "attempts",
                        Map.of("deadline", "30s"),
                        "wallet",
                        Map.of("payees", Map.of("127.0.0.1:9", "0x1")))));
        Map<String, String> dotted = new LinkedHashMap<>();
        dotted.put("waybill.candidates[0].provider", "openai");
        dotted.put("waybill.candidates[0].model", "gpt-4.1-mini");
        dotted.put("waybill.candidates[1].name", "large");
        dotted.put("waybill.candidates[1].baseUrl", "http://127.0.0.1:9/v1");
        dotted.put("waybill.candidates[1].model", "large");
        dotted.put("waybill.candidates[1].price-per-call", "0.002");
        dotted.put("waybill.candidates[1].inputs", "image, PDF");
        dotted.put("waybill.attempts.deadline", "PT30S");
        Settings flat = Settings.from(dotted);
        assertThat(flat.candidates()).isEqualTo(nested.candidates());
        assertThat(flat.attempts()).isEqualTo(nested.attempts());
        CandidateSettings large = nested.candidates().get(1);
        assertThat(large.baseUrl()).isEqualTo(URI.create("http://127.0.0.1:9/v1"));
        assertThat(large.pricePerCall()).isEqualTo(new BigDecimal("0.002"));
        assertThat(large.inputs()).isEqualTo(Set.of(Modality.IMAGE, Modality.PDF));
        assertThat(nested.attempts().deadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(nested.wallet().payees()).containsEntry("127.0.0.1:9", "0x1");
    }

    @Test
    void nothing_set_is_nothing_wanted() {
        Settings empty = Settings.from(Map.of());
        assertThat(empty.candidates()).isEmpty();
        assertThat(empty.wallet().isEnabled()).isFalse();
        assertThat(empty.rules()).isEqualTo(RuleSettings.NONE);
    }

    @Test
    void every_mistake_is_told_under_its_propertys_name() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("waybill.candidates[0].modle", "x");
        wrong.put("waybill.candidates[0].tools", "yes");
        wrong.put("waybill.objective.preset", "cheap");
        wrong.put("waybill.attempts.deadline", "soon");
        wrong.put("waybill.rules.per-day", "five");
        assertThat(problems(wrong))
                .hasSize(5)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("waybill.candidates[0].modle is not a known property; there are api-key, base-url"))
                .anySatisfy(line ->
                        assertThat(line).isEqualTo("waybill.candidates[0].tools is 'yes', which is no true or false"))
                .anySatisfy(line -> assertThat(line)
                        .isEqualTo("waybill.objective.preset is 'cheap'; there are cheapest, balanced, best, fastest"))
                .anySatisfy(line -> assertThat(line)
                        .isEqualTo("waybill.attempts.deadline is 'soon', which is no time such as 30s, 2m or 500ms"))
                .anySatisfy(line -> assertThat(line).isEqualTo("waybill.rules.per-day is 'five', which is no number"));
    }

    @Test
    void a_secret_is_shown_by_nothing_that_holds_it() {
        Settings settings = Settings.from(Map.of(
                "waybill.candidates[0].model", "m",
                "waybill.candidates[0].api-key", "sk-secret",
                "waybill.wallet.development-key", "0xsecret",
                "waybill.wallet.passphrase", "correct horse"));
        assertThat(settings.toString()).doesNotContain("secret", "horse");
        assertThat(settings.wallet().isEnabled()).isTrue();
    }

    @Test
    void a_blank_key_is_none_as_an_unset_variable_leaves_it() {
        assertThat(Settings.from(Map.of("waybill.wallet.development-key", ""))
                        .wallet()
                        .isEnabled())
                .isFalse();
    }
}
