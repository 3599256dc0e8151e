package waybill.facilitator;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import waybill.facilitator.Chain.CallResult;
import waybill.facilitator.Checks.Wanted;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.Supported;
import waybill.x402.TransferAuthorization;
import waybill.x402.TransferMethod;
import waybill.x402.WireFormat;

/**
 * {@code exact} by EIP-3009: the token takes the payer's authorisation itself. Payers may be ordinary accounts, contracts
 * (ERC-1271, strictly), accounts with a delegate (EIP-7702, as contracts), and wallets that an allowed factory deploys
 * (ERC-6492).
 */
final class ExactByEip3009 implements Scheme {
    static final String NONCE_USED = "invalid_exact_evm_nonce_already_used";
    private static final BigInteger TYPICAL_GAS = BigInteger.valueOf(90_000);
    private static final String BAD_SIGNATURE = "invalid_exact_evm_signature";

    private final Chain chain;
    private final Checks checks;
    private final Deployments deployments;
    private final FacilitatorSettings settings;

    ExactByEip3009(Ground ground) {
        this.chain = ground.chain();
        this.checks = ground.checks();
        this.deployments = new Deployments(chain, ground.gas(), ground.receipts());
        this.settings = ground.settings();
    }

    @Override
    public Supported.Kind kind() {
        return new Supported.Kind(
                WireFormat.VERSION, Offer.EXACT, chain.network().toString(), Map.of());
    }

    @Override
    public boolean reads(PaymentPayload payment, Offer required) {
        return Offer.EXACT.equals(required.scheme()) && required.method() == TransferMethod.EIP3009;
    }

    @Override
    public Terms terms(PaymentPayload payment, Offer required, boolean settling) throws Refused {
        if (!(payment.payload() instanceof Eip3009 exact)) {
            throw new Refused("unsupported_payload_type", "the offer takes EIP-3009 authorisations only");
        }
        if (!Offer.EXACT.equals(payment.accepted().scheme())) {
            throw new Refused("invalid_exact_evm_scheme", "the payment accepts another scheme than the offer's");
        }
        String name = required.extraText("name");
        String version = required.extraText("version");
        if (name == null || name.isEmpty() || version == null || version.isEmpty()) {
            throw new Refused(
                    "invalid_exact_evm_missing_eip712_domain", "the offer's extra lacks the token's name or version");
        }
        Wanted wanted = checks.wanted(payment.accepted(), required, "invalid_exact_evm_network_mismatch");
        return new Payment(wanted, name, version, exact.authorization(), exact.signature());
    }

    /** One payment of this scheme. */
    private final class Payment implements Terms {
        private final Wanted wanted;
        private final TransferAuthorization authorization;
        private final String signature;

        /** As the offer names its token; the signature is checked under this, and our own table comes after. */
        private final Asset offered;

        private final Bytes32 digest;

        Payment(Wanted wanted, String name, String version, TransferAuthorization authorization, String signature) {
            this.wanted = wanted;
            this.authorization = authorization;
            this.signature = signature;
            this.offered =
                    new Asset(chain.network(), wanted.token(), "token", 0, name, version, TransferMethod.EIP3009);
            this.digest = authorization.digest(offered);
        }

        @Override
        public Address payer() {
            return authorization.from();
        }

        @Override
        public BigInteger amount() {
            return authorization.value();
        }

        @Override
        public String id() {
            return Bytes32.keccak((digest + signature.toLowerCase(Locale.ROOT)).getBytes(StandardCharsets.US_ASCII))
                    .toString();
        }

        @Override
        public BigInteger ends() {
            return authorization.validBefore();
        }

        @Override
        public void agree() throws Refused {
            payee();
            price();
        }

        private void payee() throws Refused {
            if (!authorization.to().equals(wanted.payTo())) {
                throw new Refused("invalid_exact_evm_recipient_mismatch", "the authorisation pays somebody else");
            }
        }

        private void price() throws Refused {
            if (!authorization.value().equals(wanted.amount())) {
                throw new Refused(
                        "invalid_exact_evm_payload_authorization_value_mismatch",
                        "the authorisation is for " + authorization.value() + ", the price is " + wanted.amount());
            }
        }

        @Override
        public void check() throws Refused {
            Signatures.Undeployed wallet = undeployed();
            if (wallet == null) {
                checks.signed(payer(), digest, ownSignature(), BAD_SIGNATURE);
            }
            payee();
            checks.notOver(authorization.validBefore(), "invalid_exact_evm_payload_authorization_valid_before");
            checks.begun(authorization.validAfter(), "invalid_exact_evm_payload_authorization_valid_after");
            price();
            checks.deployed(wanted.token());
            Asset asset = checks.listed(wanted.token());
            checks.worthIts(wallet == null ? TYPICAL_GAS : settings.walletGasLimit(), asset, amount());
            if (wallet == null ? checks.call(asset.address(), transfer()).reverted() : !worksDeployed(wallet)) {
                throw diagnosed(wallet == null ? failedCode() : BAD_SIGNATURE);
            }
            if (!asset.domainName().equals(offered.domainName())) {
                throw misnamed("name");
            }
            if (!asset.domainVersion().equals(offered.domainVersion())) {
                throw misnamed("version");
            }
        }

