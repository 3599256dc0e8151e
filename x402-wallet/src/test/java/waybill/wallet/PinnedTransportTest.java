package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import waybill.wallet.okhttp.PinnedHttpClient;

/** The paying client over OkHttp's connections: the promises of every transport, and open hosts. */
class PinnedTransportTest extends TransportSuite {

    @Override
    Client paying(Wallet wallet) {
        return JdkTransportTest.over(PayingHttpClient.over(PinnedHttpClient.under(wallet.policy()), wallet));
    }

    /** A pinned client cannot be told to follow them; the JDK's can. */
    @Override
    Client followingRedirects(Wallet wallet) {
        return JdkTransportTest.over(PayingHttpClient.over(
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .build(),
                wallet));
    }

    @Override
    UnderWay begin(Wallet wallet, URI uri) {
        CompletableFuture<HttpResponse<String>> call = PayingHttpClient.over(
                        PinnedHttpClient.under(wallet.policy()), wallet)
                .sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        return () -> call.cancel(true);
    }

    private static HttpRequest get(String url) {
        return HttpRequest.newBuilder(URI.create(url)).build();
    }

    @Test
    void with_open_hosts_every_public_host_is_reached_and_no_private_one() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                ScriptedSeller neighbour = ScriptedSeller.selling("0.01", "y");
                Fixture fixture = Fixture.open(folder, Fixture.policy(seller).openHosts(true), builder -> builder)) {
            OkHttpClient names = new OkHttpClient.Builder()
                    .dns(host -> List.of(InetAddress.getByAddress(
                            host,
                            host.equals("far.example")
                                    ? new byte[] {93, (byte) 184, (byte) 216, 34}
                                    : new byte[] {127, 0, 0, 1})))
                    .socketFactory(new OpenHostsTest.NotedSockets())
                    .build();
            PayingHttpClient noted =
                    PayingHttpClient.over(PinnedHttpClient.like(names, fixture.wallet.policy()), fixture.wallet);
            assertThatThrownBy(() -> noted.send(get("https://far.example/"), BodyHandlers.ofString()))
                    .as("the socket was opened")
                    .isInstanceOf(IOException.class)
                    .hasRootCauseMessage("noted");
            for (String url :
                    List.of("https://near.example/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/")) {
                assertThatThrownBy(() -> noted.send(get(url), BodyHandlers.ofString()))
                        .isInstanceOf(UnknownHostException.class)
                        .hasMessageContaining("not connected to");
                assertThatThrownBy(() -> noted.inquire(get(url))).isInstanceOf(UnknownHostException.class);
            }
            PayingHttpClient client =
                    PayingHttpClient.over(PinnedHttpClient.under(fixture.wallet.policy()), fixture.wallet);
            assertThat(client.send(get(seller.uri("/").toString()), BodyHandlers.ofString())
                            .body())
                    .isEqualTo("x");
            assertThatThrownBy(() -> client.send(get(neighbour.uri("/").toString()), BodyHandlers.ofString()))
                    .hasMessageContaining("only other ports");
            assertThat(neighbour.requests()).isEmpty();
        }
    }

    @Test
    void a_client_that_pins_for_another_policy_is_no_pinned_one() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, Fixture.policy(seller).openHosts(true), builder -> builder)) {
            Policy wider = fixture.wallet.policy().allowHost("inside.example");
            PayingHttpClient client = PayingHttpClient.over(PinnedHttpClient.under(wider), fixture.wallet);
            assertThatThrownBy(() -> client.send(get("https://shop.example/"), BodyHandlers.ofString()))
                    .isInstanceOf(PaymentException.class)
                    .hasMessageContaining("but not named");
        }
    }

    @Test
    void an_answer_that_does_not_begin_in_time_is_given_up() throws Exception {
        try (java.net.ServerSocket silent = new java.net.ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Policy policy = Policy.defaults().allowHost("127.0.0.1:" + silent.getLocalPort());
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/"))
                    .timeout(Duration.ofMillis(200))
                    .build();
            assertThatThrownBy(() -> PinnedHttpClient.under(policy).send(request, BodyHandlers.ofString()))
                    .isInstanceOf(HttpTimeoutException.class);
        }
    }
}
