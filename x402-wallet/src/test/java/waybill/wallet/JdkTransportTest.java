package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
    void of_open_hosts_only_the_named_are_reached_and_the_transport_that_takes_the_rest_is_told() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller);
                Wallet open = Wallet.builder(Fixture.SIGNER, fixture.ledger)
                        .policy(Fixture.policy(seller).openHosts(true))
                        .build()) {
            try (Got got = paying(open).send(Ask.get(seller.uri("/")))) {
                assertThat(got.text()).isEqualTo("x");
            }
            PayingHttpClient client = PayingHttpClient.over(HttpClient.newHttpClient(), open);
            HttpRequest unnamed =
                    HttpRequest.newBuilder(URI.create("https://shop.example/")).build();
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> client.send(unnamed, BodyHandlers.ofString()), () -> client.inquire(unnamed), () -> {
                        try {
                            client.sendAsync(unnamed, BodyHandlers.ofString()).join();
                        } catch (CompletionException e) {
                            throw e.getCause();
                        }
                    })) {
                assertThatThrownBy(call)
                        .isInstanceOfSatisfying(PaymentException.class, e -> assertThat(e.code())
                                .isEqualTo(PaymentCode.HOST_NOT_ALLOWED))
                        .hasMessageContaining("waybill.wallet.open-hosts")
                        .hasMessageContaining("PinnedHttpClient");
            }
        }
    }

    static Client over(HttpClient client) {
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