        private Refused misnamed(String what) {
            return new Refused(
                            "invalid_exact_evm_token_" + what + "_mismatch",
                            "the token's EIP-712 " + what + " is not what the offer says")
                    .whenSettling(BAD_SIGNATURE);
        }

        /** The wallet to deploy first, when it is not there and its factory is allowed; null when there is none. */
        private Signatures.@Nullable Undeployed undeployed() throws Refused {
            if (!Signatures.isWrapped(signature) || checks.hasCode(payer())) {
                return null;
            }
            Signatures.Undeployed wallet = Signatures.unwrapped(signature)
                    .orElseThrow(() ->
                            new Refused("eip6492_factory_not_allowed", "the wrapping of ERC-6492 names no factory"));
            if (!settings.walletFactories().contains(wallet.factory())) {
                throw new Refused(
                        "eip6492_factory_not_allowed",
                        "the wallet is not deployed, and its factory is not one that is called here");
            }
            return wallet;
        }

        /**
         * Deployment, the wallet's word for its signature (ERC-1271) and transfer in one simulated call. Without the wallet's
         * own word an ordinary account's signature would do for the token, and no factory ever deploys anything there.
         */
        private boolean worksDeployed(Signatures.Undeployed wallet) {
            CallResult said = checks.call(
                    Multicall.ADDRESS,
                    Multicall.tryAll(
                            Multicall.call(wallet.factory(), Abi.bytes(wallet.deployment())),
                            Multicall.call(payer(), Signatures.isValidSignature(digest, wallet.inner())),
                            Multicall.call(wanted.token(), transfer())),
                    settings.walletGasLimit().add(settings.gasLimit().shiftLeft(1)));
            return !said.reverted()
                    && Arrays.equals(Multicall.result(said.data(), 1), Signatures.ERC1271_MAGIC)
                    && Multicall.result(said.data(), 2) != null;
        }

        private String ownSignature() {
            return Signatures.unwrapped(signature)
                    .map(Signatures.Undeployed::inner)
                    .orElse(signature);
        }

        private byte[] transfer() {
            return Token.transfer(authorization, ownSignature());
        }

        /**
         * Looks for the reason why a transfer that should work would not.
         *
         * @param otherwise the code for a settlement, when there is none to be seen
         */
        private Refused diagnosed(String otherwise) {
            Address token = wanted.token();
            CallResult used = checks.call(token, Token.authorizationState(payer(), authorization.nonce()));
            if (!used.isWord()) {
                return new Refused(
                                "invalid_exact_evm_eip3009_not_supported", "the token knows no EIP-3009 authorisations")
                        .whenSettling(failedCode());
            }
            if (used.word().signum() != 0) {
                return Refused.spent(NONCE_USED, NONCE_USED);
            }
            String name = checks.text(token, Token.name());
            if (name != null && !name.equals(offered.domainName())) {
                return misnamed("name");
            }
            String version = checks.text(token, Token.version());
            if (version != null && !version.equals(offered.domainVersion())) {
                return misnamed("version");
            }
            CallResult balance = checks.call(token, Token.balanceOf(payer()));
            if (balance.isWord() && balance.word().compareTo(amount()) < 0) {
                return new Refused(
                        "invalid_exact_evm_insufficient_balance",
                        "the payer has less than " + amount() + " atomic units of the token");
            }
            return new Refused("invalid_exact_evm_transaction_simulation_failed", "the token would refuse the transfer")
                    .whenSettling(otherwise);
        }

        /** Deploys the payer's wallet when it is not there; its factory was checked against the list. */
        @Override
        public void prepare() throws Refused {
            Signatures.Undeployed wallet = undeployed();
            if (wallet == null) {
                return;
            }
            Call deployment =
                    new Call(wallet.factory(), Abi.bytes(wallet.deployment()), settings.walletGasLimit(), null);
            if (!deployments.deploy(payer(), deployment)) {
                throw new Refused("smart_wallet_deployment_failed", "the factory did not deploy the payer's wallet");
            }
        }

        @Override
        public Call call() {
            return new Call(wanted.token(), transfer(), settings.gasLimit(), null);
        }

        @Override
        public boolean movedBy(TransactionReceipt receipt) {
            return Token.moved(receipt, wanted.token(), payer(), authorization.to(), amount());
        }

        @Override
        public Optional<String> settledElsewhere(BigInteger fromBlock) {
            List<String> topics = List.of(
                    Token.USED_TOPIC, Abi.topic(payer()), authorization.nonce().toString());
            return chain.loggedBy(wanted.token(), topics, fromBlock).stream()
                    .filter(hash -> {
                        TransactionReceipt receipt = chain.receipt(hash);
                        return receipt != null && receipt.isStatusOK() && movedBy(receipt);
                    })
                    .findFirst();
        }

        @Override
        public String failedCode() {
            return "invalid_exact_evm_transaction_failed";
        }

        @Override
        public String mismatchCode() {
            return "invalid_exact_evm_transfer_event_mismatch";
        }
    }
}
