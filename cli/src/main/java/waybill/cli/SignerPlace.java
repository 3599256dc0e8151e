package waybill.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import waybill.wallet.PaymentSigner;
import waybill.wallet.RemoteSigner;
import waybill.x402.Address;

/**
 * A signing service that holds the paying key, in the place of the keystore's own; the keystore still seals what a person
 * has set.
 *
 * @param url where signatures are asked for
 * @param account whose they are
 * @param token a file with the token that the service knows us by
 */
record SignerPlace(URI url, Address account, Path token) {

    private static final int MAX_TOKEN_BYTES = 8 * 1024;

    /** The service that the settings name; null where they name none. */
    @Nullable
    static SignerPlace of(Settings wallet) {
        String url = wallet.text("signer");
        if (url == null) {
            if (wallet.text("signer-account") == null && wallet.text("signer-token-file") == null) return null;
            throw new IllegalArgumentException(
                    "signer-account and signer-token-file go with a signer, the URL of a service");
        }
        return new SignerPlace(
                URI.create(url),
                Address.parse(wallet.required("signer-account")),
                Path.of(wallet.required("signer-token-file")));
    }

    /** The signer; nothing is asked of the service yet. */
    PaymentSigner signer() {
        try {
            OthersAccess.refuse("file with the signer's token", token, OthersAccess.READ_OR_WRITE, "chmod 600");
            if (Files.size(token) > MAX_TOKEN_BYTES) throw Failure.usage("%s holds no token.".formatted(token));
            return RemoteSigner.at(url, account, Files.readString(token).strip());
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(token, e.getMessage()), e);
        }
    }
}
