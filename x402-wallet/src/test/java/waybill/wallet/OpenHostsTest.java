package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.wallet.okhttp.PayingInterceptor;
import waybill.wallet.okhttp.PinnedDns;

/** Hosts that nobody named: what is checked is what is connected to. */
class OpenHostsTest {
    private static final byte[] PUBLIC = {93, (byte) 184, (byte) 216, 34};
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    @TempDir
    Path folder;

    /** Sockets that note where they are told to go and go nowhere. */
    static final class NotedSockets extends SocketFactory {
        private final List<InetAddress> reached = new CopyOnWriteArrayList<>();

        @Override
        public Socket createSocket() {
            return new Socket() {
                @Override
                public void connect(SocketAddress endpoint, int timeout) throws IOException {
                    reached.add(((InetSocketAddress) endpoint).getAddress());
                    throw new ConnectException("noted");
                }
            };
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }
    }

    private static Fixture open(Path folder, ScriptedSeller seller) {
        return Fixture.open(folder, Fixture.policy(seller).openHosts(true), builder -> builder);
    }

    private static Request get(String url) {
        return new Request.Builder().url(url).build();
    }

    @Test
    void w19_an_answer_that_changes_between_check_and_connect_changes_nothing() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Dns rebinding =
                host -> List.of(InetAddress.getByAddress(host, asked.getAndIncrement() == 0 ? PUBLIC : LOOPBACK));
        NotedSockets sockets = new NotedSockets();
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = open(folder, seller)) {
            OkHttpClient client = PayingInterceptor.install(
                    new OkHttpClient.Builder()
                            .dns(rebinding)
                            .socketFactory(sockets)
                            .retryOnConnectionFailure(false)
                            .build(),
                    fixture.wallet);
            assertThatThrownBy(
                            () -> client.newCall(get("https://shop.example/")).execute())
                    .isInstanceOf(ConnectException.class)
                    .hasRootCauseMessage("noted");
            assertThat(asked).hasValue(1);
            assertThat(sockets.reached).containsExactly(InetAddress.getByAddress(PUBLIC));

            assertThatThrownBy(
                            () -> client.newCall(get("https://shop.example/")).execute())
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("private or reserved");
            assertThat(sockets.reached).hasSize(1);
        }
    }

    @Test
    void w19_one_private_address_among_public_ones_refuses_the_name() throws Exception {
        NotedSockets sockets = new NotedSockets();
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = open(folder, seller)) {
            OkHttpClient client = PayingInterceptor.install(
                    new OkHttpClient.Builder()
                            .dns(host -> List.of(InetAddress.getByAddress(PUBLIC), InetAddress.getByAddress(LOOPBACK)))
                            .socketFactory(sockets)
                            .build(),
                    fixture.wallet);
            assertThatThrownBy(
                            () -> client.newCall(get("https://shop.example/")).execute())
                    .isInstanceOf(UnknownHostException.class);
            assertThat(sockets.reached).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://127.0.0.1/",
                "https://[::1]/",
                "https://[::ffff:169.254.169.254]/",
                "https://2130706433/",
                "https://169.254.169.254/latest/meta-data/",
                "https://[64:ff9b::a9fe:a9fe]/",
                "http://127.0.0.1:1/"
            })
    void an_address_written_into_the_url_is_checked_too(String url) throws Exception {
        NotedSockets sockets = new NotedSockets();
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = open(folder, seller)) {
            OkHttpClient client = PayingInterceptor.install(
                    new OkHttpClient.Builder().socketFactory(sockets).build(), fixture.wallet);
            assertThatThrownBy(() -> client.newCall(get(url)).execute())
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("not connected to");
            assertThat(sockets.reached).isEmpty();
        }
    }

    @Test
    void a_host_that_a_person_named_is_paid_at_its_port_and_at_no_other() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                ScriptedSeller neighbour = ScriptedSeller.selling("0.01", "y");
                Fixture fixture = open(folder, seller)) {
            OkHttpClient client = PayingInterceptor.install(new OkHttpClient(), fixture.wallet);
            try (Response response =
                    client.newCall(get(seller.uri("/").toString())).execute()) {
                assertThat(response.body().string()).isEqualTo("x");
            }
            assertThatThrownBy(() ->
                            client.newCall(get(neighbour.uri("/").toString())).execute())
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("only other ports");
            assertThat(neighbour.requests()).isEmpty();
        }
    }

    @Test
    void a_client_that_resolves_on_its_own_or_through_a_proxy_is_refused() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = open(folder, seller)) {
            List<OkHttpClient.Builder> unfit = new ArrayList<>();
            unfit.add(new OkHttpClient.Builder().proxy(Proxy.NO_PROXY));
            unfit.add(new OkHttpClient.Builder().dns(PinnedDns.over(Dns.SYSTEM, fixture.wallet.policy())));
            for (OkHttpClient.Builder builder : unfit) {
                OkHttpClient client = builder.followRedirects(false)
                        .followSslRedirects(false)
                        .addInterceptor(PayingInterceptor.of(fixture.wallet))
                        .build();
                assertThatThrownBy(() ->
                                client.newCall(get(seller.uri("/").toString())).execute())
                        .hasMessageContaining("PayingInterceptor.install");
            }
            assertThat(seller.requests()).isEmpty();
        }
    }

    @Test
    void open_hosts_are_paid_by_https_only() {
        Policy open = Policy.defaults().openHosts(true);
        assertThat(open.judge(java.net.URI.create("https://shop.example/"))).isInstanceOf(Decision.Allowed.class);
        assertThat(open.judge(java.net.URI.create("http://shop.example/"))).isInstanceOf(Decision.Denied.class);
        assertThat(open.judge(java.net.URI.create("http://127.0.0.1:8402/"))).isInstanceOf(Decision.Denied.class);
        assertThat(Policy.defaults().judge(java.net.URI.create("https://shop.example/")))
                .isInstanceOf(Decision.Denied.class);
    }
}
