package waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.routing.Modality;
import waybill.routing.Price;
import waybill.seller.RemoteFacilitator;
import waybill.x402.Amount;

class GatewaySettingsTest {

    private static final String PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    @TempDir
    Path directory;

    @Test
    void reads_a_file_and_keeps_decimals_exact() throws Exception {
        GatewaySettings settings = GatewaySettings.read(file(
                """
                waybill:
                  gateway:
                    host: 0.0.0.0
                    port: 9000
                    public-url: https://models.example.com/
                    pay-to: "%s"
                    rpc: http://127.0.0.1:8545
                    objective: best
                    models:
                      - id: small
                        base-url: https://api.example.com/v1
                        api-key-env: KEY
                        upstream-model: vendor/small
                        price: 0.000001
                        timeout-seconds: 90
                        context-tokens: 128000
                        output-tokens: 4096
                        json-schema: true
                        inputs: [text, image]
                        cost-input-per-million: 0.10
                        cost-output-per-million: 0.40
                        quality: 0.71
                        quality-source: own measurement
                        quality-date: 2026-10-01
                        first-token-millis: 300
                        tokens-per-second: 80
                      - id: large
                        base-url: http://127.0.0.1:11434/v1
                        price: "0.25"
                """
                        .formatted(PAYEE)));

        ModelSettings small = settings.models().get(0);
        assertThat(settings.port()).isEqualTo(9000);
        assertThat(settings.publicUrl()).hasToString("https://models.example.com");
        assertThat(settings.objective().name()).isEqualTo("best");
        assertThat(settings.priceOf(small.price())).extracting(Amount::atomic).hasToString("1");
        assertThat(settings.priceOf(settings.autoPrice())).hasToString("0.25 USDC");
        assertThat(small.timeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(small.profile().contextTokens()).isEqualTo(128000);
        assertThat(small.profile().inputs()).containsExactlyInAnyOrder(Modality.TEXT, Modality.IMAGE);
        assertThat(small.profile().price()).isEqualTo(Price.perMillion("0.10", "0.40"));
        assertThat(small.profile().quality().overall().source()).isEqualTo("own measurement");
        assertThat(settings.models().get(1).profile().price()).isEqualTo(Price.perCall("0.25"));
        assertThat(settings.models().get(1).upstreamModel()).isEqualTo("large");
    }

    @Test
    void overrides_single_properties_of_a_file() throws Exception {
        Path file = file(
                """
                waybill.gateway:
                  port: 9000
                  models:
                    - {id: m, base-url: "http://127.0.0.1:1/v1"}
                """);

        GatewaySettings settings = GatewaySettings.read(file, Map.of("port", 0));

        assertThat(settings.port()).isZero();
        assertThat(settings.selling()).isNull();
        assertThat(settings.host()).isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port            | 70000                 | waybill.gateway.port is '70000': must be from 0 to 65535.",
                "port            | eighty                | waybill.gateway.port is 'eighty': must be a whole number.",
                "prot            | 1                     | waybill.gateway.prot is not a known property; there are: ",
                "objective       | thrifty               | must be cheapest, balanced, best or fastest",
                "network         | base-sepolia          | waybill.gateway.network is 'base-sepolia'",
                "pay-to          | 0x1234                | waybill.gateway.pay-to is '0x1234'",
                "pay-to          | 0x0000000000000000000000000000000000000000 | is the zero address",
                "rpc             | ftp://x               | waybill.gateway.rpc is 'ftp://x': must be an http or https URL",
                "rpc             | http://u:p@127.0.0.1  | waybill.gateway.rpc carries a user or password",
                "asset           | DOGE                  | is 'DOGE', which is not known on eip155:84532",
                "auto-price      | 0                     | must be above zero",
                "auto-price      | 1e-3                  | must be a plain decimal",
                "max-in-flight   | 0                     | must be from 1",
                "most-open-per-payer | 0                 | must be above zero",
                "facilitator-url | http://pay.example.com | waybill.gateway.facilitator-url is 'http://pay.example.com': a facilitator on another machine is reached by https only",
                "facilitator-url | https://u:p@pay.example.com | waybill.gateway.facilitator-url carries a user or password",
                "facilitator-token-env | TOKEN          | waybill.gateway.facilitator-token-env or one of a path is set, and facilitator-url is not",
                "facilitators    | https://pay.example.com | waybill.gateway.facilitators must be a list",
                "claims          | jdbc:postgresql://db/shop | waybill.gateway.claims is shared by several gateways",
                "claims          | jdbc:mysql://db/shop  | waybill.gateway.claims is the URL of a database",
                "claims          | jdbc:postgresql://db/shop?password=x | waybill.gateway.claims holds a password",
                "claims-login-file | login               | waybill.gateway.claims-login-file goes with claims",
                "most-open-per-payer | 0.0000001         | waybill.gateway.most-open-per-payer is '0.0000001'",
            })
    void names_the_property_that_is_wrong(String name, String value, String message) {
        Map<String, Object> properties = priced();
        properties.put("waybill.gateway." + name, value);

        assertThatThrownBy(() -> GatewaySettings.from(properties))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id             | auto            | models[0].id is 'auto', which names the router",
                "id             | a b             | models[0].id is 'a b'",
                "base-url       | api.example.com | models[0].base-url is 'api.example.com'",
                "price          | 0.0000001       | models[0].price is '0.0000001'",
                "price          | -1              | models[0].price is '-1': must be a plain decimal",
                "tools          | yes             | models[0].tools is 'yes': must be true or false",
                "inputs         | smell           | models[0].inputs has 'smell'",
                "quality        | 1.5             | must be a share from 0 to 1",
                "quality        | 0.5             | models[0].quality-source is missing",
                "cost-per-call  | free            | must be dollars in plain decimal",
                "cost-input-per-million | 1       | go together",
                "price-input-per-million | 0.1    | go together",
                "price-output-per-million | 0.1   | is of a call, and excludes prices per million tokens",
                "timeout-seconds | 900            | must be from 1 to 840",
                "api-key        | sk-1            | models[0].api-key is not a known property",
            })
    void names_the_model_property_that_is_wrong(String name, String value, String message) {
        Map<String, Object> model =
                new HashMap<>(Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "price", "0.001"));
        model.put(name, value);
        Map<String, Object> properties = priced();
        properties.put("waybill.gateway.models", List.of(model));

        assertThatThrownBy(() -> GatewaySettings.from(properties))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining(message);
    }

    @Test
    void a_model_is_sold_by_use_with_reasoning_at_the_price_of_output_unless_it_is_said() {
        Map<String, Object> properties = priced();
        Map<String, Object> model = new HashMap<>(
                Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "price-input-per-million", "0.15"));
        model.put("price-output-per-million", "0.6");
        properties.put("waybill.gateway.models", List.of(model));
        properties.put("waybill.gateway.most-open-per-payer", "2.5");

        GatewaySettings settings = GatewaySettings.from(properties);

        assertThat(settings.models().get(0).perMillion()).isEqualTo(new ModelSettings.PerMillion("0.15", "0.6", "0.6"));
        assertThat(settings.autoPrice()).isNull();
        assertThat(settings.selling().mostOpen()).hasToString("2.5 USDC");

        model.put("price-output-per-million", "0.0000001");
        assertThatThrownBy(() -> GatewaySettings.from(properties)).hasMessageContaining("has only 6");
    }

    @Test
    void models_by_the_call_and_by_use_leave_the_price_of_the_router_to_a_person() {
        Map<String, Object> properties = priced();
        properties.put(
                "waybill.gateway.models",
                List.of(
                        Map.of("id", "a", "base-url", "http://127.0.0.1:1/v1", "price", "0.001"),
                        Map.of(
                                "id", "b",
                                "base-url", "http://127.0.0.1:1/v1",
                                "price-input-per-million", "1",
                                "price-output-per-million", "2")));

        assertThatThrownBy(() -> GatewaySettings.from(properties)).hasMessageContaining("auto-price is missing");
        properties.put("waybill.gateway.auto-price", "0.01");
        assertThat(GatewaySettings.from(properties).autoPrice()).isEqualTo("0.01");
    }

    @Test
    void settles_through_facilitators_at_urls_without_a_key_and_without_a_node() {
        Map<String, Object> properties = priced();
        properties.remove("waybill.gateway.rpc");
        properties.put("waybill.gateway.facilitator-url", "https://pay.example.com/x402/");
        properties.put("waybill.gateway.facilitator-token-env", "ALL");
        properties.put("waybill.gateway.facilitator-settle-token-env", "SETTLE");
        properties.put("waybill.gateway.claims", "jdbc:postgresql://db.example.com/shop");
        properties.put("waybill.gateway.claims-login-file", "login.properties");

        GatewaySettings.Selling selling = GatewaySettings.from(properties).selling();

        assertThat(selling.rpc()).isNull();
        assertThat(selling.facilitators())
                .containsExactly(new GatewaySettings.RemotePlace(
                        URI.create("https://pay.example.com/x402"),
                        Map.of(
                                RemoteFacilitator.Path.VERIFY, "ALL",
                                RemoteFacilitator.Path.SETTLE, "SETTLE",
                                RemoteFacilitator.Path.SUPPORTED, "ALL")));
        assertThat(selling.claims())
                .isEqualTo(new GatewaySettings.SharedClaims(
                        "jdbc:postgresql://db.example.com/shop", Path.of("login.properties")));

        properties.put("waybill.gateway.facilitator-keystore", "key.json");
        assertThatThrownBy(() -> GatewaySettings.from(properties))
                .hasMessageContaining(
                        "waybill.gateway.facilitator-keystore is the key of the facilitator in this process");
    }

    @Test
    void several_facilitators_are_a_list_each_with_tokens_of_its_own() {
        Map<String, Object> properties = priced();
        properties.put(
                "waybill.gateway.facilitators",
                List.of(
                        Map.of("url", "https://a.example.com", "token-env", "A_TOKEN"),
                        Map.of("url", "http://127.0.0.1:4022", "verify-token-env", "B_TOKEN")));

        assertThat(GatewaySettings.from(properties).selling().facilitators())
                .containsExactly(
                        new GatewaySettings.RemotePlace(
                                URI.create("https://a.example.com"),
                                Map.of(
                                        RemoteFacilitator.Path.VERIFY, "A_TOKEN",
                                        RemoteFacilitator.Path.SETTLE, "A_TOKEN",
                                        RemoteFacilitator.Path.SUPPORTED, "A_TOKEN")),
                        new GatewaySettings.RemotePlace(
                                URI.create("http://127.0.0.1:4022"), Map.of(RemoteFacilitator.Path.VERIFY, "B_TOKEN")));

        properties.put("waybill.gateway.facilitator-url", "https://c.example.com");
        properties.put("waybill.gateway.facilitators", List.of(Map.of("uri", "https://a.example.com")));
        assertThatThrownBy(() -> GatewaySettings.from(properties))
                .hasMessageContaining("waybill.gateway.facilitators is set, and facilitator-url too")
                .hasMessageContaining("waybill.gateway.facilitators[0].url is missing")
                .hasMessageContaining("waybill.gateway.facilitators[0].uri is not a known property");
    }

    @Test
    void what_is_sold_by_use_needs_a_node_even_when_somebody_else_settles() {
        Map<String, Object> properties = priced();
        properties.remove("waybill.gateway.rpc");
        properties.put("waybill.gateway.facilitator-url", "https://pay.example.com");
        properties.put(
                "waybill.gateway.models",
                List.of(Map.of(
                        "id", "m",
                        "base-url", "http://127.0.0.1:1/v1",
                        "price-input-per-million", "1",
                        "price-output-per-million", "2")));

        assertThatThrownBy(() -> GatewaySettings.from(properties))
                .hasMessageContaining("waybill.gateway.rpc is missing: what is sold by use needs a node");
    }

    @Test
    void tells_all_problems_at_once() {
        InvalidSettingsException thrown = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> GatewaySettings.from(Map.of(
                        "waybill.gateway.models",
                        List.of(
                                Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "price", "0.001"),
                                Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "price", 0.1)))));

        assertThat(thrown.problems())
                .anySatisfy(problem -> assertThat(problem).contains("pay-to is missing"))
                .anySatisfy(problem -> assertThat(problem).contains("rpc is missing"))
                .anySatisfy(problem -> assertThat(problem).contains("has the id 'm' twice"))
                .anySatisfy(problem -> assertThat(problem).contains("price is a binary fraction"))
                .hasSize(4);
    }

    @Test
    void takes_an_asset_that_is_described() {
        Map<String, Object> properties = priced();
        properties.put("waybill.gateway.network", "eip155:31337");
        properties.put(
                "waybill.gateway.asset",
                Map.of("address", PAYEE, "symbol", "TST", "decimals", 2, "name", "Test", "version", "1"));
        properties.put(
                "waybill.gateway.models",
                List.of(Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "price", "0.01")));

        assertThat(GatewaySettings.from(properties).priceOf("0.01")).hasToString("0.01 TST");
    }

    @Test
    void refuses_a_file_that_is_not_yaml_or_nothing_but_text() throws Exception {
        Path broken = file("waybill: [");
        Path text = file("hello");
        Path twice = file("waybill:\n  gateway:\n    port: 1\n    port: 2\n");

        for (Path file : List.of(broken, text, twice)) {
            assertThatThrownBy(() -> GatewaySettings.read(file)).isInstanceOf(InvalidSettingsException.class);
        }
        assertThatThrownBy(() -> GatewaySettings.read(directory.resolve("nowhere.yml")))
                .hasMessageContaining("cannot be read");
    }

    @Test
    void names_a_key_that_is_not_in_the_environment() {
        GatewaySettings settings = GatewaySettings.from(Map.of(
                "waybill.gateway.port",
                0,
                "waybill.gateway.models",
                List.of(Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "api-key-env", "MISSING_KEY"))));

        assertThatThrownBy(() -> Gateway.start(settings, Map.of()))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessage(
                        "waybill.gateway.models[0].api-key-env names MISSING_KEY, which is not set in the environment.");
    }

    @Test
    void does_not_start_on_a_chain_that_it_cannot_reach() {
        GatewaySettings settings = GatewaySettings.from(priced());

        assertThatThrownBy(() -> Gateway.start(settings, Map.of()))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("waybill.gateway.rpc cannot be used");
    }

    private Path file(String text) throws Exception {
        Path file = Files.createTempFile(directory, "gateway", ".yml");
        return Files.writeString(file, text);
    }

    private static Map<String, Object> priced() {
        return new HashMap<>(Map.of(
                "waybill.gateway.pay-to",
                PAYEE,
                "waybill.gateway.rpc",
                "http://127.0.0.1:1",
                "waybill.gateway.models",
                List.of(Map.of("id", "m", "base-url", "http://127.0.0.1:1/v1", "price", "0.001"))));
    }
}
