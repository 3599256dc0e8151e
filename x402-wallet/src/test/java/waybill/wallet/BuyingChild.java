package waybill.wallet;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** A process of its own that buys one thing, above what it may pay without a person; what it saw is in its output. */
final class BuyingChild {
    private BuyingChild() {}

    static Process start(Path home, URI seller, URI rpc, File output) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BuyingChild.class.getName(),
                        home.toString(),
                        seller.toString(),
                        rpc.toString())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
    }

    static Seal seal(Path home) {
        return KeystoreSigner.open(home.resolve("keystore.json"), "x".toCharArray())
                .seal();
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        URI seller = URI.create(arguments[1]);
        URI rpc = URI.create(arguments[2]);
        Duration patience = Duration.ofMinutes(2);
        try (SqliteLedger ledger = SqliteLedger.open(home.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(DevelopmentSigner.fromEnvironment(Fixture.KEY, rpc), ledger)
                        .policy(Policy.defaults()
                                .allowHost(seller.getAuthority())
                                .approvalAbove(Policy.defaults().approvalAbove(), patience))
                        .node(ScriptedSeller.NETWORK, rpc)
                        .approver(ApprovalQueue.in(home.resolve("questions"), seal(home), patience, Clock.systemUTC()))
                        .build()) {
            for (PaymentRecord changed : wallet.reconcile()) {
                System.out.println("RECONCILED " + changed.state());
            }
            System.out.println("ANSWER "
                    + PayingHttpClient.over(HttpClient.newHttpClient(), wallet)
                            .send(HttpRequest.newBuilder(seller).build(), BodyHandlers.ofString())
                            .body());
        }
    }
}
