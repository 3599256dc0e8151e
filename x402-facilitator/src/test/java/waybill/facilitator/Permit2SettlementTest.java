package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.utils.Numeric;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.facilitator.ScriptedNode.Fault;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Exact;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.SigningKey;
import waybill.x402.TransferMethod;
import waybill.x402.VerifyResponse;

/** Payments through Permit2 on the devnet: exactly the price, and up to a ceiling. */
class Permit2SettlementTest {
    private static final BigInteger GWEI = BigInteger.TEN.pow(9);
    private static final BigInteger ALL = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);
    private static final Network NETWORK = new Network(Devnet.CHAIN_ID);
    private static final Permit2Contracts CONTRACTS = Permit2Contracts.CANONICAL;
    private static final Address SHOP = Address.parse("0x00000000000000000000000000000000000a11ce");
    private static final Asset USDC = Assets.standard().find(NETWORK, "USDC").orElseThrow();

    private Devnet devnet;
    private ScriptedNode node;
    private Chain chain;
    private Asset usdt;
    private SigningKey key;
    private LocalFacilitator facilitator;
    private long nonces = 5;

    @BeforeEach
    void open() throws Exception {
        devnet = Devnet.start();
        node = new ScriptedNode(devnet.web3jService());
        chain = Chain.inProcess(node, NETWORK);
        usdt = new Asset(NETWORK, Address.parse(devnet.usdt()), "USDT", 6, "", "", TransferMethod.PERMIT2);
        key = SigningKey.parse(devnet.accounts().get(1).privateKey());
        facilitator = facilitator();
    }

    private LocalFacilitator facilitator() {
        DevAccount gas = devnet.accounts().get(0);
        return new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(gas.privateKey(), chain),
                SettlementStore.inMemory(),
                Assets.standard().with(usdt),
                FacilitatorSettings.defaults().waiting(Duration.ofMillis(300), Duration.ofMillis(20)),
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        facilitator.close();
        devnet.close();
    }

    private void approve(Asset asset, BigInteger amount) throws Exception {
        byte[] data =
                Abi.concat(Abi.selector("approve(address,uint256)"), Abi.word(CONTRACTS.permit2()), Abi.word(amount));
        byte[] signed = TransactionEncoder.signMessage(
                RawTransaction.createTransaction(
                        Devnet.CHAIN_ID,
                        chain.nextNonce(key.address()),
                        BigInteger.valueOf(100_000),
                        asset.address().toString(),
                        BigInteger.ZERO,
                        Numeric.toHexString(data),
                        GWEI,
                        GWEI.multiply(BigInteger.TEN)),
                Credentials.create(devnet.accounts().get(1).privateKey()));
        assertThat(chain.broadcast(signed)).isNull();
    }

    private BigInteger shopHas(Asset asset) {
        return devnet.balanceOf(asset.address().toString(), SHOP.toString());
    }

    private static Offer exact(Asset asset) {
        return Offer.exactByPermit2(Amount.parse("0.01", asset), SHOP, 300);
    }

    private Offer upto(String ceiling) {
        return Offer.upto(Amount.parse(ceiling, USDC), SHOP, facilitator.settler(), 300);
    }

    private static Offer charging(Offer offer, long units) {
        return new Offer(
                offer.scheme(),
                offer.network(),
                Long.toString(units),
                offer.asset(),
                offer.payTo(),
                offer.maxTimeoutSeconds(),
                offer.extra());
    }

    private Permit2Exact permit(Offer offer) {
        return new Permit2Exact(
                key.address(),
                Address.parse(offer.asset()),
                new BigInteger(offer.amount()),
                CONTRACTS.exactProxy(),
                BigInteger.valueOf(nonces++),
                BigInteger.valueOf(Instant.now().getEpochSecond() + 300),
                SHOP,
                BigInteger.ZERO);
    }

    private PaymentPayload pay(Offer offer, Permit2Exact permit) {
        String signature = key.sign(permit, NETWORK, CONTRACTS).toHex();
        return new PaymentPayload(offer, new SchemePayload.Permit2(signature, permit), null, Map.of());
    }

    private PaymentPayload payUpto(Offer offer, Address settler) {
        Permit2Upto permit = new Permit2Upto(
                key.address(),
                Address.parse(offer.asset()),
                new BigInteger(offer.amount()),
                CONTRACTS.uptoProxy(),
                BigInteger.valueOf(nonces++),
                BigInteger.valueOf(Instant.now().getEpochSecond() + 300),
                SHOP,
                settler,
                BigInteger.ZERO);
        String signature = key.sign(permit, NETWORK, CONTRACTS).toHex();
        return new PaymentPayload(offer, new SchemePayload.Upto(signature, permit), null, Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"USDC", "USDT"})
    void settles_exactly_the_price_once(String symbol) throws Exception {
        Asset asset = symbol.equals("USDC") ? USDC : usdt;
        approve(asset, ALL);
        Offer offer = exact(asset);
        PaymentPayload payment = pay(offer, permit(offer));

        VerifyResponse verdict = facilitator.verify(payment, offer);
        SettlementResponse settled = facilitator.settle(payment, offer);
        SettlementResponse again = facilitator.settle(payment, offer);

        assertThat(verdict.valid()).as(verdict.toString()).isTrue();
        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(again).isEqualTo(settled);
        assertThat(shopHas(asset)).isEqualTo(10_000);
        assertThat(facilitator.verify(payment, offer).reason()).isEqualTo("permit2_simulation_failed");
        try (LocalFacilitator another = facilitator()) {
            assertThat(another.settle(payment, offer).errorReason()).isEqualTo("permit2_invalid_nonce");
        }
    }

    @Test
    void says_that_an_approval_is_missing() {
        Offer offer = exact(USDC);

        assertThat(facilitator.verify(pay(offer, permit(offer)), offer).reason())
                .isEqualTo("permit2_allowance_required");
    }

    @Test
    void takes_a_permit_along_when_the_payer_has_approved_nothing() {
        Offer offer = exact(USDC);
        Permit2Exact permit = permit(offer);
        Permit brought =
                new Permit(key.address(), CONTRACTS.permit2(), permit.amount(), BigInteger.ZERO, permit.deadline());
        PaymentPayload plain = pay(offer, permit);
        PaymentPayload payment = new PaymentPayload(
                offer,
                plain.payload(),
                null,
                Map.of(
                        Eip2612Sponsoring.KEY,
                        Map.of(
                                "info",
                                new Eip2612Sponsoring(
                                                USDC.address(),
                                                brought,
                                                key.sign(brought, USDC).toHex())
                                        .info())));

        VerifyResponse verdict = facilitator.verify(payment, offer);
        SettlementResponse settled = facilitator.settle(payment, offer);

        assertThat(verdict.valid()).as(verdict.toString()).isTrue();
        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(shopHas(USDC)).isEqualTo(10_000);
    }

    /** One thing wrong each. */
    enum Wrong {
        AMOUNT("permit2_amount_mismatch"),
        PAYEE("invalid_permit2_recipient_mismatch"),
        SPENDER("invalid_permit2_spender"),
        TOKEN("permit2_token_mismatch"),
        EXPIRED("permit2_deadline_expired"),
        EARLY("permit2_not_yet_valid"),
        SIGNATURE("invalid_permit2_signature");

        private final String code;

        Wrong(String code) {
            this.code = code;
        }
    }

    @ParameterizedTest
    @EnumSource(Wrong.class)
    void refuses(Wrong wrong) throws Exception {
        approve(USDC, ALL);
        Offer offer = exact(USDC);
        Permit2Exact good = permit(offer);
        BigInteger now = BigInteger.valueOf(Instant.now().getEpochSecond());
        Permit2Exact bad = new Permit2Exact(
                good.from(),
                wrong == Wrong.TOKEN ? usdt.address() : good.token(),
                wrong == Wrong.AMOUNT ? BigInteger.ONE : good.amount(),
                wrong == Wrong.SPENDER ? CONTRACTS.uptoProxy() : good.spender(),
                good.nonce(),
                wrong == Wrong.EXPIRED ? now : good.deadline(),
                wrong == Wrong.PAYEE ? key.address() : good.to(),
                wrong == Wrong.EARLY ? now.add(BigInteger.valueOf(100)) : BigInteger.ZERO);
        // our own signing key signs for no other contract than the proxy, so that case bears the signature of a good
        // one
        Permit2Exact signed = wrong == Wrong.SIGNATURE || wrong == Wrong.SPENDER ? permit(offer) : bad;
        String signature = key.sign(signed, NETWORK, CONTRACTS).toHex();
        PaymentPayload payment = new PaymentPayload(offer, new SchemePayload.Permit2(signature, bad), null, Map.of());

        assertThat(facilitator.verify(payment, offer).reason()).isEqualTo(wrong.code);
        assertThat(facilitator.settle(payment, offer).errorReason()).isEqualTo(wrong.code);
        assertThat(shopHas(USDC)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_234, 50_000})
    void settles_what_was_used_of_a_ceiling(long used) throws Exception {
        approve(USDC, ALL);
        Offer offer = upto("0.05");
        PaymentPayload payment = payUpto(offer, facilitator.settler());
        assertThat(facilitator.verify(payment, offer).valid()).isTrue();

        SettlementResponse settled = facilitator.settle(payment, charging(offer, used));

        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(settled.amount()).isEqualTo(Long.toString(used));
        assertThat(settled.transaction().isEmpty()).isEqualTo(used == 0);
        assertThat(shopHas(USDC)).isEqualTo(used);
    }

    @Test
    void holds_to_the_first_amount_when_it_is_asked_again_for_another() throws Exception {
        approve(USDC, ALL);
        Offer offer = upto("0.05");
        PaymentPayload payment = payUpto(offer, facilitator.settler());
        SettlementResponse first = facilitator.settle(payment, charging(offer, 1_000));

        SettlementResponse second = facilitator.settle(payment, charging(offer, 40_000));

        assertThat(second).isEqualTo(first);
        assertThat(second.amount()).isEqualTo("1000");
        assertThat(shopHas(USDC)).isEqualTo(1_000);
    }

    @Test
    void says_nothing_of_a_settlement_for_other_terms_than_it_had() throws Exception {
        approve(USDC, ALL);
        Offer offer = upto("0.05");
        PaymentPayload used = payUpto(offer, facilitator.settler());
        assertThat(facilitator.settle(used, charging(offer, 1_000)).success()).isTrue();
        Offer exact = exact(USDC);
        PaymentPayload whole = pay(exact, permit(exact));
        assertThat(facilitator.settle(whole, exact).success()).isTrue();

        assertThat(facilitator.settle(used, charging(offer, 50_001)).errorReason())
                .isEqualTo("invalid_upto_evm_payload_settlement_exceeds_amount");
        assertThat(facilitator.settle(whole, charging(exact, 9_999)).errorReason())
                .isEqualTo("permit2_amount_mismatch");
        assertThat(facilitator
                        .settle(whole, Offer.exactByPermit2(Amount.parse("0.01", usdt), SHOP, 300))
                        .errorReason())
                .isEqualTo("permit2_token_mismatch");
    }

    @Test
    void refuses_more_than_the_ceiling_and_another_settler() throws Exception {
        approve(USDC, ALL);
        Offer offer = upto("0.05");
        PaymentPayload payment = payUpto(offer, facilitator.settler());
        PaymentPayload elsewhere = payUpto(offer, SHOP);

        assertThat(facilitator.settle(payment, charging(offer, 50_001)).errorReason())
                .isEqualTo("invalid_upto_evm_payload_settlement_exceeds_amount");
        assertThat(facilitator.verify(payment, charging(offer, 49_999)).reason())
                .isEqualTo("permit2_amount_mismatch");
        assertThat(facilitator.verify(elsewhere, offer).reason()).isEqualTo("upto_facilitator_mismatch");
        assertThat(shopHas(USDC)).isZero();
    }

    @Test
    void finds_a_settlement_again_whose_receipt_was_lost() throws Exception {
        approve(USDC, ALL);
        Offer offer = exact(USDC);
        PaymentPayload payment = pay(offer, permit(offer));
        node.fail("eth_getTransactionReceipt", Fault.NOTHING);
        SettlementResponse pending = facilitator.settle(payment, offer);
        node.heal();

        SettlementResponse settled = facilitator.settle(payment, offer);

        assertThat(pending.pending()).as(pending.toString()).isTrue();
        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(settled.transaction()).isEqualTo(pending.transaction());
        assertThat(shopHas(USDC)).isEqualTo(10_000);
    }

    @Test
    void tells_sellers_how_and_by_whom_it_settles() {
        assertThat(facilitator.supported().kinds())
                .extracting(kind -> kind.version() + " " + kind.scheme() + " " + kind.network())
                .containsExactly("2 exact eip155:84532", "2 upto eip155:84532", "1 exact base-sepolia");
        assertThat(facilitator.supported().kinds().get(1).extra())
                .containsEntry("facilitatorAddress", facilitator.settler().toString());
        assertThat(facilitator.spendable(NETWORK, USDC.address(), key.address()))
                .isZero();
        assertThat(facilitator.supported().signers()).containsEntry(NETWORK.toString(), List.of(facilitator.settler()));
    }
}
