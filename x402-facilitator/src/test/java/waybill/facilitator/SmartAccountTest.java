package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Sign;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.utils.Numeric;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.facilitator.ScriptedNode.Fault;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.TransferAuthorization;
import waybill.x402.VerifyResponse;

/** Payers with code, on the devnet: contracts, wallets that are not deployed yet, and accounts that delegate. */
class SmartAccountTest {
    private static final Address SHOP = Address.parse("0x00000000000000000000000000000000000a11ce");
    private static final Offer OFFER = Payer.offer("0.01", SHOP);
    private static final String BAD_SIGNATURE = "invalid_exact_evm_signature";
    private static final String SEND = "eth_sendRawTransaction";
    private static final String MAGIC = "1626ba7e" + "00".repeat(28);
    private static final byte[] SALT = Abi.word(7);

    private Devnet devnet;
    private ScriptedNode node;
    private Chain chain;
    private Address factory;
    private Credentials owner;
    private Address wallet;
    private LocalFacilitator facilitator;

    @BeforeEach
    void open() {
        devnet = Devnet.start();
        node = new ScriptedNode(devnet.web3jService());
        chain = Chain.inProcess(node, Payer.NETWORK);
        factory = Address.parse(devnet.walletFactory());
        owner = Credentials.create(devnet.accounts().get(1).privateKey());
        byte[] said = view(factory, Abi.concat(Abi.selector("walletOf(address,bytes32)"), walletArguments()));
        wallet = Address.of(Arrays.copyOfRange(said, 12, 32));
        facilitator = facilitator(FacilitatorSettings.defaults().deployingBy(Set.of(factory)));
    }

    @AfterEach
    void close() {
        facilitator.close();
        devnet.close();
    }

    private LocalFacilitator facilitator(FacilitatorSettings settings) {
        return facilitator(settings, Duration.ofSeconds(30));
    }

