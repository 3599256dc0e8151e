package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.ScriptedSeller.bill;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import waybill.wallet.ScriptedSeller.Response;
import waybill.wallet.actuator.WalletEndpoint;
import waybill.wallet.actuator.WalletHealth;
import waybill.x402.Json;

/** The actuator's endpoint and health, over HTTP, in a Spring Boot application with its own configuration. */
class WalletActuatorTest {
    @TempDir
    Path folder;

    private Fixture fixture;
    private ScriptedSeller seller;
    private ConfigurableApplicationContext application;
    private URI base;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        WalletEndpoint walletEndpoint(Wallet wallet) {
            return new WalletEndpoint(wallet);
        }

        @Bean
        WalletHealth walletHealth(Wallet wallet) {
            return new WalletHealth(wallet);
        }
    }

    @BeforeEach
    void start() throws Exception {
        seller = ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.04"));
        fixture = Fixture.open(folder, seller);
        application = new SpringApplicationBuilder(Application.class)
                .initializers(context -> context.getBeanFactory().registerSingleton("wallet", fixture.wallet))
                .properties(Map.of(
                        "server.port", "0",
                        "server.address", "127.0.0.1",
                        "management.endpoints.web.exposure.include", "health,x402",
                        "management.endpoint.health.show-details", "always",
                        "spring.main.banner-mode", "off"))
                .run();
        int port = ((WebServerApplicationContext) application).getWebServer().getPort();
        base = URI.create("http://127.0.0.1:" + port + "/actuator/");
    }

    @AfterEach
    void stop() throws Exception {
        application.close();
        fixture.close();
        seller.close();
    }

    private Map<String, Object> get(String path, int status) throws Exception {
        return read(HttpRequest.newBuilder(base.resolve(path)).build(), status);
    }

    private Map<String, Object> read(HttpRequest request, int status) throws Exception {
        HttpResponse<String> response = fixture.plain.send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return Json.parseObject(response.body().getBytes(StandardCharsets.UTF_8), 1 << 20);
    }

    private Map<String, Object> post(String json) throws Exception {
        return read(
                HttpRequest.newBuilder(base.resolve("x402"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                200);
    }

    @Test
    void shows_the_account_its_limits_and_what_has_not_ended() throws Exception {
        try {
            fixture.get(seller.uri("/report"));
        } catch (PaymentException e) {
            assertThat(e.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
        }
        Map<String, Object> status = get("x402", 200);
        assertThat(status)
                .containsEntry("address", Fixture.SIGNER.address().toString())
                .containsEntry("frozen", false)
                .containsEntry("realMoney", false);
        assertThat(status.get("held")).isEqualTo(List.of("0.04 USDC on eip155:84532"));
        assertThat(String.valueOf(status.get("pending"))).contains("UNKNOWN").contains(seller.host());
        assertThat(String.valueOf(status.get("limits"))).contains("per-day").contains("left=4.96");
    }

    @Test
    void writing_freezes_the_wallet_and_nothing_there_lets_it_pay_again() throws Exception {
        assertThat(get("health", 200)).containsEntry("status", "UP");
        post("{\"reason\":\"something is odd\"}");
        assertThat(fixture.wallet.frozen()).contains("something is odd");
        assertThat(get("health", 503)).containsEntry("status", "OUT_OF_SERVICE");
        assertThat(get("x402", 200)).containsEntry("frozen", true).containsEntry("frozenBecause", "something is odd");

        post("{\"frozen\":false}");
        post("{}");
        assertThat(fixture.wallet.frozen()).isPresent();
        HttpResponse<String> delete = fixture.plain.send(
                HttpRequest.newBuilder(base.resolve("x402")).DELETE().build(), BodyHandlers.ofString());
        assertThat(delete.statusCode()).isEqualTo(405);
    }
}
