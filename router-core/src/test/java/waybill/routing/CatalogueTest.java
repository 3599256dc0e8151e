package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogueTest {

    private static final Catalogue SHIPPED = Catalogue.shipped();
    private static final String TWO =
            """
            source a price list 2026-10-01
            prefix gate/
            prefix ven/ vendor/
            model vendor/small-1.5 alias=small-1.5,small in=0.4 out=1.6 cached=0.1 context=128000 limit=8000 tools=yes released=2026-03-01
            model vendor/odd price=unknown
            """;

    @Test
    void a_price_is_replaced_and_the_rest_of_its_model_stays() {
        Catalogue two = Catalogue.empty().with("two", TWO);
        Catalogue priced = two.withPrice("small", Price.perCall("0.02"), "its seller", LocalDate.of(2026, 11, 2));
        CatalogueEntry small = priced.get("vendor/small-1.5");
        assertThat(small.profile().price()).isEqualTo(Price.perCall("0.02"));
        assertThat(small.profile().contextTokens()).isEqualTo(128_000);
        assertThat(small.source()).isEqualTo("its seller");
        assertThat(small.asOf()).isEqualTo(LocalDate.of(2026, 11, 2));
        assertThat(priced.get("vendor/odd")).isEqualTo(two.get("vendor/odd"));
        assertThat(two.get("small").profile().price()).isInstanceOf(Price.PerToken.class);
        assertThatThrownBy(() -> two.withPrice("nobody/else", Price.free(), "x", LocalDate.EPOCH))
                .hasMessageContaining("nobody/else");
    }

    // The shipped file

    @Test
    void lists_the_models_of_every_vendor() {
        assertThat(SHIPPED.entries()).hasSizeGreaterThanOrEqualTo(60);
        Set<String> vendors =
                SHIPPED.entries().stream().map(CatalogueEntry::vendor).collect(Collectors.toSet());
        assertThat(vendors)
                .contains(
                        "openai",
                        "anthropic",
                        "google",
                        "mistral",
                        "deepseek",
                        "xai",
                        "moonshotai",
                        "alibaba",
                        "zai",
                        "minimax",
                        "cohere",
                        "groq",
                        "togetherai",
                        "fireworks-ai",
                        "cerebras");
    }

    @Test
    void every_entry_has_a_source_and_a_date_and_no_price_of_zero() {
        assertThat(SHIPPED.entries()).allSatisfy(entry -> {
            assertThat(entry.source()).isNotBlank();
            assertThat(entry.asOf()).isAfterOrEqualTo(LocalDate.of(2026, 1, 1));
            assertThat(entry.profile().contextTokens()).isPositive();
            assertThat(entry.profile().quality())
                    .as("an accuracy that nobody measured")
                    .isNull();
            if (entry.profile().price().known()) {
                assertThat(entry.profile().price().charge(Usage.of(1, 0)).orElseThrow())
                        .isPositive();
                assertThat(entry.profile().price().charge(Usage.of(0, 1)).orElseThrow())
                        .isPositive();
            }
        });
    }

    @Test
    void cached_input_never_costs_more_than_input() {
        assertThat(SHIPPED.entries()).allSatisfy(entry -> {
            if (entry.profile().price() instanceof Price.PerToken price && price.cachedInput() != null) {
                assertThat(price.cachedInput()).isLessThanOrEqualTo(price.input());
            }
        });
    }

    @Test
    void no_name_or_alias_means_two_models() {
        List<String> all = new ArrayList<>();
        for (CatalogueEntry entry : SHIPPED.entries()) {
            all.add(Catalogue.key(entry.name()));
            entry.aliases().forEach(alias -> all.add(Catalogue.key(alias)));
        }
        assertThat(new HashSet<>(all)).hasSameSizeAs(all);
        assertThat(SHIPPED.entries())
                .allSatisfy(entry -> assertThat(SHIPPED.find(entry.name())).contains(entry));
    }

    @Test
    void the_list_prices_are_those_of_the_source() {
        assertThat(SHIPPED.get("gpt-4.1-mini").profile())
                .isEqualTo(Profile.of(Price.perMillion("0.4", "1.6").withCachedInput("0.1"))
                        .withContext(1_047_576)
                        .withOutputLimit(32_768)
                        .withJsonSchema(true)
                        .withInputs(Modality.IMAGE, Modality.PDF));
        assertThat(SHIPPED.get("zai/glm-4.7-flash").profile().price()).isEqualTo(Price.unknown());
    }

    // Names

    @ParameterizedTest
    @CsvSource({
        "gpt-4.1-mini, openai/gpt-4.1-mini",
        "GPT-4.1-Mini, openai/gpt-4.1-mini",
        "openai/gpt-4.1-mini-2025-04-14, openai/gpt-4.1-mini",
        "openrouter/openai/gpt-4.1-mini, openai/gpt-4.1-mini",
        "openrouter/anthropic/claude-sonnet-4.6, anthropic/claude-sonnet-4-6",
        "claude-haiku-4-5-20251001, anthropic/claude-haiku-4-5",
        "claude-haiku-4-5@20251001, anthropic/claude-haiku-4-5",
        "x-ai/grok-4.3, xai/grok-4.3",
        "openrouter/z-ai/glm-4.6, zai/glm-4.6",
        "mistral-large-latest, mistral/mistral-large-2512",
        "gpt-4o-2024-05-13, openai/gpt-4o-2024-05-13",
        "together_ai/openai/gpt-oss-120b, togetherai/openai/gpt-oss-120b"
    })
    void finds_a_model_under_its_many_names(String name, String listed) {
        assertThat(SHIPPED.find(name))
                .hasValueSatisfying(entry -> assertThat(entry.name()).isEqualTo(listed));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4.1-mini-2024-01-01", // before its release: another model
        "gpt-4.1-mini:free",
        "gpt-oss-120b", // several hosts serve it at several prices
        "openai/",
        "openrouter/openrouter/openrouter/openrouter/openrouter/openrouter/gpt-4.1"
    })
    void does_not_guess(String name) {
        assertThat(SHIPPED.find(name)).isEmpty();
    }

    @Test
    void names_what_is_near_when_a_name_is_misspelt() {
        assertThatThrownBy(() -> Candidate.named("gpt-4.1-mni", "model"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lists no \"gpt-4.1-mni\"")
                .hasMessageContaining("openai/gpt-4.1-mini")
                .hasMessageContaining("Profile.of(price)");
    }

    // One's own lines

    @Test
    void a_line_of_ones_own_replaces_what_it_mentions_and_a_price_as_a_whole() {
        Catalogue own = Catalogue.empty()
                .with("list", TWO)
                .with("own", "source our contract 2026-11-01\nmodel small in=0.3 out=1.2 schema=yes alias=ours\n");
        CatalogueEntry entry = own.get("ours");
        assertThat(entry.name()).isEqualTo("vendor/small-1.5");
        assertThat(entry.source()).isEqualTo("our contract");
        assertThat(entry.profile().price()).isEqualTo(Price.perMillion("0.3", "1.2"));
        assertThat(entry.profile().contextTokens()).isEqualTo(128_000);
        assertThat(entry.profile().tools()).isTrue();
        assertThat(entry.profile().jsonSchema()).isTrue();
        assertThat(own.find("small-1-5-2026-04-01")).contains(entry);
        assertThat(own.find("gate/ven/small-1.5")).contains(entry);
    }

    @Test
    void what_nobody_told_is_unknown_and_not_claimed() {
        Profile odd = Catalogue.empty().with("list", TWO).get("vendor/odd").profile();
        assertThat(odd).isEqualTo(Profile.of(Price.unknown()).withTools(false));
    }

    @Test
    void a_measured_accuracy_keeps_its_source() {
        Catalogue own = Catalogue.empty()
                .with(
                        "list",
                        TWO + "accuracy small overall 0.7 2026-10-05 our own 300 prompts\n"
                                + "accuracy small Maths 0.55 2026-10-06 MATH, own run\n");
        assertThat(own.get("small").profile().quality())
                .hasToString("0.7 by our own 300 prompts, 2026-10-05; maths 0.55 by MATH, own run, 2026-10-06");
    }

    @Test
    void a_longer_prompt_costs_what_the_step_says() {
        Price price = SHIPPED.get("gpt-5.5").profile().price();
        assertThat(price.charge(Usage.of(272_000, 0))).hasValue(new BigDecimal("1.36"));
        assertThat(price.charge(Usage.of(300_000, 0))).hasValue(new BigDecimal("3"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            model vendor/a in=1 out=2 | a source line must come first
            source nobody             | a source has a name and a date
            source x 2026-02-30       | "2026-02-30" is no date
            banana                    | a line begins with source, prefix, model or accuracy
            prefix x                  | a prefix ends with a slash
            """)
    void refuses_a_first_line_that_it_does_not_understand(String line, String problem) {
        assertThatThrownBy(() -> Catalogue.empty().with("f", line))
                .isInstanceOf(CatalogueException.class)
                .hasMessageStartingWith("f, line 1: ")
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            model noslash in=1 out=2                       | has a vendor and a name
            model vendor/a in=0 out=2                      | would cost nothing: say price=free
            model vendor/a in=1                            | out= is missing
            model vendor/a in=-1 out=2                     | in=-1 is no number
            model vendor/a in=1e3 out=2                    | is no number
            model vendor/a in=100001 out=2                 | surely a mistake
            model vendor/a in=1 in=2 out=2                 | in= is said twice
            model vendor/a in=1 out=2 over-in=2 over-out=3 | need over=
            model vendor/a in=1 out=2 over=9 over-in=2     | over-out= is missing
            model vendor/a price=free in=1                 | exclude each other
            model vendor/a price=cheap                     | price= is free or unknown
            model vendor/a context=0                       | leave it out when it is unknown
            model vendor/a tools=maybe                     | neither yes nor no
            model vendor/a reads=smell                     | none of image, audio, video, pdf
            model vendor/a colour=red                      | "colour=red" is none of
            model vendor/a alias=small                     | already a name of vendor/small-1.5
            accuracy vendor/b maths 0.5 2026-01-01 me      | is not listed above
            accuracy small maths 1.5 2026-01-01 me         | is no share
            accuracy small maths 0.5                       | an accuracy has a model, an area
            """)
    void says_which_line_is_wrong_and_why(String line, String problem) {
        assertThatThrownBy(() -> Catalogue.empty().with("f", TWO + line))
                .isInstanceOf(CatalogueException.class)
                .hasMessageStartingWith("f, line 6: ")
                .hasMessageContaining(problem);
    }

    @Test
    void a_model_is_listed_once_in_a_file() {
        assertThatThrownBy(() -> Catalogue.empty().with("f", TWO + "model small price=free"))
                .hasMessageContaining("vendor/small-1.5 is listed twice in this file");
        assertThat(Catalogue.empty()
                        .with("f", TWO)
                        .with("g", "source us 2026-11-01\nmodel small price=free")
                        .get("small")
                        .profile()
                        .price())
                .isEqualTo(Price.free());
    }

    @Test
    void warns_of_old_prices_by_source_and_date() {
        Catalogue list = Catalogue.empty().with("list", TWO);
        assertThat(list.oldPrices(LocalDate.of(2026, 11, 30), 60)).isEmpty();
        assertThat(list.oldPrices(LocalDate.of(2026, 12, 1), 60))
                .containsExactly(
                        "1 price is from a price list, 2026-10-01, 61 days ago: check them before you rely on them");
    }
}