    private LocalFacilitator facilitator(FacilitatorSettings settings, Duration patience) {
        DevAccount gas = devnet.accounts().get(0);
        return new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(gas.privateKey(), chain),
                SettlementStore.inMemory(),
                Assets.standard(),
                settings.waiting(patience, Duration.ofMillis(20)),
                Clock.systemUTC());
    }

    private byte[] walletArguments() {
        return Abi.concat(Abi.word(address(owner)), SALT);
    }

    private byte[] deployment() {
        return Abi.concat(Abi.selector("deploy(address,bytes32)"), walletArguments());
    }

    private byte[] view(Address contract, byte[] data) {
        return chain.call(SHOP, contract, data, BigInteger.valueOf(1_000_000)).data();
    }

    private void rpc(String method, String... params) throws IOException {
        Response<?> response = new Request<>(method, List.of(params), devnet.web3jService(), Answer.class).send();
        assertThat(response.hasError()).as(method).isFalse();
    }

    private static final class Answer extends Response<Object> {}

    /** Moves a dollar of its owner's into the wallet, deployed or not. */
    private void fund() {
        Payer rich = new Payer(devnet.accounts().get(2));
        Offer dollar = Payer.offer("1", wallet);
        assertThat(facilitator.settle(rich.pay(dollar), dollar).success()).isTrue();
    }

    private TransferAuthorization authorization(Address from) {
        return new TransferAuthorization(
                from,
                SHOP,
                new BigInteger(OFFER.amount()),
                BigInteger.ZERO,
                BigInteger.valueOf(Instant.now().getEpochSecond() + 300),
                Payer.nonce());
    }

    private static Address address(Credentials account) {
        return Address.parse(account.getAddress());
    }

    /** What {@code key} signs, whoever the payer is: an owner signs for its wallet. */
    private static String signedBy(Credentials key, TransferAuthorization authorization) {
        Sign.SignatureData signed =
                Sign.signMessage(authorization.digest(Payer.USDC).bytes(), key.getEcKeyPair(), false);
        return Numeric.toHexString(Abi.concat(signed.getR(), signed.getS(), signed.getV()));
    }

    private PaymentPayload byOwner() {
        TransferAuthorization authorization = authorization(wallet);
        return Payer.payment(OFFER, authorization, signedBy(owner, authorization));
    }

    private PaymentPayload undeployed(Credentials signer, Address by) {
        TransferAuthorization authorization = authorization(wallet);
        return Payer.payment(OFFER, authorization, wrapped(signedBy(signer, authorization), by));
    }

    private String wrapped(String inner, Address by) {
        byte[] deployment = Abi.tail(deployment());
        byte[] signature = Abi.tail(Abi.bytes(inner));
        return Numeric.toHexString(Abi.concat(
                Abi.word(by),
                Abi.word(3 * 32),
                Abi.word(3 * 32L + deployment.length),
                deployment,
                signature,
                Abi.bytes("6492".repeat(16))));
    }

    private BigInteger shopHas() {
        return devnet.balanceOf(devnet.usdc(), SHOP.toString());
    }

    // --- ERC-1271 ---

    @Test
    void takes_a_contracts_own_word_for_its_signature() {
        fund();
        deploy();
        PaymentPayload payment = byOwner();
        TransferAuthorization another = authorization(wallet);
        Credentials stranger = Credentials.create(devnet.accounts().get(3).privateKey());

        assertThat(facilitator.verify(payment, OFFER).valid()).isTrue();
        assertThat(facilitator.settle(payment, OFFER).success()).isTrue();
        assertThat(facilitator
                        .verify(Payer.payment(OFFER, another, signedBy(stranger, another)), OFFER)
                        .reason())
                .isEqualTo(BAD_SIGNATURE);
        assertThat(shopHas()).isEqualTo(10_000);
    }

    /** Code at a payer's address that must not be believed, in bytes of the machine. */
    enum Hostile {
        SAYS_NOTHING("60006000f3"),
        SAYS_TOO_LITTLE("7f" + MAGIC + "60005260046000f3"),
        SAYS_TOO_MUCH("7f" + MAGIC + "60005260406000f3"),
        SAYS_MORE_IN_THE_WORD("7f" + MAGIC.substring(0, 62) + "0160005260206000f3"),
        SAYS_NO("7fffffffff" + "00".repeat(28) + "60005260206000f3"),
        REVERTS("60006000fd"),
        REVERTS_WITH_A_YES("7f" + MAGIC + "60005260206000fd"),
        IS_NO_CODE("fe"),
        LOOPS("5b600056"),
        TAKES_FROM_AN_EMPTY_STACK("50"),
        JUMPS_NOWHERE("600356"),
        WANTS_ALL_MEMORY("600063ffffffff52");

        private final String code;

        Hostile(String code) {
            this.code = code;
        }
    }

    @ParameterizedTest
    @EnumSource(Hostile.class)
    void refuses_a_contract_that_does_not_say_exactly_yes(Hostile hostile) throws IOException {
        fund();
        rpc("anvil_setCode", wallet.toString(), "0x" + hostile.code);

        assertThat(facilitator.verify(byOwner(), OFFER).reason()).isEqualTo(BAD_SIGNATURE);
        assertThat(facilitator.settle(byOwner(), OFFER).errorReason()).isEqualTo(BAD_SIGNATURE);
        assertThat(shopHas()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "execution reverted",
                "invalid opcode: INVALID",
                "stack underflow (0 <=> 1)",
                "invalid jump destination",
                "EVM error OpcodeNotFound",
                "EVM error: StackUnderflow",
                "VM execution error.",
                "out of gas: gas required exceeds: 300000"
            })
    void tells_a_contracts_failure_from_the_nodes(String words) throws IOException {
        fund();
        deploy();
        node.answerErrors("eth_call", words);

        assertThat(facilitator.verify(byOwner(), OFFER).reason()).isEqualTo(BAD_SIGNATURE);
    }

    // --- ERC-6492 ---

    @Test
    void deploys_the_payers_wallet_and_settles_from_it() {
        fund();
        PaymentPayload payment = undeployed(owner, factory);
        int sent = node.calls(SEND);

        VerifyResponse verdict = facilitator.verify(payment, OFFER);
        assertThat(verdict.valid()).as(verdict.toString()).isTrue();
        assertThat(chain.code(wallet)).as("to verify sends nothing").isEmpty();

        SettlementResponse settled = facilitator.settle(payment, OFFER);
        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(facilitator.settle(payment, OFFER)).isEqualTo(settled);
        assertThat(chain.code(wallet)).isNotEmpty();
        assertThat(node.calls(SEND) - sent)
                .as("the deployment and the transfer")
                .isEqualTo(2);
        assertThat(shopHas()).isEqualTo(10_000);
    }

    @Test
    void reads_the_inner_signature_of_a_wallet_that_is_deployed_meanwhile() {
        fund();
        PaymentPayload payment = undeployed(owner, factory);
        deploy();
        int sent = node.calls(SEND);

        assertThat(facilitator.verify(payment, OFFER).valid()).isTrue();
        assertThat(facilitator.settle(payment, OFFER).success()).isTrue();
        assertThat(node.calls(SEND) - sent).isEqualTo(1);
    }

    @Test
    void sends_one_deployment_for_all_that_wait_for_it() {
        fund();
        PaymentPayload payment = undeployed(owner, factory);
        PaymentPayload another = undeployed(owner, factory);
        int sent = node.calls(SEND);
        try (LocalFacilitator hasty =
                facilitator(FacilitatorSettings.defaults().deployingBy(Set.of(factory)), Duration.ofMillis(50))) {
            assertThat(hasty.verify(payment, OFFER).valid()).isTrue(); // it has seen the token's code
            node.fail("eth_getTransactionReceipt", Fault.NOTHING); // no block, and so no code,
            node.fail("eth_getCode", Fault.NOTHING); // as far as the node tells
            for (PaymentPayload waiting : List.of(payment, payment, another)) {
                assertThatThrownBy(() -> hasty.settle(waiting, OFFER))
                        .isInstanceOf(FacilitatorException.class)
                        .hasMessageContaining("has to come first");
            }
            assertThat(node.calls(SEND) - sent).isEqualTo(1);
            node.heal();
            assertThat(hasty.settle(payment, OFFER).success()).isTrue();
            assertThat(hasty.settle(another, OFFER).success()).isTrue();
        }
        assertThat(node.calls(SEND) - sent).as("one deployment, two transfers").isEqualTo(3);
        assertThat(shopHas()).isEqualTo(20_000);
    }

    @Test
    void sends_a_deployment_again_that_the_node_has_lost() {
        fund();
        PaymentPayload payment = undeployed(owner, factory);
        node.fail(SEND, Fault.NOTHING); // taken, and never seen again
        try (LocalFacilitator hasty =
                facilitator(FacilitatorSettings.defaults().deployingBy(Set.of(factory)), Duration.ofMillis(50))) {
            assertThatThrownBy(() -> hasty.settle(payment, OFFER)).isInstanceOf(FacilitatorException.class);
            node.heal();
            assertThat(hasty.settle(payment, OFFER).success()).isTrue();
        }
    }

    @Test
    void settles_after_a_deployment_whose_transfer_got_no_answer() {
        fund();
        PaymentPayload payment = undeployed(owner, factory);
        deploy();
        node.fail(SEND, Fault.REFUSED);
        try (LocalFacilitator hasty =
                facilitator(FacilitatorSettings.defaults().deployingBy(Set.of(factory)), Duration.ofMillis(50))) {
            assertThat(hasty.settle(payment, OFFER).pending()).isTrue();
            node.heal();
            assertThat(hasty.settle(payment, OFFER).success()).isTrue();
        }
        assertThat(shopHas()).isEqualTo(10_000);
    }

    @Test
    void calls_no_factory_that_is_not_allowed() {
        fund();
        int sent = node.calls(SEND);
        PaymentPayload elsewhere = undeployed(owner, Address.parse(devnet.usdt()));
        try (LocalFacilitator strict = facilitator(FacilitatorSettings.defaults())) {
            for (PaymentPayload payment : List.of(elsewhere, undeployed(owner, factory))) {
                assertThat(strict.verify(payment, OFFER).reason()).isEqualTo("eip6492_factory_not_allowed");
                assertThat(strict.settle(payment, OFFER).errorReason()).isEqualTo("eip6492_factory_not_allowed");
            }
        }
        assertThat(facilitator.settle(elsewhere, OFFER).errorReason()).isEqualTo("eip6492_factory_not_allowed");
        assertThat(node.calls(SEND)).isEqualTo(sent);
    }

    @Test
    void does_not_pay_for_a_wallet_that_would_not_sign() {
        fund();
        int sent = node.calls(SEND);
        Credentials stranger = Credentials.create(devnet.accounts().get(3).privateKey());
        PaymentPayload payment = undeployed(stranger, factory);

        assertThat(facilitator.verify(payment, OFFER).reason())
                .isEqualTo("invalid_exact_evm_transaction_simulation_failed");
        assertThat(facilitator.settle(payment, OFFER).errorReason()).isEqualTo(BAD_SIGNATURE);
        assertThat(node.calls(SEND)).isEqualTo(sent);
        assertThat(chain.code(wallet)).isEmpty();
    }

    @Test
    void does_not_call_a_factory_for_an_ordinary_account() {
        TransferAuthorization authorization =
                authorization(new Payer(devnet.accounts().get(5)).address());
        String own = signedBy(Credentials.create(devnet.accounts().get(5).privateKey()), authorization);
        PaymentPayload payment = Payer.payment(OFFER, authorization, wrapped(own, factory));
        int sent = node.calls(SEND);

        assertThat(facilitator.verify(payment, OFFER).reason())
                .isEqualTo("invalid_exact_evm_transaction_simulation_failed");
        assertThat(facilitator.settle(payment, OFFER).errorReason()).isEqualTo(BAD_SIGNATURE);
        assertThat(facilitator.settle(payment, OFFER).errorReason()).isEqualTo(BAD_SIGNATURE);
        assertThat(node.calls(SEND)).isEqualTo(sent);
        assertThat(facilitator
                        .settle(Payer.payment(OFFER, authorization, own), OFFER)
                        .success())
                .as("without the wrapping it is good")
                .isTrue();
    }

    @Test
    void counts_the_deployment_when_it_asks_what_a_payment_is_worth() {
        fund();
        FacilitatorSettings priced = FacilitatorSettings.defaults()
                .deployingBy(Set.of(factory))
                .coinAt(worthOf(500_000)); // a transfer is worth its gas, a deployment is not
        try (LocalFacilitator careful = facilitator(priced)) {
            assertThat(careful.verify(undeployed(owner, factory), OFFER).message())
                    .contains("below the gas");
            deploy();
            assertThat(careful.verify(undeployed(owner, factory), OFFER).valid())
                    .isTrue();
        }
    }

    /** What a coin is worth when this much gas costs what the offer pays. */
    private BigDecimal worthOf(long gas) {
        BigInteger fee = chain.baseFee().shiftLeft(1).add(chain.suggestedTip());
        return new BigDecimal("0.01")
                .movePointRight(18)
                .divide(new BigDecimal(fee.multiply(BigInteger.valueOf(gas))), 6, RoundingMode.DOWN);
    }

    // --- EIP-7702 ---

    @Test
    void asks_the_code_that_an_account_has_delegated_to() throws IOException {
        Payer payer = new Payer(devnet.accounts().get(5));
        Payer stranger = new Payer(devnet.accounts().get(6));
        delegate(payer, devnet.selfSigner());
        TransferAuthorization another = payer.authorization(OFFER);

        assertThat(facilitator.verify(payer.pay(OFFER), OFFER).valid()).isTrue();
        assertThat(facilitator.settle(payer.pay(OFFER), OFFER).success()).isTrue();
        assertThat(facilitator
                        .verify(
                                Payer.payment(
                                        OFFER,
                                        another,
                                        signedBy(
                                                Credentials.create(
                                                        devnet.accounts().get(6).privateKey()),
                                                another)),
                                OFFER)
                        .reason())
                .isEqualTo(BAD_SIGNATURE);
        assertThat(facilitator.verify(stranger.pay(OFFER), OFFER).valid()).isTrue();
        assertThat(shopHas()).isEqualTo(10_000);
    }

    @Test
    void does_not_fall_back_to_the_key_of_an_account_that_has_delegated() throws IOException {
        Payer payer = new Payer(devnet.accounts().get(5));
        delegate(payer, devnet.usdt()); // which knows no signatures

        assertThat(facilitator.verify(payer.pay(OFFER), OFFER).reason()).isEqualTo(BAD_SIGNATURE);
        assertThat(facilitator.settle(payer.pay(OFFER), OFFER).errorReason()).isEqualTo(BAD_SIGNATURE);
    }

    private void delegate(Payer payer, String to) throws IOException {
        rpc("anvil_setCode", payer.address().toString(), "0xef0100" + to.substring(2));
    }

    private void deploy() {
        GasKey key = GasKey.ofDevelopment(devnet.accounts().get(4).privateKey(), chain);
        Chain direct = Chain.inProcess(devnet.web3jService(), Payer.NETWORK);
        new GasAccount(direct, key, FacilitatorSettings.defaults(), Clock.systemUTC())
                .send(new Call(factory, deployment(), BigInteger.valueOf(1_500_000), null), sent -> {});
        assertThat(chain.code(wallet)).isNotEmpty();
    }
}
