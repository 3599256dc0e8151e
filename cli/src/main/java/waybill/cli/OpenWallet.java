package waybill.cli;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Ledger;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;
import waybill.wallet.okhttp.PinnedHttpClient;

/**
 * A wallet with its ledger open, for the length of one command.
 *
 * @param wallet the wallet
 * @param ledger its ledger, closed with this
 */
record OpenWallet(Wallet wallet, Ledger ledger) implements AutoCloseable {

    /**
     * Opens the ledger at {@code place} and a wallet over it.
     *
     * @param node the person's node, asked for the funds before a payment; null to go without
     * @param more what else is set of the wallet
     */
    static OpenWallet of(
            PaymentSigner signer,
            LedgerPlace place,
            WalletSettings settings,
            WalletListener listener,
            @Nullable Node node,
            Consumer<Wallet.Builder> more) {
        Ledger ledger = place.open();
        try {
            Wallet.Builder wallet = Wallet.builder(signer, ledger)
                    .policy(settings.policy())
                    .assets(settings.assets())
                    .listener(listener);
            if (node != null) wallet.node(node.network(), node.url());
            more.accept(wallet);
            return new OpenWallet(wallet.build(), ledger);
        } catch (RuntimeException e) {
            ledger.close();
            throw e;
        }
    }

    /** A client that follows no redirects and reaches every place that the policy allows, for an agent's tools. */
    HttpClient client() {
        return wallet.policy().openHosts() ? PinnedHttpClient.under(wallet.policy()) : plainClient();
    }

    /** An HTTP client that follows no redirects, to be wrapped by the paying one. */
    static HttpClient plainClient() {
        return HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public void close() {
        wallet.close();
        ledger.close();
    }
}
