package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JdkTransportTest extends TransportSuite {
    @Override
    Client paying(Wallet wallet) {
        return over(PayingHttpClient.over(HttpClient.newHttpClient(), wallet));
    }

    @Override
    Client followingRedirects(Wallet wallet) {
        return over(PayingHttpClient.over(
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .build(),
                wallet));
    }

    @Override
    UnderWay begin(Wallet wallet, URI uri) {
        CompletableFuture<HttpResponse<String>> call = PayingHttpClient.over(HttpClient.newHttpClient(), wallet)
                .sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        return () -> call.cancel(true);
    }

    @Test
    void refuses_a_policy_of_open_hosts_and_names_the_transport_that_takes_it() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller);
                Wallet open = Wallet.builder(Fixture.SIGNER, fixture.ledger)
                        .policy(Fixture.policy(seller).openHosts(true))
                        .build()) {
            assertThatThrownBy(() -> paying(open))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Policy.openHosts")
                    .hasMessageContaining("PayingInterceptor");
        }
    }

    private static Client over(HttpClient client) {
        return ask -> {
            HttpRequest.Builder request = HttpRequest.newBuilder(ask.uri());
            ask.headers().forEach(request::header);
            byte[] body = ask.body();
            request.method(ask.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
            HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
            return new Got() {
                @Override
                public int status() {
                    return response.statusCode();
                }

                @Override
                public @Nullable String header(String name) {
                    return response.headers().firstValue(name).orElse(null);
                }

                @Override
                public InputStream body() {
                    return response.body();
                }

                @Override
                public void close() throws Exception {
                    response.body().close();
                }
            };
        };
    }
}
