package waybill.wallet;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import waybill.x402.Amount;

/** A wallet with a real ledger in a folder of the test's, and a client over it. */
final class Fixture implements AutoCloseable {
    /** A public key of nobody: the first account of the well-known test mnemonic. */
    static final String KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    static final PaymentSigner SIGNER = DevelopmentSigner.fromEnvironment(KEY, URI.create("http://127.0.0.1:8545"));

    final MovableClock clock = MovableClock.atNow();
    final SqliteLedger ledger;
    final Wallet wallet;
    final HttpClient plain =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
    final PayingHttpClient client;

    interface Setup {
        Wallet.Builder on(Wallet.Builder builder);
    }

    private Fixture(Path folder, Policy policy, boolean openHosts, Setup setup) {
        ledger = SqliteLedger.open(folder.resolve("ledger.db"), clock);
        wallet = setup.on(Wallet.builder(SIGNER, ledger).policy(policy).clock(clock))
                .build();
        client = openHosts ? null : PayingHttpClient.over(plain, wallet);
    }

    static Fixture open(Path folder, ScriptedSeller seller) {
        return open(folder, policy(seller), builder -> builder);
    }

    static Fixture open(Path folder, Policy policy, Setup setup) {
        return new Fixture(folder, policy, policy.openHosts(), setup);
    }

    static Policy policy(ScriptedSeller seller) {
        return Policy.defaults().allowHost(seller.host());
    }

    static BigDecimal usd(String dollars) {
        return new BigDecimal(dollars);
    }

    static Amount usdc(String amount) {
        return Amount.parse(amount, ScriptedSeller.USDC);
    }

    HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    PaymentRecord only() {
        List<PaymentRecord> payments = wallet.payments(10);
        if (payments.size() != 1) {
            throw new AssertionError("expected one line in the ledger: " + payments);
        }
        return payments.get(0);
    }

    @Override
    public void close() {
        wallet.close();
        ledger.close();
    }
}
