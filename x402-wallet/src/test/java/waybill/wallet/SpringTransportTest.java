package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import waybill.wallet.spring.PayingRequestInterceptor;
import waybill.x402.Headers;

class SpringTransportTest extends TransportSuite {
    @Override
    Client paying(Wallet wallet) {
        PayingRequestInterceptor paying = PayingRequestInterceptor.over(HttpClient.newHttpClient(), wallet);
        return over(RestClient.builder()
                .requestFactory(paying.requestFactory())
                .requestInterceptor(paying)
                .build());
    }

    @Override
    Client followingRedirects(Wallet wallet) {
        HttpClient following = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        PayingRequestInterceptor paying = PayingRequestInterceptor.over(following, wallet);
        return over(RestClient.builder()
                .requestFactory(paying.requestFactory())
                .requestInterceptor(paying)
                .build());
    }

    @Override
    UnderWay begin(Wallet wallet, URI uri) {
        Client client = paying(wallet);
        Thread caller = new Thread(() -> {
            try (Got got = client.send(Ask.get(uri))) {
                got.text();
            } catch (Exception e) {
                // cancelled
            }
        });
        caller.setDaemon(true);
        caller.start();
        return caller::interrupt;
    }

    @Test
    void a_client_with_another_request_factory_pays_nothing() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            RestClient client = RestClient.builder()
                    .requestFactory(new SimpleClientHttpRequestFactory())
                    .requestInterceptor(PayingRequestInterceptor.over(HttpClient.newHttpClient(), fixture.wallet))
                    .build();
            assertThatThrownBy(() -> over(client).send(Ask.get(seller.uri("/"))))
                    .hasMessageContaining("paying.requestFactory()");
            assertThat(fixture.wallet.payments(10)).isEmpty();
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void no_other_interceptor_sees_the_payment_wherever_it_stands() throws Exception {
        List<String> seen = new ArrayList<>();
        ClientHttpRequestInterceptor logger = (request, body, execution) -> {
            ClientHttpResponse response = execution.execute(request, body);
            seen.add(request.getHeaders() + " " + request.getAttributes());
            return response;
        };
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            PayingRequestInterceptor paying = PayingRequestInterceptor.over(HttpClient.newHttpClient(), fixture.wallet);
            RestClient client = RestClient.builder()
                    .requestFactory(paying.requestFactory())
                    .requestInterceptor(logger)
                    .requestInterceptor(paying)
                    .requestInterceptor(logger)
                    .build();
            try (Got got = over(client).send(Ask.get(seller.uri("/")))) {
                assertThat(got.text()).isEqualTo("x");
            }
            assertThat(seen).hasSize(3).noneMatch(text -> text.contains(Headers.PAYMENT_SIGNATURE));
            String payment = String.valueOf(seller.paidRequests().get(0).header(Headers.PAYMENT_SIGNATURE));
            assertThat(seen).noneMatch(text -> text.contains(payment));
        }
    }

    @Test
    void of_open_hosts_only_the_named_are_reached() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller);
                Wallet open = Wallet.builder(Fixture.SIGNER, fixture.ledger)
                        .policy(Fixture.policy(seller).openHosts(true))
                        .build()) {
            try (Got got = paying(open).send(Ask.get(seller.uri("/")))) {
                assertThat(got.text()).isEqualTo("x");
            }
            assertThatThrownBy(() -> paying(open).send(Ask.get(URI.create("https://shop.example/"))))
                    .hasStackTraceContaining("shop.example is open (waybill.wallet.open-hosts) but not named");
        }
    }

    private static Client over(RestClient client) {
        return ask -> {
            RestClient.RequestBodySpec request =
                    client.method(HttpMethod.valueOf(ask.method())).uri(ask.uri());
            ask.headers().forEach(request::header);
            byte[] body = ask.body();
            if (body != null) {
                request.body(body);
            }
            ClientHttpResponse response = request.exchange((sent, answer) -> answer, false);
            return new Got() {
                @Override
                public int status() {
                    try {
                        return response.getStatusCode().value();
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }

                @Override
                public @Nullable String header(String name) {
                    return response.getHeaders().getFirst(name);
                }

                @Override
                public InputStream body() throws Exception {
                    return response.getBody();
                }

                @Override
                public void close() {
                    response.close();
                }
            };
        };
    }
}
