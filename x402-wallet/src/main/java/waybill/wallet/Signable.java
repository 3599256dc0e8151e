package waybill.wallet;

import waybill.x402.Address;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.CancelAuthorization;
import waybill.x402.Network;
import waybill.x402.Permit;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Exact;
import waybill.x402.Permit2Upto;
import waybill.x402.SignIn;
import waybill.x402.TransferAuthorization;

/**
 * The things that a wallet signs, each typed, none of them bytes. Only the wallet makes one, and one that moves
 * money only after its ledger has reserved the amount; a {@link PaymentSigner} can read what it is asked to sign but cannot be asked by anybody else.
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

    /** A transfer of tokens through Permit2, for the scheme {@code exact}. */
    final class ExactPermit2 implements Signable {
        private final Permit2Exact authorization;
        private final Asset asset;
        private final Permit2Contracts contracts;

        ExactPermit2(Permit2Exact authorization, Asset asset, Permit2Contracts contracts) {
            this.authorization = authorization;
            this.asset = asset;
            this.contracts = contracts;
        }

        /** Who pays whom how much, and until when. */
        public Permit2Exact authorization() {
            return authorization;
        }

        /** The token, from our own table. */
        public Asset asset() {
            return asset;
        }

        /** Where Permit2 and its proxies live, from our own configuration. */
        public Permit2Contracts contracts() {
            return contracts;
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
            return authorization.digest(asset.network(), contracts);
        }

        @Override
        public String toString() {
            return "ExactPermit2[" + authorization + ", " + asset + "]";
        }
    }

    /** A ceiling, of which one facilitator may take a part, for the scheme {@code upto}. */
    final class Ceiling implements Signable {
        private final Permit2Upto authorization;
        private final Asset asset;
        private final Permit2Contracts contracts;

        Ceiling(Permit2Upto authorization, Asset asset, Permit2Contracts contracts) {
            this.authorization = authorization;
            this.asset = asset;
            this.contracts = contracts;
        }

        /** Who pays whom how much at most, through whom, and until when. */
        public Permit2Upto authorization() {
            return authorization;
        }

        /** The token, from our own table. */
        public Asset asset() {
            return asset;
        }

        /** Where Permit2 and its proxies live, from our own configuration. */
        public Permit2Contracts contracts() {
            return contracts;
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
            return authorization.digest(asset.network(), contracts);
        }

        @Override
        public String toString() {
            return "Ceiling[" + authorization + ", " + asset + "]";
        }
    }

    /** Leave for Permit2 to take one payment's sum, by EIP-2612, that a facilitator sends along with the payment. */
    final class PermitPermit2 implements Signable {
        private final Permit permit;
        private final Asset asset;

        PermitPermit2(Permit permit, Asset asset) {
            this.permit = permit;
            this.asset = asset;
        }

        /** Whose tokens, how many, and until when. */
        public Permit permit() {
            return permit;
        }

        /** The token, from our own table. */
        public Asset asset() {
            return asset;
        }

        @Override
        public Address signatory() {
            return permit.owner();
        }

        @Override
        public Network network() {
            return asset.network();
        }

        @Override
        public Bytes32 digest() {
            return permit.digest(asset);
        }

        @Override
        public String toString() {
            return "PermitPermit2[" + permit + ", " + asset + "]";
        }
    }

    /**
     * A transaction that approves Permit2 of a token, or takes that back. A person's command, or a facilitator's gas where a
     * person has allowed that.
     */
    final class Approve implements Signable {
        private final Address account;
        private final ApprovalTransaction transaction;

        Approve(Address account, ApprovalTransaction transaction) {
            this.account = account;
            this.transaction = transaction;
        }

        /** Which token, which spender, how much. */
        public ApprovalTransaction transaction() {
            return transaction;
        }

        @Override
        public Address signatory() {
            return account;
        }

        @Override
        public Network network() {
            return transaction.network();
        }

        @Override
        public Bytes32 digest() {
            return transaction.digest();
        }

        @Override
        public String toString() {
            return "Approve[" + transaction + "]";
        }
    }

    /** Who we are, to one site. It moves nothing. */
    final class Identity implements Signable {
        private final SignIn message;

        Identity(SignIn message) {
            this.message = message;
        }

        /** The message; its domain is the host that asked. */
        public SignIn message() {
            return message;
        }

        @Override
        public Address signatory() {
            return message.account();
        }

        @Override
        public Network network() {
            return message.network();
        }

        @Override
        public Bytes32 digest() {
            return message.digest();
        }

        @Override
        public String toString() {
            return "Identity[" + message.domain() + "]";
        }
    }
}
