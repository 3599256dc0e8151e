package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.utils.Numeric;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.facilitator.ScriptedNode.Fault;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.TransferAuthorization;
import waybill.x402.TransferMethod;
import waybill.x402.VerifyResponse;

class LocalFacilitatorTest {
    private static final BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);
    private static final Address SHOP = Address.parse("0x00000000000000000000000000000000000a11ce");
    private static final Offer OFFER = Payer.offer("0.01", SHOP);
    private static final String BAD_SIGNATURE = "invalid_exact_evm_signature";

    private static Devnet devnet;

    @TempDir
    Path folder;

    private ScriptedNode node;
    private Chain chain;
    private Payer payer;
    private LocalFacilitator facilitator;

    @BeforeAll
    static void startChain() {
        devnet = Devnet.start();
    }

    @AfterAll
    static void stopChain() {
        devnet.close();
    }

    @BeforeEach
    void open() {
        node = new ScriptedNode(devnet.web3jService());
        chain = Chain.inProcess(node, Payer.NETWORK);
        payer = new Payer(account(1));
        facilitator = facilitator(Assets.standard(), SettlementStore.inMemory());
    }

    @AfterEach
    void close() {
        facilitator.close();
    }

    private static DevAccount account(int index) {
        return devnet.accounts().get(index);
    }

    /** Settings that soon stop waiting for what never comes. */
    private static FacilitatorSettings impatient() {
        return FacilitatorSettings.defaults().waiting(Duration.ofMillis(150), Duration.ofMillis(20));
    }

    private LocalFacilitator facilitator(Assets assets, SettlementStore store) {
        return facilitator(assets, store, account(0), impatient());
    }

    private LocalFacilitator facilitator(
            Assets assets, SettlementStore store, DevAccount gas, FacilitatorSettings settings) {
        return new LocalFacilitator(
                chain, GasKey.ofDevelopment(gas.privateKey(), chain), store, assets, settings, Clock.systemUTC());
    }

    private static BigInteger usdc(Address owner) {
        return devnet.balanceOf(devnet.usdc(), owner.toString());
    }

    // --- verify ---

    @Test
    void passes_a_payment_that_would_go_through() {
        VerifyResponse verdict = facilitator.verify(payer.pay(OFFER), OFFER);

        assertThat(verdict.valid()).as(verdict.toString()).isTrue();
        assertThat(verdict.payer()).isEqualTo(payer.address());
    }

    /** A payment, what it is checked against, and the codes that it must be refused with, to verify and to settle. */
    private record Case(
            String name, PaymentPayload payment, Offer required, Assets assets, String code, String settleCode) {
        Case(String name, PaymentPayload payment, Offer required, Assets assets, String code) {
            this(name, payment, required, assets, code, code);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> refusals() {
        Payer payer = new Payer(account(1));
        Payer other = new Payer(account(2));
        long now = Instant.now().getEpochSecond();
        List<Case> cases = new ArrayList<>();
        Offer upto =
                new Offer("upto", OFFER.network(), OFFER.amount(), OFFER.asset(), OFFER.payTo(), 300, OFFER.extra());
        cases.add(refused(
                "another scheme accepted",
                payer.payment(upto, payer.authorization(OFFER)),
                "invalid_exact_evm_scheme"));
        cases.add(against("another scheme required", payer.pay(OFFER), upto, "unsupported_payload_type"));
        cases.add(refused(
                "a payload of another kind",
                new PaymentPayload(
                        OFFER, new SchemePayload.Unknown(Map.of("permit2Authorization", Map.of())), null, Map.of()),
                "unsupported_payload_type"));
        cases.add(against(
                "an offer by Permit2",
                payer.pay(OFFER),
                OFFER.withExtra("assetTransferMethod", "permit2"),
                "unsupported_payload_type"));
        cases.add(against(
                "no domain", payer.pay(OFFER), extra(OFFER, Map.of()), "invalid_exact_evm_missing_eip712_domain"));
        Offer mainnet =
                new Offer("exact", "eip155:8453", OFFER.amount(), OFFER.asset(), OFFER.payTo(), 300, OFFER.extra());
        cases.add(refused(
                "another network accepted",
                payer.payment(mainnet, payer.authorization(OFFER)),
                "invalid_exact_evm_network_mismatch"));
        cases.add(against("another network required", payer.pay(OFFER), mainnet, "invalid_exact_evm_network_mismatch"));
        Offer stranger =
                new Offer("exact", OFFER.network(), OFFER.amount(), SHOP.toString(), OFFER.payTo(), 300, OFFER.extra());
        cases.add(against("another asset than was signed", payer.pay(OFFER), stranger, BAD_SIGNATURE));
        Asset nowhere = new Asset(Payer.NETWORK, SHOP, "USDC", 6, "USDC", "2", TransferMethod.EIP3009);
        TransferAuthorization there = payer.authorization(stranger);
        cases.add(against(
                "an asset that is no contract",
                Payer.payment(stranger, there, payer.sign(there, nowhere)),
                stranger,
                "asset_not_deployed_contract"));
        Asset unlisted = new Asset(
                Payer.NETWORK, Address.parse(devnet.weth()), "WETH", 18, "Wrapped Ether", "1", TransferMethod.EIP3009);
        Offer strange = Offer.exact(new waybill.x402.Amount(unlisted, BigInteger.ONE), SHOP, 300);
        TransferAuthorization inUnlisted = payer.authorization(strange);
        cases.add(against(
                "an asset that is not in our table",
                Payer.payment(strange, inUnlisted, payer.sign(inUnlisted, unlisted)),
                strange,
                "invalid_payment_requirements"));
        cases.add(new Case(
                "an asset in our table that is not deployed",
                Payer.payment(stranger, there, payer.sign(there, nowhere)),
                stranger,
                Assets.standard().with(nowhere),
                "asset_not_deployed_contract"));
        cases.add(against(
                "another domain name than was signed",
                payer.pay(OFFER),
                OFFER.withExtra("name", "USD Coin"),
                BAD_SIGNATURE));
        cases.add(against(
                "another domain version than was signed",
                payer.pay(OFFER),
                OFFER.withExtra("version", "1"),
                BAD_SIGNATURE));
        TransferAuthorization signed = payer.authorization(OFFER);
        for (String[] domain : new String[][] {{"USD Coin", "2", "name"}, {"USDC", "1", "version"}}) {
            Asset said = new Asset(
                    Payer.NETWORK, Payer.USDC.address(), "USDC", 6, domain[0], domain[1], TransferMethod.EIP3009);
            Offer offer = OFFER.withExtra("name", domain[0]).withExtra("version", domain[1]);
            cases.add(new Case(
                    "a domain " + domain[2] + " that the token has not, signed",
                    Payer.payment(offer, signed, payer.sign(signed, said)),
                    offer,
                    Assets.standard(),
                    "invalid_exact_evm_token_" + domain[2] + "_mismatch",
                    BAD_SIGNATURE));
        }
        TransferAuthorization good = payer.authorization(OFFER);
        cases.add(
                refused("another's signature", Payer.payment(OFFER, good, other.sign(as(good, other))), BAD_SIGNATURE));
        cases.add(refused(
                "a signature of something else",
                Payer.payment(OFFER, good, payer.sign(payer.authorization(OFFER))),
                BAD_SIGNATURE));
        cases.add(refused("a high s", Payer.payment(OFFER, good, highS(payer.sign(good))), BAD_SIGNATURE));
        cases.add(refused("a signature of zeros", Payer.payment(OFFER, good, "0x" + "00".repeat(65)), BAD_SIGNATURE));
        cases.add(refused(
                "a signature of 64 bytes",
                Payer.payment(OFFER, good, payer.sign(good).substring(0, 130)),
                BAD_SIGNATURE));
        cases.add(refused("no signature", Payer.payment(OFFER, good, "0x"), BAD_SIGNATURE));
        TransferAuthorization nobody = new TransferAuthorization(
                Address.of(new byte[20]), good.to(), good.value(), good.validAfter(), good.validBefore(), good.nonce());
        cases.add(refused("the zero address as payer", Payer.payment(OFFER, nobody, payer.sign(good)), BAD_SIGNATURE));
        cases.add(refused(
                "a wallet not deployed",
                Payer.payment(OFFER, good, payer.sign(good) + "6492".repeat(16)),
                "eip6492_factory_not_allowed"));
        cases.add(against(
                "another payee",
                payer.pay(OFFER),
                Payer.offer("0.01", other.address()),
                "invalid_exact_evm_recipient_mismatch"));
        cases.add(against(
                "one unit too little",
                payer.pay(Payer.offer("0.009999", SHOP)),
                OFFER,
                "invalid_exact_evm_payload_authorization_value_mismatch"));
        cases.add(against(
                "one unit too much",
                payer.pay(Payer.offer("0.010001", SHOP)),
                OFFER,
                "invalid_exact_evm_payload_authorization_value_mismatch"));
        cases.add(refused(
                "an end in the past",
                valid(payer, 0, now - 1),
                "invalid_exact_evm_payload_authorization_valid_before"));
        cases.add(refused(
                "an end in 4 seconds",
                valid(payer, 0, now + 4),
                "invalid_exact_evm_payload_authorization_valid_before"));
        cases.add(refused(
                "a start in an hour",
                valid(payer, now + 3600, now + 7200),
                "invalid_exact_evm_payload_authorization_valid_after"));
        Offer dear = Payer.offer("1000000", SHOP);
        cases.add(against("more than the payer has", payer.pay(dear), dear, "invalid_exact_evm_insufficient_balance"));
        Asset weth = new Asset(
                Payer.NETWORK, Address.parse(devnet.weth()), "WETH", 18, "Wrapped Ether", "1", TransferMethod.EIP3009);
        Offer wrapped = Offer.exact(new waybill.x402.Amount(weth, BigInteger.ONE), SHOP, 300);
        TransferAuthorization inWeth = payer.authorization(wrapped);
        cases.add(new Case(
                "a token without EIP-3009",
                Payer.payment(wrapped, inWeth, payer.sign(inWeth, weth)),
                wrapped,
                Assets.standard().with(weth),
                "invalid_exact_evm_eip3009_not_supported",
                "invalid_exact_evm_transaction_failed"));
        Asset misnamed =
                new Asset(Payer.NETWORK, Payer.USDC.address(), "USDC", 6, "USD Coin", "2", TransferMethod.EIP3009);
        Offer wrong = Offer.exact(new waybill.x402.Amount(misnamed, BigInteger.TEN), SHOP, 300);
        TransferAuthorization inMisnamed = payer.authorization(wrong);
        cases.add(new Case(
                "our own table being wrong",
                Payer.payment(wrong, inMisnamed, payer.sign(inMisnamed, misnamed)),
                wrong,
                Assets.standard().with(misnamed),
                "invalid_exact_evm_token_name_mismatch",
                BAD_SIGNATURE));
        return cases.stream().map(Arguments::of);
    }

    private static Case refused(String name, PaymentPayload payment, String code) {
        return against(name, payment, OFFER, code);
    }

    private static Case against(String name, PaymentPayload payment, Offer required, String code) {
        return new Case(name, payment, required, Assets.standard(), code);
    }

    private static Offer extra(Offer o, Map<String, @Nullable Object> extra) {
        return new Offer(
                o.scheme(),
                o.network(),
                o.amount(),
                o.asset(),
                o.payTo(),
                o.maxTimeoutSeconds(),
                new LinkedHashMap<>(extra));
    }

    private static TransferAuthorization as(TransferAuthorization a, Payer from) {
        return new TransferAuthorization(from.address(), a.to(), a.value(), a.validAfter(), a.validBefore(), a.nonce());
    }

    private static PaymentPayload valid(Payer payer, long after, long before) {
        TransferAuthorization a = payer.authorization(OFFER);
        return payer.payment(
                OFFER,
                new TransferAuthorization(
                        a.from(), a.to(), a.value(), BigInteger.valueOf(after), BigInteger.valueOf(before), a.nonce()));
    }

    private static String highS(String signature) {
        BigInteger s = new BigInteger(signature.substring(66, 130), 16);
        String v = signature.endsWith("1b") ? "1c" : "1b";
        return signature.substring(0, 66) + HexFormat.of().formatHex(Numeric.toBytesPadded(ORDER.subtract(s), 32)) + v;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    void refuses_to_verify_and_to_settle(Case refusal) {
        BigInteger before = usdc(SHOP);
        try (LocalFacilitator checking = facilitator(refusal.assets(), SettlementStore.inMemory())) {
            VerifyResponse verdict = checking.verify(refusal.payment(), refusal.required());
            SettlementResponse response = checking.settle(refusal.payment(), refusal.required());

            assertThat(verdict.valid()).isFalse();
            assertThat(verdict.reason()).isEqualTo(refusal.code());
            assertThat(verdict.message()).isNotBlank();
            assertThat(response.success()).isFalse();
            assertThat(response.errorReason()).isEqualTo(refusal.settleCode());
            assertThat(response.transaction()).isEmpty();
        }
        assertThat(usdc(SHOP)).isEqualTo(before);
        assertThat(node.calls("eth_sendRawTransaction")).isZero();
    }

    @Test
    void refuses_a_replay() {
        PaymentPayload payment = payer.pay(OFFER);
        facilitator.settle(payment, OFFER);

        assertThat(facilitator.verify(payment, OFFER).reason()).isEqualTo("invalid_exact_evm_nonce_already_used");
        try (LocalFacilitator another = facilitator(Assets.standard(), SettlementStore.inMemory())) {
            assertThat(another.settle(payment, OFFER).errorReason()).isEqualTo("invalid_exact_evm_nonce_already_used");
        }
    }

    @Test
    void trusts_a_contract_payer_only_on_its_own_word() throws IOException {
        Payer smart = new Payer(account(9));
        PaymentPayload payment = smart.pay(OFFER);
        assertThat(facilitator.verify(payment, OFFER).valid()).isTrue();

        rpc("anvil_setCode", smart.address().toString(), "0x60006000f3"); // answers nothing
        assertThat(facilitator.verify(payment, OFFER).reason())
                .as("its key has signed, but its code does not say so")
                .isEqualTo(BAD_SIGNATURE);
        String yes = "7f1626ba7e" + "00".repeat(28) + "60005260206000f3"; // answers ERC-1271's magic word
        rpc("anvil_setCode", smart.address().toString(), "0x" + yes);
        assertThat(facilitator.verify(payment, OFFER).valid()).isTrue();
        String vague = "7f1626ba7e" + "00".repeat(27) + "0160005260206000f3";
        rpc("anvil_setCode", smart.address().toString(), "0x" + vague);
        assertThat(facilitator.verify(payment, OFFER).reason()).isEqualTo(BAD_SIGNATURE);
        rpc("anvil_setCode", smart.address().toString(), "0x");
    }

    @Test
    void gives_no_verdict_when_the_node_fails() {
        for (Fault fault : List.of(Fault.REFUSED, Fault.ANSWER_LOST, Fault.ERROR)) {
            node.fail("eth_call", fault);
            assertThatThrownBy(() -> facilitator.verify(payer.pay(OFFER), OFFER))
                    .isInstanceOf(FacilitatorException.class)
                    .hasMessageContaining("eth_call");
        }
    }

    @Test
    void names_what_it_supports() {
        assertThat(facilitator.supported().covers(OFFER)).isTrue();
        assertThat(facilitator.supported().signers().get("eip155:84532"))
                .containsExactly(Address.parse(account(0).address()));
    }

    // --- settle ---

    @Test
    void moves_exactly_the_price() {
        BigInteger had = usdc(payer.address());
        BigInteger shopHad = usdc(SHOP);

        SettlementResponse response = facilitator.settle(payer.pay(OFFER), OFFER);

        assertThat(response.success()).as(response.toString()).isTrue();
        assertThat(response.transaction()).matches("0x[0-9a-f]{64}");
        assertThat(response.payer()).isEqualTo(payer.address().toString());
        assertThat(response.network()).isEqualTo("eip155:84532");
        assertThat(had.subtract(usdc(payer.address()))).isEqualTo(10_000);
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(10_000);
    }

    @Test
    void settles_a_payment_once_however_often_it_is_asked() throws Exception {
        PaymentPayload payment = payer.pay(OFFER);
        BigInteger shopHad = usdc(SHOP);

        List<SettlementResponse> responses = together(16, () -> facilitator.settle(payment, OFFER));
        responses.add(facilitator.settle(payment, OFFER));

        assertThat(responses).allMatch(SettlementResponse::success);
        assertThat(responses)
                .extracting(SettlementResponse::transaction)
                .containsOnly(responses.get(0).transaction());
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(10_000);
        assertThat(node.calls("eth_sendRawTransaction")).isEqualTo(1);
    }

    @Test
    void says_nothing_of_a_settlement_to_an_offer_that_it_did_not_pay() {
        PaymentPayload payment = payer.pay(OFFER);
        assertThat(facilitator.settle(payment, OFFER).success()).isTrue();

        assertThat(facilitator
                        .settle(
                                payment,
                                Payer.offer("0.01", Address.parse(account(8).address())))
                        .errorReason())
                .isEqualTo("invalid_exact_evm_recipient_mismatch");
        assertThat(facilitator.settle(payment, Payer.offer("0.02", SHOP)).errorReason())
                .isEqualTo("invalid_exact_evm_payload_authorization_value_mismatch");
    }

    @Test
    void settles_for_16_callers_on_one_key_without_losing_a_unit() throws Exception {
        List<Payer> payers =
                List.of(new Payer(account(2)), new Payer(account(3)), new Payer(account(4)), new Payer(account(5)));
        BigInteger had = payers.stream().map(p -> usdc(p.address())).reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger shopHad = usdc(SHOP);
        BigInteger sentBefore = chain.nextNonce(Address.parse(account(0).address()));
        var turn = new java.util.concurrent.atomic.AtomicInteger();

        List<SettlementResponse> responses = new ArrayList<>();
        for (List<SettlementResponse> each : together(16, () -> {
            List<SettlementResponse> mine = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                mine.add(facilitator.settle(
                        payers.get(turn.getAndIncrement() % 4).pay(OFFER), OFFER));
            }
            return mine;
        })) {
            responses.addAll(each);
        }

        assertThat(responses).hasSize(128).allMatch(SettlementResponse::success);
        assertThat(responses).extracting(SettlementResponse::transaction).doesNotHaveDuplicates();
        BigInteger have = payers.stream().map(p -> usdc(p.address())).reduce(BigInteger.ZERO, BigInteger::add);
        assertThat(had.subtract(have)).isEqualTo(1_280_000);
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(1_280_000);
        assertThat(chain.nextNonce(Address.parse(account(0).address())).subtract(sentBefore))
                .isEqualTo(128);
    }

    @Test
    void says_pending_with_the_hash_and_finds_the_same_transaction_later() {
        PaymentPayload payment = payer.pay(OFFER);
        node.fail("eth_getTransactionReceipt", Fault.NOTHING);

        SettlementResponse pending = facilitator.settle(payment, OFFER);
        assertThat(pending.pending()).as(pending.toString()).isTrue();
        assertThat(pending.transaction()).matches("0x[0-9a-f]{64}");

        node.heal();
        SettlementResponse settled = facilitator.settle(payment, OFFER);
        assertThat(settled.success()).isTrue();
        assertThat(settled.transaction()).isEqualTo(pending.transaction());
        assertThat(node.calls("eth_sendRawTransaction")).isEqualTo(1);
    }

    @Test
    void settles_when_the_nodes_answer_to_the_transaction_was_lost() {
        node.fail("eth_sendRawTransaction", Fault.ANSWER_LOST);
        PaymentPayload payment = payer.pay(OFFER);
        BigInteger shopHad = usdc(SHOP);

        assertThat(facilitator.settle(payment, OFFER).success()).isTrue();

        node.heal();
        assertThat(facilitator.settle(payer.pay(OFFER), OFFER).success()).isTrue();
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(20_000);
    }

    @Test
    void sends_anew_a_transaction_that_never_arrived() {
        node.fail("eth_sendRawTransaction", Fault.REFUSED);
        PaymentPayload payment = payer.pay(OFFER);
        BigInteger shopHad = usdc(SHOP);

        assertThat(facilitator.settle(payment, OFFER).pending()).isTrue();
        node.heal();

        assertThat(facilitator.settle(payment, OFFER).success()).isTrue();
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(10_000);
    }

    @Test
    void finds_its_transaction_again_after_a_crash() throws IOException {
        Path file = folder.resolve("settlements.db");
        PaymentPayload payment = payer.pay(OFFER);
        BigInteger shopHad = usdc(SHOP);
        SettlementResponse pending;
        try (LocalFacilitator dying = facilitator(Assets.standard(), SettlementStore.open(file))) {
            node.fail("eth_getTransactionReceipt", Fault.NOTHING);
            pending = dying.settle(payment, OFFER);
            node.heal();
            for (String suffix : List.of("", "-wal")) {
                Files.copy(folder.resolve("settlements.db" + suffix), folder.resolve("after.db" + suffix));
            }
        }
        try (LocalFacilitator next = facilitator(Assets.standard(), SettlementStore.open(folder.resolve("after.db")))) {
            SettlementResponse settled = next.settle(payment, OFFER);
            assertThat(settled.success()).isTrue();
            assertThat(settled.transaction()).isEqualTo(pending.transaction());
        }
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(10_000);
    }

    @Test
    void counts_a_transfer_that_somebody_else_submitted_first() {
        PaymentPayload payment = payer.pay(OFFER);
        BigInteger shopHad = usdc(SHOP);
        List<String> others = new ArrayList<>();
        node.beforeNext("eth_sendRawTransaction", () -> others.add(submitAs(account(8), payment)));

        SettlementResponse response = facilitator.settle(payment, OFFER);

        assertThat(response.success()).as(response.toString()).isTrue();
        assertThat(response.transaction()).isEqualTo(others.get(0));
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(10_000);
    }

    @Test
    void fails_with_a_hash_when_the_payer_moved_the_money_away_in_between() {
        Payer fickle = new Payer(account(7));
        Address elsewhere = Address.parse("0x00000000000000000000000000000000000b0b00");
        PaymentPayload payment = fickle.pay(OFFER);
        Offer everything = Offer.exact(new waybill.x402.Amount(Payer.USDC, usdc(fickle.address())), elsewhere, 300);
        node.beforeNext("eth_sendRawTransaction", () -> submitAs(account(8), fickle.pay(everything)));
        BigInteger shopHad = usdc(SHOP);

        SettlementResponse response = facilitator.settle(payment, OFFER);

        assertThat(response.success()).isFalse();
        assertThat(response.errorReason()).isEqualTo("invalid_exact_evm_transaction_failed");
        assertThat(response.transaction()).matches("0x[0-9a-f]{64}");
        assertThat(response.errorMessage()).hasSizeLessThan(200);
        assertThat(usdc(SHOP)).isEqualTo(shopHad);
    }

    @Test
    void believes_the_transfer_log_and_not_the_transactions_status() throws IOException {
        Address hollow = Address.parse("0x0000000000000000000000000000000000c0ffee");
        rpc("anvil_setCode", hollow.toString(), "0x00"); // takes every call and moves nothing
        Asset fake = new Asset(Payer.NETWORK, hollow, "FAKE", 6, "Fake", "1", TransferMethod.EIP3009);
        Offer offer = Offer.exact(new waybill.x402.Amount(fake, BigInteger.TEN), SHOP, 300);
        TransferAuthorization authorization = payer.authorization(offer);
        PaymentPayload payment = Payer.payment(offer, authorization, payer.sign(authorization, fake));
        try (LocalFacilitator credulous = facilitator(Assets.standard().with(fake), SettlementStore.inMemory())) {
            SettlementResponse response = credulous.settle(payment, offer);

            assertThat(response.success()).isFalse();
            assertThat(response.errorReason()).isEqualTo("invalid_exact_evm_transfer_event_mismatch");
        }
    }

    @Test
    void does_not_send_twice_what_the_node_refused_and_took_all_the_same() {
        PaymentPayload payment = payer.pay(OFFER);
        BigInteger shopHad = usdc(SHOP);
        node.fail("eth_sendRawTransaction", Fault.TAKEN_AND_REFUSED);

        assertThatThrownBy(() -> facilitator.settle(payment, OFFER)).isInstanceOf(FacilitatorException.class);
        node.heal();

        assertThat(facilitator.settle(payment, OFFER).success()).isTrue();
        assertThat(usdc(SHOP).subtract(shopHad)).isEqualTo(10_000);
        assertThat(node.calls("eth_sendRawTransaction")).isEqualTo(1);
    }

    @Test
    void goes_on_when_somebody_else_has_used_the_gas_account() {
        assertThat(facilitator.settle(payer.pay(OFFER), OFFER).success()).isTrue();
        submitAs(account(0), payer.pay(OFFER));
        assertThat(facilitator.settle(payer.pay(OFFER), OFFER).success()).isTrue();
    }

    @Test
    void sends_nothing_from_an_account_that_cannot_pay_for_gas() throws IOException {
        DevAccount poor = account(6);
        rpc("anvil_setBalance", poor.address(), "0x1");
        try (LocalFacilitator broke = facilitator(Assets.standard(), SettlementStore.inMemory(), poor, impatient())) {
            assertThatThrownBy(() -> broke.settle(payer.pay(OFFER), OFFER))
                    .isInstanceOf(FacilitatorException.class)
                    .hasMessageContaining("top it up");
        }
        assertThat(node.calls("eth_sendRawTransaction")).isZero();
    }

    @Test
    void sends_nothing_when_gas_is_too_dear() {
        FacilitatorSettings cheap = FacilitatorSettings.defaults().payingAtMost(BigInteger.ONE);
        try (LocalFacilitator frugal = facilitator(Assets.standard(), SettlementStore.inMemory(), account(0), cheap)) {
            assertThatThrownBy(() -> frugal.settle(payer.pay(OFFER), OFFER))
                    .isInstanceOf(FacilitatorException.class)
                    .hasMessageContaining("above the ceiling of 1");
        }
        assertThat(node.calls("eth_sendRawTransaction")).isZero();
    }

    @Test
    void settles_over_http() {
        Chain remote = Chain.connect(devnet.rpcUrl(), Payer.NETWORK);
        try (LocalFacilitator overHttp = LocalFacilitator.of(
                remote, GasKey.ofDevelopment(account(0).privateKey(), remote), SettlementStore.inMemory())) {
            assertThat(overHttp.settle(payer.pay(OFFER), OFFER).success()).isTrue();
        }
    }

    @Test
    void refuses_a_node_of_another_chain() {
        assertThatThrownBy(() -> Chain.connect(devnet.rpcUrl(), new Network(8453)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("84532");
    }

    // --- the chain, from another side ---

    private static String submitAs(DevAccount account, PaymentPayload payment) {
        SchemePayload.Eip3009 exact = (SchemePayload.Eip3009) payment.payload();
        Chain direct = Chain.inProcess(devnet.web3jService(), Payer.NETWORK);
        BigInteger gwei = BigInteger.TEN.pow(9);
        byte[] signed = TransactionEncoder.signMessage(
                RawTransaction.createTransaction(
                        Devnet.CHAIN_ID,
                        direct.nextNonce(Address.parse(account.address())),
                        BigInteger.valueOf(200_000),
                        devnet.usdc(),
                        BigInteger.ZERO,
                        Numeric.toHexString(Token.transfer(exact.authorization(), exact.signature())),
                        gwei,
                        gwei.multiply(BigInteger.TEN)),
                Credentials.create(account.privateKey()));
        try {
            EthSendTransaction response = new Request<>(
                            "eth_sendRawTransaction",
                            List.of(Numeric.toHexString(signed)),
                            devnet.web3jService(),
                            EthSendTransaction.class)
                    .send();
            assertThat(response.hasError()).isFalse();
            return response.getTransactionHash();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("rawtypes")
    private static void rpc(String method, String... params) throws IOException {
        Response<?> response =
                new Request<String, Response>(method, List.of(params), devnet.web3jService(), Response.class).send();
        assertThat(response.hasError()).isFalse();
    }

    private static <T> List<T> together(int callers, java.util.concurrent.Callable<T> call) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(callers);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                futures.add(pool.submit(call));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    // --- gas ---

    @Test
    void offers_more_for_a_transaction_that_is_stuck() {
        FacilitatorSettings settings = FacilitatorSettings.defaults()
                .waiting(Duration.ofMinutes(1), Duration.ofMillis(20))
                .replacingAfter(Duration.ofMillis(1));
        node.fail("eth_sendRawTransaction", Fault.NOTHING); // taken, as it seems, and never mined
        node.beforeNext("eth_sendRawTransaction", () -> node.beforeNext("eth_getTransactionCount", node::heal));
        try (LocalFacilitator patient =
                facilitator(Assets.standard(), SettlementStore.inMemory(), account(0), settings)) {
            PaymentPayload payment = payer.pay(OFFER);
            BigInteger before = usdc(SHOP);

            SettlementResponse response = patient.settle(payment, OFFER);

            assertThat(response.success()).as(response.toString()).isTrue();
            assertThat(node.calls("eth_sendRawTransaction")).isGreaterThanOrEqualTo(2);
            assertThat(usdc(SHOP)).isEqualTo(before.add(BigInteger.valueOf(10_000)));
            assertThat(patient.settle(payment, OFFER)).isEqualTo(response);
        }
    }

    @Test
    void never_offers_more_than_the_ceiling_for_a_stuck_transaction() {
        BigInteger ceiling = chain.baseFee().add(chain.suggestedTip()); // no eighth more fits below it
        FacilitatorSettings settings = impatient().payingAtMost(ceiling).replacingAfter(Duration.ofMillis(1));
        node.fail("eth_sendRawTransaction", Fault.NOTHING);
        try (LocalFacilitator frugal =
                facilitator(Assets.standard(), SettlementStore.inMemory(), account(0), settings)) {
            SettlementResponse response = frugal.settle(payer.pay(OFFER), OFFER);

            assertThat(response.pending()).as(response.toString()).isTrue();
            assertThat(node.calls("eth_sendRawTransaction")).isEqualTo(1);
        }
    }

    @Test
    void spreads_settlements_over_its_gas_keys() throws Exception {
        List<GasKey> keys = new ArrayList<>();
        for (int i = 3; i < 6; i++) keys.add(GasKey.ofDevelopment(account(i).privateKey(), chain));
        List<BigInteger> sentBefore =
                keys.stream().map(key -> chain.nextNonce(key.address())).toList();
        ExecutorService callers = Executors.newFixedThreadPool(6);
        try (LocalFacilitator several = new LocalFacilitator(
                chain,
                keys,
                SettlementStore.inMemory(),
                Assets.standard(),
                FacilitatorSettings.defaults(),
                Clock.systemUTC())) {
            List<Future<SettlementResponse>> settled = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                PaymentPayload payment = payer.pay(OFFER);
                settled.add(callers.submit(() -> several.settle(payment, OFFER)));
            }
            for (Future<SettlementResponse> one : settled) {
                assertThat(one.get().success()).isTrue();
            }
            assertThat(several.supported().signers().get(Payer.NETWORK.toString()))
                    .containsExactlyElementsOf(
                            keys.stream().map(GasKey::address).toList());
        } finally {
            callers.shutdownNow();
        }
        List<Long> sent = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            sent.add(chain.nextNonce(keys.get(i).address())
                    .subtract(sentBefore.get(i))
                    .longValue());
        }
        assertThat(sent).allMatch(count -> count > 0);
        assertThat(sent.stream().mapToLong(Long::longValue).sum()).isEqualTo(12);
    }

    @Test
    void refuses_a_payment_that_is_worth_less_than_its_gas() {
        FacilitatorSettings dear = FacilitatorSettings.defaults().coinAt(new BigDecimal("100000000"));
        try (LocalFacilitator careful = facilitator(Assets.standard(), SettlementStore.inMemory(), account(0), dear)) {
            VerifyResponse verdict = careful.verify(payer.pay(OFFER), OFFER);
            SettlementResponse response = careful.settle(payer.pay(OFFER), OFFER);

            assertThat(verdict.reason()).isEqualTo("invalid_payment_requirements");
            assertThat(verdict.message()).contains("below the gas");
            assertThat(response.errorReason()).isEqualTo("invalid_payment_requirements");
        }
    }
}
