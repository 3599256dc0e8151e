package waybill.wallet;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.springframework.web.client.RestClient;
import waybill.wallet.okhttp.PayingInterceptor;
import waybill.wallet.spring.PayingRequestInterceptor;

/** A buyer in a JVM of its own with a small heap, which asks for one bomb after the other through every transport. */
final class BombVictim {
    /** What a call of this client came to. */
    private interface Client {
        String call(URI uri) throws Exception;
    }

    private BombVictim() {}

    /** Arguments: the seller's URL, a folder, the bombs. Prints a line for each bomb and transport, then the heap. */
    public static void main(String[] args) throws Exception {
        URI seller = URI.create(args[0]);
        Policy policy = Policy.defaults().allowHost(seller.getHost() + ":" + seller.getPort());
        try (SqliteLedger ledger = SqliteLedger.open(Path.of(args[1]).resolve("ledger.db"));
                Wallet wallet =
                        Wallet.builder(Fixture.SIGNER, ledger).policy(policy).build()) {
            HttpClient plain = HttpClient.newHttpClient();
            PayingHttpClient jdk = PayingHttpClient.over(plain, wallet);
            OkHttpClient okHttp = PayingInterceptor.install(new OkHttpClient(), wallet);
            PayingRequestInterceptor paying = PayingRequestInterceptor.over(plain, wallet);
            RestClient spring = RestClient.builder()
                    .requestFactory(paying.requestFactory())
                    .requestInterceptor(paying)
                    .build();
            List<Client> clients = List.of(
                    uri -> jdk.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                            .body(),
                    uri -> {
                        try (Response response = okHttp.newCall(new Request.Builder()
                                        .url(uri.toString())
                                        .build())
                                .execute()) {
                            return response.body().string();
                        }
                    },
                    uri -> spring.get()
                            .uri(uri)
                            .exchange((request, response) -> new String(
                                    response.getBody().readAllBytes(), java.nio.charset.StandardCharsets.ISO_8859_1)));
            for (String bomb : args[2].split(",")) {
                for (int i = 0; i < clients.size(); i++) {
                    System.out.println(
                            bomb + " " + i + " " + outcome(clients.get(i), seller.resolve("/" + bomb + "/" + i)));
                }
            }
        }
    }

    private static String outcome(Client client, URI uri) {
        try {
            return "answered " + client.call(uri).length();
        } catch (OutOfMemoryError e) {
            return "OUT OF MEMORY";
        } catch (Exception e) {
            return "refused";
        }
    }
}
