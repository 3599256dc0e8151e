package waybill.configuration;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.PaymentSigner;
import waybill.wallet.RemoteSigner;
import waybill.wallet.SigningException;
import waybill.x402.Address;
import waybill.x402.Network;

/** Opens the one way to sign that the properties give; what is wrong is collected under the properties' names. */
final class DeclaredKey {

    private static final String ROOT = "waybill.wallet.";

    private final WalletSettings settings;
    private final @Nullable Network network;
    private final List<String> problems;

    DeclaredKey(WalletSettings settings, @Nullable Network network, List<String> problems) {
        this.settings = settings;
        this.network = network;
        this.problems = problems;
    }

    /** The signer; null when there is a problem, be it an earlier one, because opening a keystore takes its time. */
    @Nullable
    PaymentSigner signer() {
        int ways = (settings.keystore() == null ? 0 : 1)
                + (settings.hasDevelopmentKey() ? 1 : 0)
                + (settings.signerUrl() == null ? 0 : 1);
        if (ways != 1) {
            problems.add("waybill.wallet needs one way to sign, not " + ways + ": " + ROOT + "keystore, " + ROOT
                    + "signer-url, a bean PaymentSigner, or for a chain on this machine " + ROOT + "development-key");
        }
        if (!problems.isEmpty()) {
            return null;
        }
        try {
            if (settings.keystore() != null) {
                return keystore();
            }
            return settings.signerUrl() == null ? development() : remote(settings.signerUrl());
        } catch (SigningException | IllegalArgumentException e) {
            problems.add("waybill.wallet: " + e.getMessage());
            return null;
        }
    }

    private @Nullable PaymentSigner keystore() {
        Secret phrase = settings.passphrase();
        if (phrase == null || phrase.isBlank() || settings.keystore() == null) {
            problems.add(ROOT + "passphrase is missing: what opens " + ROOT + "keystore");
            return null;
        }
        return KeystoreSigner.open(settings.keystore(), phrase.reveal().toCharArray());
    }

    private @Nullable PaymentSigner development() {
        URI rpc = settings.rpc();
        Secret key = settings.developmentKey();
        if (rpc == null || key == null) {
            problems.add(ROOT + "development-key needs " + ROOT
                    + "rpc, a node on this machine: such a key works nowhere else");
            return null;
        }
        return network == null
                ? DevelopmentSigner.fromEnvironment(key.reveal(), rpc)
                : DevelopmentSigner.fromEnvironment(key.reveal(), rpc, network);
    }

    private @Nullable PaymentSigner remote(URI url) {
        Secret token = settings.signerToken();
        if (settings.signerAddress() == null || token == null || token.isBlank()) {
            problems.add(ROOT + "signer-url needs " + ROOT + "signer-address and " + ROOT + "signer-token");
            return null;
        }
        return RemoteSigner.at(url, Address.parse(settings.signerAddress()), token.reveal());
    }
}
