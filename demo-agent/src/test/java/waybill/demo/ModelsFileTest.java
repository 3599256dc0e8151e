package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.routing.Price;
import waybill.routing.Quality;

class ModelsFileTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("SMALL_KEY", " secret-1 ", "WALLET_KEY", "0xabc");

    @TempDir
    private Path folder;

    @Test
    void a_full_file_is_read() throws IOException {
        ModelsFile file = read(
                """
                models:
                  - id: small
                    base-url: https://models.example/v1/
                    upstream-model: small-2026
                    api-key-env: SMALL_KEY
                    cost-input-per-million: 0.40
                    cost-output-per-million: 1.60
                    context-tokens: 128000
                    json-schema: true
                    quality: 0.71
                    quality-source: our own 200 prompts
                    quality-date: 2026-10-01
                    first-token-millis: 400
                    tokens-per-second: 80
                  - id: paid
                    base-url: http://127.0.0.1:8402/v1
                    pay: x402
                wallet:
                  key-env: WALLET_KEY
                  rpc: http://127.0.0.1:8545
                  per-payment: 0.01
                """);
        ModelsFile.Model small = file.models().get(0);
        assertThat(small.baseUrl()).isEqualTo(URI.create("https://models.example/v1"));
        assertThat(small.upstreamModel()).isEqualTo("small-2026");
        assertThat(small.apiKey()).isEqualTo("secret-1");
        assertThat(small.profile().price()).isEqualTo(Price.perMillion("0.40", "1.60"));
        assertThat(small.profile().jsonSchema()).isTrue();
        Quality quality = small.profile().quality();
        assertThat(quality).isNotNull();
        assertThat(quality.overall().asOf()).isEqualTo("2026-10-01");
        assertThat(file.models().get(1).paid()).isTrue();
        assertThat(file.models().get(1).profile().price().known()).isFalse();
        ModelsFile.WalletEntry wallet = file.wallet();
        assertThat(wallet).isNotNull();
        assertThat(wallet.perPayment()).isEqualTo(new BigDecimal("0.01"));
        assertThat(wallet.perDay()).isEqualTo(BigDecimal.ONE);
    }

    @Test
    void json_is_read_too() throws IOException {
        ModelsFile file = read("{\"models\": [{\"id\": \"m\", \"base-url\": \"http://127.0.0.1:9/v1\"}]}");
        assertThat(file.models()).hasSize(1);
        assertThat(file.wallet()).isNull();
    }

    @Test
    void no_key_shows_in_any_text() throws IOException {
        ModelsFile file = read("models: [{id: m, base-url: 'http://127.0.0.1:9/v1', api-key-env: SMALL_KEY}]");
        assertThat(file.toString()).doesNotContain("secret");
        assertThat(DemoOptions.defaults().withEnvironment(ENVIRONMENT).toString())
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "models: []                                               | models is missing or empty",
                "{}                                                       | models is missing or empty",
                "models: [{base-url: 'http://h/v1'}]                      | models[0].id is missing",
                "models: [{id: m}]                                        | models[0].base-url is missing",
                "models: [{id: m, base-url: 'ftp://h'}]                   | models[0].base-url is not an http",
                "models: [{id: m, base-url: 'http://u:p@h'}]              | models[0].base-url is not an http",
                "models: [{id: m, base-url: 'http://h', colour: red}]     | models[0].colour is not a field here",
                "models: [{id: m, base-url: 'http://h', tools: maybe}]    | models[0].tools is 'maybe'",
                "models: [{id: m, base-url: 'http://h', pay: cash}]       | models[0].pay is 'cash'",
                "models: [{id: m, base-url: 'http://h', pay: x402}]       | wallet is missing",
                "models: [{id: m, base-url: 'http://h', cost-per-call: -1}] | models[0].cost-per-call is '-1'",
                "models: [{id: m, base-url: 'http://h', cost-input-per-million: 1}] | models[0].cost-input-per-million and",
                "models: [{id: m, base-url: 'http://h', quality: 0.7}]    | models[0].quality-source is missing",
                "models: [{id: m, base-url: 'http://h', timeout-seconds: 0}] | models[0].timeout-seconds is '0'",
                "models: [{id: m, base-url: 'http://h', api-key-env: NO_KEY}] | models[0].api-key-env names the environment",
                "models: [{id: m, base-url: 'http://h'}, {id: m, base-url: 'http://h'}] | models[1].id is 'm' twice",
                "{models: [{id: m, base-url: 'http://h'}], wallet: {rpc: 'http://h'}} | wallet.key-env or keystore",
                "models: [                                                | it is not YAML",
                "models: &a [*a]                                          | it is not YAML"
            })
    void a_wrong_field_is_named(String text, String problem) {
        assertThatExceptionOfType(InvalidModelsFileException.class)
                .isThrownBy(() -> read(text))
                .withMessageContaining(problem)
                .withMessageContaining("models.yml");
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        assertThatExceptionOfType(InvalidModelsFileException.class)
                .isThrownBy(() -> ModelsFile.read(folder.resolve("absent.yml"), ENVIRONMENT))
                .withMessageContaining("absent.yml cannot be used");
    }

    private ModelsFile read(String text) throws IOException {
        return ModelsFile.read(Files.writeString(folder.resolve("models.yml"), text), ENVIRONMENT);
    }
}
