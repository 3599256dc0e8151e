package waybill.wallet;

import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.CancelAuthorization;
import waybill.x402.Network;
import waybill.x402.TransferAuthorization;

/**
 * The things that a wallet signs, each typed, none of them bytes. Only the wallet makes one, after its ledger has
 * reserved the amount; a {@link PaymentSigner} can read what it is asked to sign but cannot be asked by anybody else.
 */
public sealed interface Signable {
    /** Whose signature is asked for. */
    Address signatory();

    /** The chain that the signature is good on. */
    Network network();

    /** The hash that is signed. */
    Bytes32 digest();

    /** A transfer of tokens by EIP-3009, for the scheme {@code exact}. */
    final class Transfer implements Signable {
        private final TransferAuthorization authorization;
        private final Asset asset;

        Transfer(TransferAuthorization authorization, Asset asset) {
            this.authorization = authorization;
            this.asset = asset;
        }

        /** Who pays whom how much, and until when. */
        public TransferAuthorization authorization() {
            return authorization;
        }

        /** The token, from our own table. */
        public Asset asset() {
            return asset;
        }

        @Override
        public Address signatory() {
            return authorization.from();
        }

        @Override
        public Network network() {
            return asset.network();
        }

        @Override
        public Bytes32 digest() {
            return authorization.digest(asset);
        }

        @Override
        public String toString() {
            return "Transfer[" + authorization + ", " + asset + "]";
        }
    }

    /** The taking back of a transfer that nobody has collected yet, by EIP-3009. A person's command. */
    final class Cancel implements Signable {
        private final CancelAuthorization cancel;
        private final Asset asset;

        Cancel(CancelAuthorization cancel, Asset asset) {
            this.cancel = cancel;
            this.asset = asset;
        }

        /** Whose authorisation is taken back, and which. */
        public CancelAuthorization cancel() {
            return cancel;
        }

        /** The token, from our own table. */
        public Asset asset() {
            return asset;
        }

        @Override
        public Address signatory() {
            return cancel.authorizer();
        }

        @Override
        public Network network() {
            return asset.network();
        }

        @Override
        public Bytes32 digest() {
            return cancel.digest(asset);
        }

        @Override
        public String toString() {
            return "Cancel[" + cancel + ", " + asset + "]";
        }
    }
}
