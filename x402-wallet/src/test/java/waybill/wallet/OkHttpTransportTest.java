package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import waybill.wallet.okhttp.PayingInterceptor;
import waybill.x402.Headers;

class OkHttpTransportTest extends TransportSuite {
    private static final OkHttpClient BASE =
            new OkHttpClient.Builder().retryOnConnectionFailure(false).build();

    @Override
    Client paying(Wallet wallet) {
        return over(PayingInterceptor.install(BASE, wallet));
    }

    @Override
    Client followingRedirects(Wallet wallet) {
        return over(BASE.newBuilder()
                .followSslRedirects(false)
                .addInterceptor(PayingInterceptor.of(wallet))
                .build());
    }

    @Override
    UnderWay begin(Wallet wallet, URI uri) {
        Call call = PayingInterceptor.install(BASE, wallet)
                .newCall(new Request.Builder().url(uri.toString()).build());
        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call failed, IOException e) {}

            @Override
            public void onResponse(Call answered, Response response) {
                response.close();
            }
        });
        return call::cancel;
    }

    @Test
    void the_answer_shows_nobody_the_payment_that_was_sent() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller);
                Response response = PayingInterceptor.install(BASE, fixture.wallet)
                        .newCall(new Request.Builder()
                                .url(seller.uri("/").toString())
                                .build())
                        .execute()) {
            assertThat(seller.paidRequests()).hasSize(1);
            assertThat(response.request().header(Headers.PAYMENT_SIGNATURE)).isNull();
            assertThat(response.networkResponse()).isNull();
            assertThat(response.priorResponse()).isNull();
        }
    }

    @Test
    void a_body_that_can_be_written_only_once_is_kept_and_sent_twice() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            OkHttpClient client = PayingInterceptor.install(BASE, fixture.wallet);
            try (Response response = client.newCall(post(seller, new Once())).execute()) {
                assertThat(response.body().string()).isEqualTo("x");
            }
            assertThat(seller.requests()).hasSize(2).allSatisfy(sent -> assertThat(sent.body())
                    .isEqualTo("once"));
        }
    }

    private static Request post(ScriptedSeller seller, RequestBody body) {
        return new Request.Builder().url(seller.uri("/").toString()).post(body).build();
    }

    private static final class Once extends RequestBody {
        private boolean written;

        @Override
        public @Nullable MediaType contentType() {
            return null;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            if (written) {
                throw new IOException("written twice");
            }
            written = true;
            sink.write("once".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void w16_a_gzip_bomb_is_bounded_by_what_comes_out_of_it() throws Exception {
        byte[] bomb = gzip(64);
        assertThat(bomb).hasSizeLessThan(100 * 1024);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> ScriptedSeller.Response.ok("")
                        .header("Content-Encoding", "gzip")
                        .body(bomb));
                Fixture fixture = Fixture.open(folder, seller);
                Got got = paying(fixture.wallet).send(Ask.get(seller.uri("/")))) {
            assertThatThrownBy(got::text).hasMessageContaining("longer than the 5242880 bytes");
        }
    }

    private static byte[] gzip(int mebibytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            for (int i = 0; i < mebibytes; i++) {
                zip.write(new byte[1024 * 1024]);
            }
        }
        return out.toByteArray();
    }

    private static Client over(OkHttpClient client) {
        return ask -> {
            byte[] body = ask.body();
            Request.Builder request = new Request.Builder().url(ask.uri().toString());
            ask.headers().forEach(request::header);
            request.method(ask.method(), body == null ? null : RequestBody.create(body));
            Response response = client.newCall(request.build()).execute();
            return new Got() {
                @Override
                public int status() {
                    return response.code();
                }

                @Override
                public @Nullable String header(String name) {
                    return response.header(name);
                }

                @Override
                public InputStream body() {
                    return response.body().byteStream();
                }

                @Override
                public void close() {
                    response.close();
                }
            };
        };
    }
}
