package waybill.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.routing.Candidate;
import waybill.routing.Catalogue;
import waybill.routing.Features;
import waybill.routing.Plan;
import waybill.routing.Price;
import waybill.routing.Router;
import waybill.routing.RouterBuilder;
import waybill.wallet.WalletListener;

class RosterTest {

    private static final Map<String, String> KEYS = Map.of("OPENAI_API_KEY", "sk-1", "GROQ_API_KEY", "sk-2");

    @TempDir
    private Path folder;

    private static Roster roster(String... namesAndValues) {
        return Roster.from(settings(namesAndValues), KEYS::get, null);
    }

    private static Settings settings(String... namesAndValues) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put("waybill." + namesAndValues[i], namesAndValues[i + 1]);
        }
        return Settings.from(properties);
    }

    private static List<String> problems(String... namesAndValues) {
        return catchThrowableOfType(InvalidConfigurationException.class, () -> roster(namesAndValues))
                .problems();
    }

    private static Router<String> router(Roster roster) {
        List<Candidate<String>> candidates = roster.candidates().stream()
                .map(declared -> declared.with("model of " + declared.name()))
                .toList();
        RouterBuilder<String> builder = Router.builder(candidates);
        roster.tune(builder);
        return builder.build();
    }

    @Test
    void a_provider_and_a_model_are_enough_and_the_catalogue_knows_the_rest() {
        DeclaredCandidate candidate = roster(
                        "candidates[0].provider", "openai",
                        "candidates[0].model", "gpt-4.1-mini")
                .candidates()
                .get(0);
        assertThat(candidate.name()).isEqualTo("gpt-4.1-mini");
        assertThat(candidate.endpoint().key()).isEqualTo("sk-1");
        assertThat(candidate.profile())
                .isEqualTo(Catalogue.shipped().get("openai/gpt-4.1-mini").profile());
        assertThat(candidate.with("x").listedAs()).isEqualTo("openai/gpt-4.1-mini");
        assertThat(candidate.paid()).isFalse();
    }

    @Test
    void properties_go_before_the_catalogue_which_then_renews_nothing() {
        DeclaredCandidate candidate = roster(
                        "candidates[0].name", "mini",
                        "candidates[0].provider", "openai",
                        "candidates[0].model", "gpt-4.1-mini",
                        "candidates[0].price-input", "0.30",
                        "candidates[0].price-output", "1.20",
                        "candidates[0].context-tokens", "1000",
                        "candidates[0].tools", "false",
                        "candidates[0].quality", "0.7",
                        "candidates[0].quality-source", "our own 300 prompts",
                        "candidates[0].quality-date", "2026-10-01",
                        "candidates[0].region", "eu",
                        "candidates[0].stored", "false",
                        "candidates[0].trained-on", "false")
                .candidates()
                .get(0);
        assertThat(candidate.profile().price()).isEqualTo(Price.perMillion("0.30", "1.20"));
        assertThat(candidate.profile().contextTokens()).isEqualTo(1_000);
        assertThat(candidate.profile().tools()).isFalse();
        assertThat(candidate.profile().quality().accuracy()).isEqualTo(0.7);
        assertThat(candidate.profile().custody().region()).isEqualTo("eu");
        assertThat(candidate.with("x").listedAs()).isNull();
    }

    @Test
    void an_own_machine_costs_nothing_and_an_unknown_model_has_an_unknown_price() {
        Roster roster = roster(
                "candidates[0].provider", "ollama",
                "candidates[0].model", "my-own",
                "candidates[1].base-url", "http://127.0.0.1:9/v1",
                "candidates[1].model", "never-heard-of");
        assertThat(roster.candidates().get(0).profile().price()).isEqualTo(Price.free());
        assertThat(roster.candidates().get(1).profile().price().known()).isFalse();
    }

    @Test
    void objective_rules_and_the_own_catalogue_reach_the_router() throws Exception {
        Path own = Files.writeString(
                folder.resolve("own.catalogue"),
                "source our contract 2026-11-01\nmodel groq/llama-3.3-70b-versatile in=9 out=9\n");
        Router<String> router = router(roster(
                "candidates[0].provider", "openai",
                "candidates[0].model", "gpt-4.1-mini",
                "candidates[1].provider", "groq",
                "candidates[1].model", "llama-3.3-70b-versatile",
                "objective.preset", "fastest",
                "objective.value", "0.5",
                "rules.allowed", "gpt-4.1-mini",
                "catalogue", own.toString()));
        Plan plan = router.plan(Features.of("Why is the sky blue?"));
        assertThat(plan.choices()).extracting(choice -> choice.candidate()).containsExactly("gpt-4.1-mini");
        assertThat(plan.excluded()).extracting(out -> out.candidate()).containsExactly("llama-3.3-70b-versatile");
        assertThat(plan.call().objective().name()).isEqualTo("fastest");
        assertThat(plan.call().objective().value()).isEqualTo(0.5);
        assertThat(router.snapshot()
                        .of("llama-3.3-70b-versatile")
                        .orElseThrow()
                        .profile()
                        .price())
                .isEqualTo(Price.perMillion("9", "9"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "provider=openai | waybill.candidates[0].model is missing: what the provider calls the model",
                "model=m | waybill.candidates[0].provider is missing: one of openai, anthropic,",
                "model=m provider=opnai | waybill.candidates[0].provider: there is no provider \"opnai\"",
                "model=m provider=mistral | waybill.candidates[0].api-key is missing: set it, or the environment variable"
                        + " MISTRAL_API_KEY",
                "model=m base-url=ftp://x | waybill.candidates[0].base-url is 'ftp://x', which is no http",
                "model=m provider=openai pay=cash | waybill.candidates[0].pay is 'cash'; the one value is x402",
                "model=m provider=openai pay=x402 | waybill.candidates[0].pay is x402, and there is no wallet: set"
                        + " waybill.wallet.keystore",
                "model=m provider=openai price-input=1 | waybill.candidates[0].price-input and"
                        + " waybill.candidates[0].price-output go together",
                "model=m provider=openai price-per-call=-1 | waybill.candidates[0].price-per-call, price-input,",
                "model=m provider=openai listed-as=gpt-4.1-mimi | waybill.candidates[0].listed-as: the catalogue lists no",
                "model=m provider=openai quality=0.7 | waybill.candidates[0].quality needs"
                        + " waybill.candidates[0].quality-source",
                "model=m provider=openai region=eu | waybill.candidates[0].region, waybill.candidates[0].stored and"
            })
    void a_candidate_that_cannot_be_used_names_the_property(String properties, String problem) {
        List<String> pairs = new java.util.ArrayList<>();
        for (String each : properties.strip().split(" ", -1)) {
            pairs.add("candidates[0]." + each.substring(0, each.indexOf('=')));
            pairs.add(each.substring(each.indexOf('=') + 1));
        }
        assertThat(problems(pairs.toArray(String[]::new)))
                .singleElement()
                .asString()
                .startsWith(problem);
    }

    @Test
    void no_candidates_two_of_a_name_and_rules_for_nobody_are_told() {
        assertThat(problems())
                .containsExactly(
                        "waybill.candidates is missing or empty: name at least one model, with provider and model");
        assertThat(problems(
                        "candidates[0].provider", "openai",
                        "candidates[0].model", "m",
                        "candidates[1].provider", "openai",
                        "candidates[1].model", "m",
                        "rules.allowed", "n",
                        "rules.per-day", "0",
                        "attempts.in-flight", "0",
                        "attempts.answer-within", "0s"))
                .containsExactlyInAnyOrder(
                        "waybill.candidates[1].name is 'm' a second time; plans need a name for each",
                        "waybill.rules.allowed names 'n', which is no candidate; there are m, m",
                        "waybill.rules.per-day is 0; it is dollars above 0",
                        "waybill.attempts.in-flight is 0; it is at least 1",
                        "waybill.attempts.answer-within is PT0S; it is a time above 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "enabled=true | waybill.wallet needs one way to sign, not 0: waybill.wallet.keystore,",
                "keystore=none.json | waybill.wallet.passphrase is missing: what opens waybill.wallet.keystore",
                "development-key=0x1 | waybill.wallet.development-key needs waybill.wallet.rpc, a node on this machine",
                "development-key=0x1 rpc=http://127.0.0.1:1 | waybill.wallet.rpc needs waybill.wallet.network",
                "development-key=0x1 network=base | waybill.wallet.network: not an EVM network",
                "signer-url=https://s.example | waybill.wallet.signer-url needs waybill.wallet.signer-address",
                "development-key=0x1 network=eip155:84532 rpc=https://far.example | waybill.wallet: a key from the"
                        + " environment works only with a node on this machine",
                "keystore=a signer-url=https://s.example | waybill.wallet needs one way to sign, not 2",
                "development-key=0x1 per-day=-1 | waybill.wallet.per-day: ",
                "development-key=0x1 allowed-networks=base | waybill.wallet.allowed-networks: not an EVM network"
            })
    void a_wallet_that_cannot_be_opened_names_the_property(String properties, String problem) {
        Map<String, String> wallet = new LinkedHashMap<>();
        for (String each : properties.strip().split(" ", -1)) {
            wallet.put("waybill.wallet." + each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1));
        }
        assertThat(catchThrowableOfType(
                                InvalidConfigurationException.class,
                                () -> OpenWallet.from(Settings.from(wallet), null, null, WalletListener.NONE))
                        .problems())
                .anySatisfy(line -> assertThat(line).startsWith(problem).doesNotContain("0x1"));
    }

    @Test
    void a_wallet_keeps_the_limits_that_were_set_and_lets_its_sellers_be_paid() {
        Settings settings = settings(
                "candidates[0].base-url", "http://127.0.0.1:9/v1",
                "candidates[0].model", "small",
                "candidates[0].pay", "x402",
                "wallet.development-key", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
                "wallet.network", "eip155:84532",
                "wallet.rpc", "http://127.0.0.1:9",
                "wallet.per-payment", "0.02",
                "wallet.per-day", "0.25",
                "wallet.allowed-hosts", "api.example.com",
                "wallet.ledger", folder.resolve("new/folder/ledger.db").toString());
        try (OpenWallet open = OpenWallet.from(settings, null, null, WalletListener.NONE)) {
            assertThat(open.wallet().policy().perPayment()).isEqualByComparingTo("0.02");
            assertThat(open.wallet().policy().perDay()).isEqualByComparingTo("0.25");
            assertThat(open.wallet().policy().hosts()).containsExactlyInAnyOrder("127.0.0.1:9", "api.example.com");
            assertThat(folder.resolve("new/folder/ledger.db")).exists();
            Roster roster = Roster.from(settings, name -> null, open.wallet());
            assertThat(roster.candidates().get(0).paid()).isTrue();
            assertThat(router(roster)
                            .snapshot()
                            .of("small")
                            .orElseThrow()
                            .profile()
                            .price()
                            .known())
                    .as("nobody could be asked, and an unknown price is never zero")
                    .isFalse();
        }
    }
}
