package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.devnet.Abi.address;
import static waybill.devnet.Abi.bool;
import static waybill.devnet.Abi.bytes;
import static waybill.devnet.Abi.bytes32;
import static waybill.devnet.Abi.encode;
import static waybill.devnet.Abi.uint;
import static waybill.devnet.Abi.uint8;
import static waybill.devnet.Abi.word;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.DynamicStruct;
import org.web3j.abi.datatypes.Type;
import org.web3j.crypto.AccessListObject;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import waybill.devnet.Node.Answer;
import waybill.devnet.Stage.Played;

/** What the contracts do, said once and checked on every node on the stage. */
abstract class ContractSuite {
    static final DevAccount ALICE = DevAccount.ALL.get(0);
    static final DevAccount BOB = DevAccount.ALL.get(1);
    static final DevAccount CAROL = DevAccount.ALL.get(2);
    static final BigInteger NONCE = BigInteger.ONE.shiftLeft(255).add(BigInteger.valueOf(7));
    static final BigInteger FOREVER = BigInteger.ONE.shiftLeft(60);
    static final BigInteger HUNDREDTH = BigInteger.valueOf(10_000);
    static final String NOBODY = "0x00000000000000000000000000000000000b0b0b";

    private static final BigInteger CURVE_ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    private Stage stage;

    void begin(Stage stage) {
        this.stage = stage;
    }

    Stage stage() {
        return stage;
    }

    // The dollar token

    @Test
    void the_token_introduces_itself_as_usdc() {
        assertThat(text(call(Genesis.USDC, encode("name")))).isEqualTo("USDC");
        assertThat(text(call(Genesis.USDC, encode("symbol")))).isEqualTo("USDC");
        assertThat(text(call(Genesis.USDC, encode("version")))).isEqualTo("2");
        assertThat(number(Genesis.USDC, encode("decimals"))).isEqualTo(6);
        assertThat(number(Genesis.USDC, encode("totalSupply"))).isEqualTo(1_610_000_000_000L);
        assertThat(number(Genesis.USDC, encode("DOMAIN_SEPARATOR"))).isEqualTo(Signing.domainSeparator());
        assertThat(number(Genesis.USDC, encode("TRANSFER_WITH_AUTHORIZATION_TYPEHASH")))
                .isEqualTo(new BigInteger("7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267", 16));
    }

    @Test
    void transfers_move_dollars_and_log_it() {
        Played played = stage.send(ALICE, Genesis.USDC, encode("transfer", address(BOB.address()), uint(HUNDREDTH)));
        assertThat(played.succeeded()).isTrue();
        assertThat(dollars(ALICE)).isEqualTo(999_990_000);
        assertThat(dollars(BOB)).isEqualTo(1_000_010_000);
        JsonNode log = played.logs().get(0);
        assertThat(log.get("topics").get(0).asText()).isEqualTo(topic("Transfer(address,address,uint256)"));
        assertThat(word(log.get("data").asText(), 0)).isEqualTo(HUNDREDTH);
    }

    @Test
    void a_transfer_above_the_balance_fails_with_its_reason_and_changes_nothing() {
        String data = encode("transfer", address(BOB.address()), uint(1_000_000_001));
        assertThat(stage.send(ALICE, Genesis.USDC, data).succeeded()).isFalse();
        assertThat(dollars(ALICE)).isEqualTo(1_000_000_000);
        assertReverts("ERC20: transfer amount exceeds balance", ALICE, Genesis.USDC, data);
        assertReverts(
                "ERC20: transfer to the zero address",
                ALICE,
                Genesis.USDC,
                encode("transfer", address("0x0000000000000000000000000000000000000000"), uint(1)));
    }

    @Test
    void an_allowance_is_used_up_unless_it_is_unlimited() {
        stage.send(ALICE, Genesis.USDC, encode("approve", address(BOB.address()), uint(30)));
        String take = encode("transferFrom", address(ALICE.address()), address(CAROL.address()), uint(20));
        assertThat(stage.send(BOB, Genesis.USDC, take).succeeded()).isTrue();
        assertThat(allowance(ALICE, BOB)).isEqualTo(10);
        assertReverts("ERC20: transfer amount exceeds allowance", BOB, Genesis.USDC, take);
        stage.send(ALICE, Genesis.USDC, encode("approve", address(BOB.address()), uint(Words.MASK)));
        assertThat(stage.send(BOB, Genesis.USDC, take).succeeded()).isTrue();
        assertThat(allowance(ALICE, BOB)).isEqualTo(Words.MASK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void an_authorization_pays_once_and_only_once(boolean packed) {
        Sign.SignatureData signature = authorize(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER);
        String data = authorizedTransfer(packed, ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER, signature);
        assertThat(authorizationState(ALICE)).isZero();

        Played played = stage.send(CAROL, Genesis.USDC, data);

        assertThat(played.succeeded()).isTrue();
        assertThat(dollars(ALICE)).isEqualTo(999_990_000);
        assertThat(dollars(BOB)).isEqualTo(1_000_010_000);
        assertThat(authorizationState(ALICE)).isOne();
        assertThat(played.logs())
                .extracting(log -> log.get("topics").get(0).asText())
                .containsExactly(
                        topic("AuthorizationUsed(address,bytes32)"), topic("Transfer(address,address,uint256)"));
        assertThat(stage.send(CAROL, Genesis.USDC, data).succeeded()).isFalse();
        assertReverts("FiatTokenV2: authorization is used or canceled", CAROL, Genesis.USDC, data);
        assertThat(dollars(BOB)).isEqualTo(1_000_010_000);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1, ''",
        "0, 1, FiatTokenV2: authorization is not yet valid",
        "1, 2, FiatTokenV2: authorization is not yet valid",
        "-2, -1, FiatTokenV2: authorization is expired",
        "-1, 0, FiatTokenV2: authorization is expired",
    })
    void an_authorization_holds_strictly_between_its_times(long after, long before, String reason) {
        BigInteger validAfter = BigInteger.valueOf(stage.time() + after);
        BigInteger validBefore = BigInteger.valueOf(stage.time() + before);
        Sign.SignatureData signature = authorize(ALICE, BOB, HUNDREDTH, validAfter, validBefore);
        String data = authorizedTransfer(true, ALICE, BOB, HUNDREDTH, validAfter, validBefore, signature);
        if (reason.isEmpty()) {
            assertThat(stage.call(CAROL.address(), Genesis.USDC, data).error()).isNull();
        } else {
            assertReverts(reason, CAROL, Genesis.USDC, data);
        }
    }

    @Test
    void time_passing_expires_an_authorization() {
        BigInteger soon = BigInteger.valueOf(stage.time() + 60);
        String data = authorizedTransfer(
                true,
                ALICE,
                BOB,
                HUNDREDTH,
                BigInteger.ZERO,
                soon,
                authorize(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, soon));
        assertThat(stage.call(CAROL.address(), Genesis.USDC, data).error()).isNull();
        stage.pass(60);
        assertReverts("FiatTokenV2: authorization is expired", CAROL, Genesis.USDC, data);
        assertThat(stage.send(CAROL, Genesis.USDC, data).succeeded()).isFalse();
        assertThat(authorizationState(ALICE)).isZero();
    }

    @Test
    void a_signature_must_be_the_payers_over_exactly_these_terms() {
        Sign.SignatureData right = authorize(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER);
        Sign.SignatureData wrongSigner = authorize(BOB, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER);
        for (boolean packed : new boolean[] {true, false}) {
            String forged = authorizedTransfer(packed, ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER, wrongSigner);
            assertThat(stage.send(CAROL, Genesis.USDC, forged).succeeded()).isFalse();
            assertReverts("FiatTokenV2: invalid signature", CAROL, Genesis.USDC, forged);
            String more = authorizedTransfer(
                    packed, ALICE, BOB, HUNDREDTH.add(BigInteger.ONE), BigInteger.ZERO, FOREVER, right);
            assertThat(stage.call(CAROL.address(), Genesis.USDC, more)
                            .refusal()
                            .get("code")
                            .asInt())
                    .isEqualTo(3);
            String other = authorizedTransfer(packed, ALICE, CAROL, HUNDREDTH, BigInteger.ZERO, FOREVER, right);
            assertThat(stage.call(CAROL.address(), Genesis.USDC, other)
                            .refusal()
                            .get("code")
                            .asInt())
                    .isEqualTo(3);
        }
        assertThat(dollars(ALICE)).isEqualTo(1_000_000_000);
    }

    @Test
    void malformed_signatures_are_refused_with_their_reason() {
        Sign.SignatureData right = authorize(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER);
        Sign.SignatureData oddV = new Sign.SignatureData((byte) 29, right.getR(), right.getS());
        BigInteger highS = CURVE_ORDER.subtract(Words.word(right.getS()));
        Sign.SignatureData high =
                new Sign.SignatureData((byte) (55 - right.getV()[0]), right.getR(), Words.bytes32(highS));
        Sign.SignatureData zero = new Sign.SignatureData((byte) 27, new byte[32], right.getS());
        assertReverts("ECRecover: invalid signature 'v' value", CAROL, Genesis.USDC, pay(oddV));
        assertReverts("ECRecover: invalid signature 's' value", CAROL, Genesis.USDC, pay(high));
        assertReverts("ECRecover: invalid signature", CAROL, Genesis.USDC, pay(zero));
        String cut = encode(
                "transferWithAuthorization",
                terms(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER, bytes(new byte[64])));
        assertReverts("ECRecover: invalid signature length", CAROL, Genesis.USDC, cut);
    }

    @Test
    void an_authorization_above_the_balance_is_not_used_up() {
        BigInteger tooMuch = BigInteger.valueOf(1_000_000_001);
        Sign.SignatureData signature = authorize(ALICE, BOB, tooMuch, BigInteger.ZERO, FOREVER);
        String data = authorizedTransfer(true, ALICE, BOB, tooMuch, BigInteger.ZERO, FOREVER, signature);
        assertThat(stage.send(CAROL, Genesis.USDC, data).succeeded()).isFalse();
        assertReverts("ERC20: transfer amount exceeds balance", CAROL, Genesis.USDC, data);
        assertThat(authorizationState(ALICE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void only_the_payee_may_fetch_what_it_is_authorized_to_receive(boolean packed) {
        Sign.SignatureData signature = Signing.sign(
                ALICE,
                Signing.RECEIVE,
                Words.number(ALICE.address()),
                Words.number(BOB.address()),
                HUNDREDTH,
                BigInteger.ZERO,
                FOREVER,
                NONCE);
        String data = encode(
                "receiveWithAuthorization",
                terms(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER, signatureTail(packed, signature)));
        assertReverts("FiatTokenV2: caller must be the payee", CAROL, Genesis.USDC, data);
        assertThat(stage.send(BOB, Genesis.USDC, data).succeeded()).isTrue();
        assertThat(dollars(BOB)).isEqualTo(1_000_010_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_cancelled_authorization_never_pays(boolean packed) {
        Sign.SignatureData cancellation = Signing.sign(ALICE, Signing.CANCEL, Words.number(ALICE.address()), NONCE);
        Type<?>[] tail = signatureTail(packed, cancellation);
        String cancel = encode("cancelAuthorization", join(List.of(address(ALICE.address()), bytes32(NONCE)), tail));
        Played played = stage.send(CAROL, Genesis.USDC, cancel);
        assertThat(played.succeeded()).isTrue();
        assertThat(played.logs().get(0).get("topics").get(0).asText())
                .isEqualTo(topic("AuthorizationCanceled(address,bytes32)"));
        assertReverts("FiatTokenV2: authorization is used or canceled", CAROL, Genesis.USDC, cancel);
        assertReverts(
                "FiatTokenV2: authorization is used or canceled",
                CAROL,
                Genesis.USDC,
                pay(authorize(ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER)));
        assertThat(dollars(ALICE)).isEqualTo(1_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_permit_sets_an_allowance_once(boolean packed) {
        String permit = permit(packed, BigInteger.ZERO, FOREVER);
        assertThat(stage.send(CAROL, Genesis.USDC, permit).succeeded()).isTrue();
        assertThat(allowance(ALICE, BOB)).isEqualTo(HUNDREDTH);
        assertThat(number(Genesis.USDC, encode("nonces", address(ALICE.address()))))
                .isOne();
        assertReverts("EIP2612: invalid signature", CAROL, Genesis.USDC, permit);
        BigInteger past = BigInteger.valueOf(stage.time() - 1);
        assertReverts("FiatTokenV2: permit is expired", CAROL, Genesis.USDC, permit(packed, BigInteger.ONE, past));
    }

    @Test
    void a_smart_wallet_pays_by_its_owners_signature() {
        String wallet = stage.create(ALICE, Abi.initCode("SmartWallet")).created();
        stage.send(ALICE, Genesis.USDC, encode("transfer", address(wallet), uint(HUNDREDTH)));
        Sign.SignatureData signature = signAs(ALICE, wallet, BOB);
        assertReverts(
                "FiatTokenV2: invalid signature", CAROL, Genesis.USDC, walletPays(wallet, signAs(BOB, wallet, BOB)));
        assertThat(stage.send(CAROL, Genesis.USDC, walletPays(wallet, signature))
                        .succeeded())
                .isTrue();
        assertThat(number(Genesis.USDC, encode("balanceOf", address(wallet)))).isZero();
        assertThat(dollars(BOB)).isEqualTo(1_000_010_000);
    }

    // Ether, wrapped and plain

    @Test
    void ether_is_wrapped_and_unwrapped_one_for_one() {
        BigInteger ether = Genesis.ETHER;
        assertThat(stage.send(ALICE, Genesis.WETH, encode("deposit"), ether).succeeded())
                .isTrue();
        assertThat(stage.send(ALICE, Genesis.WETH, "0x", ether).succeeded()).isTrue();
        assertThat(number(Genesis.WETH, encode("balanceOf", address(ALICE.address()))))
                .isEqualTo(ether.multiply(BigInteger.TWO));
        String most = encode("withdraw", uint(ether.multiply(BigInteger.TWO)));
        BigInteger before = wei(ALICE.address());
        Played withdrawn = stage.send(ALICE, Genesis.WETH, most);
        BigInteger fee = Stage.GAS_PRICE.multiply(BigInteger.valueOf(withdrawn.gasUsed()));
        assertThat(wei(ALICE.address()).subtract(before))
                .isEqualTo(ether.multiply(BigInteger.TWO).subtract(fee));
        assertReverts("WETH: withdrawal exceeds balance", ALICE, Genesis.WETH, most);
        assertThat(number(Genesis.WETH, encode("totalSupply"))).isEqualTo(BigInteger.TEN.pow(21));
    }

    @Test
    void ether_moves_and_pays_for_its_gas() {
        BigInteger before = wei(ALICE.address());
        Played played = stage.send(ALICE, NOBODY, "0x", BigInteger.valueOf(5));
        assertThat(played.gasUsed()).isEqualTo(21_000);
        assertThat(wei(NOBODY)).isEqualTo(5);
        BigInteger fee = Stage.GAS_PRICE.multiply(BigInteger.valueOf(21_000));
        assertThat(wei(ALICE.address())).isEqualTo(before.subtract(fee).subtract(BigInteger.valueOf(5)));
    }

    // The pool

    @Test
    void the_pool_pays_by_the_constant_product_less_its_fee() {
        BigInteger in = BigInteger.valueOf(100_000_000);
        stage.send(ALICE, Genesis.USDC, encode("approve", address(Genesis.POOL), uint(Words.MASK)));
        BigInteger reserveEther = BigInteger.TEN.pow(21);
        BigInteger reserveDollars = BigInteger.valueOf(1_600_000_000_000L);
        BigInteger afterFee = in.multiply(BigInteger.valueOf(997));
        BigInteger expected = afterFee.multiply(reserveEther)
                .divide(reserveDollars.multiply(BigInteger.valueOf(1000)).add(afterFee));
        assertThat(number(Genesis.POOL, encode("quote", address(Genesis.USDC), uint(in))))
                .isEqualTo(expected);

        Played played = stage.send(ALICE, Genesis.POOL, swap(Genesis.USDC, in, expected, ALICE.address()));

        assertThat(played.succeeded()).isTrue();
        assertThat(number(Genesis.WETH, encode("balanceOf", address(ALICE.address()))))
                .isEqualTo(expected);
        assertThat(dollars(ALICE)).isEqualTo(900_000_000);
        String reserves = call(Genesis.POOL, encode("getReserves")).text();
        assertThat(word(reserves, 0)).isEqualTo(reserveEther.subtract(expected));
        assertThat(word(reserves, 1)).isEqualTo(reserveDollars.add(in));
        assertThat(word(reserves, 2)).isEqualTo(stage.time());
        assertThat(played.logs())
                .extracting(log -> log.get("topics").get(0).asText())
                .containsExactly(
                        topic("Transfer(address,address,uint256)"),
                        topic("Transfer(address,address,uint256)"),
                        topic("Sync(uint112,uint112)"),
                        topic("Swap(address,uint256,uint256,uint256,uint256,address)"));
    }

    @Test
    void a_larger_swap_gets_a_worse_price() {
        BigInteger small = number(Genesis.POOL, encode("quote", address(Genesis.WETH), uint(Genesis.ETHER)));
        BigInteger large = number(
                Genesis.POOL,
                encode("quote", address(Genesis.WETH), uint(Genesis.ETHER.multiply(BigInteger.valueOf(500)))));
        assertThat(small).isEqualTo(1_593_611_169L); // 1,600 less the fee and a thousandth of impact
        assertThat(large.divide(BigInteger.valueOf(500))).isLessThan(small);
        stage.send(ALICE, Genesis.WETH, encode("deposit"), Genesis.ETHER);
        stage.send(ALICE, Genesis.WETH, encode("approve", address(Genesis.POOL), uint(Genesis.ETHER)));
        assertThat(stage.send(ALICE, Genesis.POOL, swap(Genesis.WETH, Genesis.ETHER, small, BOB.address()))
                        .succeeded())
                .isTrue();
        assertThat(dollars(BOB)).isEqualTo(small.add(BigInteger.valueOf(1_000_000_000)));
        assertThat(number(Genesis.POOL, encode("quote", address(Genesis.WETH), uint(Genesis.ETHER))))
                .isLessThan(small);
    }

    @Test
    void the_pool_refuses_what_it_cannot_trade() {
        assertReverts(
                "Pool: pays less than the minimum",
                ALICE,
                Genesis.POOL,
                swap(Genesis.USDC, HUNDREDTH, Genesis.ETHER, ALICE.address()));
        assertReverts(
                "ERC20: transfer amount exceeds allowance",
                ALICE,
                Genesis.POOL,
                swap(Genesis.USDC, HUNDREDTH, BigInteger.ONE, ALICE.address()));
        assertReverts("Pool: not a token of this pool", ALICE, Genesis.POOL, encode("quote", address(NOBODY), uint(1)));
        assertReverts(
                "Pool: amount out of range", ALICE, Genesis.POOL, encode("quote", address(Genesis.USDC), uint(0)));
    }

    // Many calls as one

    @Test
    void multicall_reports_each_result_and_fails_only_when_told_to() {
        byte[] supply = Words.bytes(encode("totalSupply"));
        byte[] failing = Words.bytes(encode("transfer", address(BOB.address()), uint(1)));
        DynamicArray<DynamicStruct> calls = new DynamicArray<>(
                DynamicStruct.class,
                new DynamicStruct(address(Genesis.USDC), bytes(supply)),
                new DynamicStruct(address(Genesis.USDC), bytes(failing)));
        Answer tried = call(Genesis.MULTICALL, encode("tryAggregate", bool(false), calls));
        assertThat(word(tried.text(), 1)).isEqualTo(2);
        assertThat(tried.text())
                .contains(Words.hex("ERC20: transfer amount exceeds balance".getBytes(StandardCharsets.UTF_8))
                        .substring(2));
        assertReverts("Multicall3: call failed", ALICE, Genesis.MULTICALL, encode("tryAggregate", bool(true), calls));
        assertReverts("Multicall3: call failed", ALICE, Genesis.MULTICALL, encode("aggregate", calls));
        DynamicArray<DynamicStruct> choosing = new DynamicArray<>(
                DynamicStruct.class,
                new DynamicStruct(address(Genesis.USDC), bool(true), bytes(failing)),
                new DynamicStruct(address(NOBODY), bool(false), bytes(supply)));
        assertThat(stage.send(ALICE, Genesis.MULTICALL, encode("aggregate3", choosing))
                        .succeeded())
                .isTrue();
        assertThat(number(Genesis.MULTICALL, encode("getEthBalance", address(Genesis.WETH))))
                .isEqualTo(BigInteger.TEN.pow(21));
        assertThat(number(Genesis.MULTICALL, encode("getCurrentBlockTimestamp")))
                .isEqualTo(stage.time());
    }

    // What the contracts above never do

    @Test
    void contracts_create_contracts_at_the_addresses_of_the_standards() {
        String prober = prober();
        Played created = stage.send(ALICE, prober, encode("create", uint(5)), BigInteger.TEN);
        assertThat(created.succeeded()).isTrue();
        String made = Words.addressHex(Evm.addressMade(Words.number(prober), 1));
        assertThat(word(created.logs().get(0).get("topics").get(1).asText(), 0)).isEqualTo(Words.number(made));
        assertThat(number(made, encode("number"))).isEqualTo(5);
        assertThat(wei(made)).isEqualTo(10);

        String salted = encode("create2", uint(6), bytes32(NONCE));
        assertThat(stage.send(ALICE, prober, salted).succeeded()).isTrue();
        assertThat(stage.send(ALICE, prober, salted).succeeded()).isFalse(); // the address is taken
        assertThat(stage.send(ALICE, prober, encode("create", uint(13))).succeeded())
                .isFalse();
        Played survived = stage.send(ALICE, prober, encode("createAndSurvive", uint(13)));
        assertThat(survived.succeeded()).isTrue();
        assertThat(survived.logs().get(0).get("data").asText()).contains("08c379a0");
    }

    @Test
    void borrowed_code_works_on_the_borrowers_storage() {
        String prober = prober();
        String made = topicAddress(stage.send(ALICE, prober, encode("create", uint(5)))
                .logs()
                .get(0)
                .get("topics")
                .get(1)
                .asText());
        assertThat(stage.send(ALICE, prober, encode("borrow", address(made), uint(77)))
                        .succeeded())
                .isTrue();
        assertThat(number(prober, encode("number"))).isEqualTo(77);
        assertThat(number(made, encode("number"))).isEqualTo(5);
        Played denied = stage.send(ALICE, prober, encode("writeStatically", address(made)));
        assertThat(word(denied.logs().get(0).get("data").asText(), 2)).isZero();
        assertThat(number(made, encode("number"))).isEqualTo(5);
    }

    @Test
    void failures_carry_their_data_to_the_caller() {
        String prober = prober();
        String refused = stage.call(ALICE.address(), prober, encode("refuse", uint(9)))
                .refusal()
                .get("data")
                .asText();
        assertThat(refused).startsWith(topic("Refused(uint256,string)").substring(0, 10));
        String panicked = stage.call(ALICE.address(), prober, encode("panic", uint(0)))
                .refusal()
                .get("data")
                .asText();
        assertThat(panicked).startsWith("0x4e487b71").endsWith("12");
        assertThat(stage.send(ALICE, prober, encode("panic", uint(0))).succeeded())
                .isFalse();
        assertThat(stage.send(ALICE, prober, encode("burn")).gasUsed()).isEqualTo(Stage.GAS_LIMIT);
        assertThat(stage.call(ALICE.address(), prober, encode("burn")).error()).isNotNull();
        assertThat(stage.call(ALICE.address(), prober, encode("spin")).error()).isNotNull();
        assertThat(stage.call(ALICE.address(), prober, "0x12345678").error()).isNotNull();
    }

    @Test
    void a_failed_inner_call_is_undone_alone() {
        String prober = prober();
        Played played = stage.send(ALICE, prober, encode("rollback"));
        assertThat(played.succeeded()).isTrue();
        assertThat(played.logs()).isEmpty();
        assertThat(number(prober, encode("number"))).isOne();
        assertThat(stage.send(ALICE, prober, encode("transientLock", uint(3))).succeeded())
                .isTrue();
        assertThat(word(call(prober, encode("transientLock", uint(3))).text(), 0))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,0", "0,0,1", "0,1,0", "0,1,2", "1,0,0", "1,0,1", "1,2,1", "1,2,3", "5,5,5", "5,0,5", "5,0,6", "5,5,0",
        "5,6,0", "5,6,5", "0,5,0", "6,0,0", "6,0,6", "6,5,5"
    })
    void storage_costs_and_refunds_are_those_of_the_fork(long a, long b, long c) {
        String prober = prober();
        stage.send(ALICE, prober, encode("churn", uint(0), uint(0), uint(5)));
        assertThat(stage.send(ALICE, prober, encode("churn", uint(a), uint(b), uint(c)))
                        .succeeded())
                .isTrue();
        assertThat(number(prober, encode("number"))).isEqualTo(c);
    }

    @Test
    void long_values_are_kept_hashed_and_cleared() {
        String prober = prober();
        byte[] data = "a line that is longer than one word of thirty-two bytes, and then some more"
                .getBytes(StandardCharsets.UTF_8);
        assertThat(stage.send(ALICE, prober, encode("remember", bytes(data), uint(9)))
                        .succeeded())
                .isTrue();
        assertThat(stage.send(ALICE, prober, encode("remember", bytes(new byte[0]), uint(0)))
                        .succeeded())
                .isTrue();
        stage.send(ALICE, prober, encode("hashes", bytes(data)));
        String hashes = call(prober, encode("hashes", bytes("abc".getBytes(StandardCharsets.UTF_8))))
                .text();
        assertThat(Words.wordHex(word(hashes, 0)))
                .isEqualTo("0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(Words.wordHex(word(hashes, 1))).startsWith("0x8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        assertThat(word(hashes, 3)).isEqualTo(3);
        assertThat(Words.wordHex(word(hashes, 4))).startsWith("0x616263");
    }

    @ParameterizedTest
    @CsvSource({
        "03, 05, 07, 05",
        "'', '', 0a, 01",
        "02, ff, 00, 00",
        "010000000000000000000000000000000000000000000000000000000000000001, 010000000000000000000000000000000000000000000000000000000000000003, fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f, ''",
    })
    void modular_powers_match(String base, String exponent, String modulus, String expected) {
        String data = encode(
                "power",
                bytes(Words.bytes("0x" + base)),
                bytes(Words.bytes("0x" + exponent)),
                bytes(Words.bytes("0x" + modulus)));
        String prober = prober();
        assertThat(stage.send(ALICE, prober, data).succeeded()).isTrue();
        String answer = call(prober, data).text();
        if (!expected.isEmpty()) assertThat(answer.substring(2 + 128)).startsWith(expected);
    }

    @Test
    void calls_go_as_deep_as_the_gas_allows() {
        String prober = prober();
        assertThat(number(prober, encode("dive"))).isBetween(BigInteger.valueOf(50), BigInteger.valueOf(1024));
        // Calls itself with all its gas and nothing else: ADDRESS is both the target and what is called.
        String self = "0x00000000000000000000000000000000000ca115";
        stage.edit("anvil_setCode", self, "0x5f5f5f5f5f305af1" + "00");
        assertThat(stage.send(ALICE, self, "0x").succeeded()).isTrue();
    }

    @Test
    void payments_to_and_between_contracts_move_ether() {
        String prober = prober();
        stage.send(ALICE, prober, encode("pay", address(NOBODY), uint(3)), BigInteger.TEN);
        assertThat(wei(NOBODY)).isEqualTo(3);
        assertThat(wei(prober)).isEqualTo(7);
        stage.send(ALICE, prober, encode("pay", address(NOBODY), uint(8))); // more than it has: reported, not fatal
        stage.send(ALICE, prober, encode("pay", address(Genesis.USDC), uint(1))); // not payable
        assertThat(wei(prober)).isEqualTo(7);
    }

    @Test
    void code_sees_who_called_it_and_with_what() {
        String prober = prober();
        stage.send(ALICE, prober, encode("surroundings"), BigInteger.TWO);
        String seen = call(prober, encode("surroundings")).text();
        assertThat(word(seen, 0)).isEqualTo(Words.number(ALICE.address()));
        assertThat(word(seen, 4)).isEqualTo(Devnet.CHAIN_ID);
        assertThat(word(seen, 5)).isEqualTo(Chain.BLOCK_GAS_LIMIT);
    }

    // Transactions

    @Test
    void each_kind_of_transaction_is_accepted() {
        BigInteger limit = BigInteger.valueOf(100_000);
        String data = encode("transfer", address(BOB.address()), uint(1));
        List<AccessListObject> list = List.of(new AccessListObject(
                Genesis.USDC, List.of(Words.wordHex(Words.mappingSlot(Words.number(BOB.address()), 1)))));
        BigInteger nonce = stage.nonce(ALICE);
        Played listed = stage.play(Stage.sign(
                ALICE,
                RawTransaction.createTransaction(
                        Devnet.CHAIN_ID, nonce, Stage.GAS_PRICE, limit, Genesis.USDC, BigInteger.ZERO, data, list)));
        Played priced = stage.play(Stage.sign(
                ALICE,
                RawTransaction.createTransaction(
                        Devnet.CHAIN_ID,
                        nonce.add(BigInteger.ONE),
                        limit,
                        Genesis.USDC,
                        BigInteger.ZERO,
                        data,
                        Stage.GAS_PRICE,
                        Stage.GAS_PRICE)));
        assertThat(listed.receipt().get("type").asText()).isEqualTo("0x1");
        assertThat(priced.receipt().get("type").asText()).isEqualTo("0x2");
        assertThat(dollars(BOB)).isEqualTo(1_000_000_002);
    }

    @Test
    void a_creation_that_fails_keeps_nothing() {
        assertThat(stage.create(ALICE, "0x60ef5f5360015ff3").succeeded()).isFalse(); // code that starts with 0xef
        assertThat(stage.create(ALICE, "0x5f5ffd").succeeded()).isFalse();
        assertThat(stage.create(ALICE, "0x6160016000f3").succeeded()).isFalse(); // one byte too much code
        assertThat(stage.create(ALICE, "0x").succeeded()).isTrue();
        assertThat(stage.nonce(ALICE)).isEqualTo(4);
    }

    @Test
    void logs_are_found_by_address_topic_and_block() {
        stage.send(ALICE, Genesis.USDC, encode("transfer", address(BOB.address()), uint(1)));
        stage.send(BOB, Genesis.USDC, encode("transfer", address(CAROL.address()), uint(2)));
        stage.send(BOB, Genesis.USDC, encode("approve", address(CAROL.address()), uint(3)));
        stage.send(CAROL, Genesis.WETH, encode("deposit"), BigInteger.ONE);
        String transfer = topic("Transfer(address,address,uint256)");
        String fromBob = Words.wordHex(Words.number(BOB.address()));
        assertThat(found(Map.of("fromBlock", "earliest", "toBlock", "latest"))).isEqualTo(4);
        assertThat(found(Map.of("fromBlock", "0x0", "address", Genesis.USDC))).isEqualTo(3);
        assertThat(found(Map.of("fromBlock", "0x0", "address", List.of(Genesis.USDC, Genesis.WETH))))
                .isEqualTo(4);
        assertThat(found(Map.of("fromBlock", "0x0", "topics", List.of(transfer))))
                .isEqualTo(2);
        assertThat(found(Map.of("fromBlock", "0x0", "topics", List.of(List.of(transfer), fromBob))))
                .isEqualTo(1);
        assertThat(found(Map.of("fromBlock", "0x0", "topics", List.of(fromBob))))
                .isZero();
        assertThat(found(Map.of("fromBlock", "0x3", "toBlock", "0x3"))).isEqualTo(1);
        assertThat(found(Map.of())).isEqualTo(1); // the latest block alone
    }

    // Words of this suite

    private int found(Map<String, Object> criteria) {
        return stage.countLogs(criteria);
    }

    private String prober() {
        return stage.create(ALICE, Abi.initCode("Prober")).created();
    }

    private Answer call(String to, String data) {
        return stage.call(ALICE.address(), to, data);
    }

    private BigInteger number(String to, String data) {
        return word(call(to, data).text(), 0);
    }

    private BigInteger dollars(DevAccount owner) {
        return number(Genesis.USDC, encode("balanceOf", address(owner.address())));
    }

    private BigInteger allowance(DevAccount owner, DevAccount spender) {
        return number(Genesis.USDC, encode("allowance", address(owner.address()), address(spender.address())));
    }

    private BigInteger authorizationState(DevAccount payer) {
        return number(Genesis.USDC, encode("authorizationState", address(payer.address()), bytes32(NONCE)));
    }

    private BigInteger wei(String owner) {
        return Words.number(stage.ask("eth_getBalance", owner, "latest").text());
    }

    private void assertReverts(String reason, DevAccount from, String to, String data) {
        JsonNode refusal = stage.call(from.address(), to, data).refusal();
        assertThat(refusal.get("code").asInt()).isEqualTo(3);
        assertThat(RpcException.revertReason(Words.bytes(refusal.get("data").asText())))
                .isEqualTo(reason);
        assertThat(refusal.get("message").asText()).contains(reason);
    }

    private static Sign.SignatureData authorize(
            DevAccount signer, DevAccount to, BigInteger value, BigInteger validAfter, BigInteger validBefore) {
        return Signing.sign(
                signer,
                Signing.TRANSFER,
                Words.number(ALICE.address()),
                Words.number(to.address()),
                value,
                validAfter,
                validBefore,
                NONCE);
    }

    private static String pay(Sign.SignatureData signature) {
        return authorizedTransfer(true, ALICE, BOB, HUNDREDTH, BigInteger.ZERO, FOREVER, signature);
    }

    private static String authorizedTransfer(
            boolean packed,
            DevAccount from,
            DevAccount to,
            BigInteger value,
            BigInteger validAfter,
            BigInteger validBefore,
            Sign.SignatureData signature) {
        return encode(
                "transferWithAuthorization",
                terms(from, to, value, validAfter, validBefore, signatureTail(packed, signature)));
    }

    private static Type<?>[] terms(
            DevAccount from,
            DevAccount to,
            BigInteger value,
            BigInteger validAfter,
            BigInteger validBefore,
            Type<?>... tail) {
        List<Type<?>> head = List.of(
                address(from.address()),
                address(to.address()),
                uint(value),
                uint(validAfter),
                uint(validBefore),
                bytes32(NONCE));
        return join(head, tail);
    }

    private static Type<?>[] signatureTail(boolean packed, Sign.SignatureData signature) {
        if (packed) return new Type<?>[] {bytes(Signing.packed(signature))};
        return new Type<?>[] {uint8(signature.getV()[0]), bytes32(signature.getR()), bytes32(signature.getS())};
    }

    private static Type<?>[] join(List<Type<?>> head, Type<?>... tail) {
        Type<?>[] all = head.toArray(new Type<?>[head.size() + tail.length]);
        System.arraycopy(tail, 0, all, head.size(), tail.length);
        return all;
    }

    private static String permit(boolean packed, BigInteger nonce, BigInteger deadline) {
        Sign.SignatureData signature = Signing.sign(
                ALICE,
                Signing.PERMIT,
                Words.number(ALICE.address()),
                Words.number(BOB.address()),
                HUNDREDTH,
                nonce,
                deadline);
        List<Type<?>> head = List.of(address(ALICE.address()), address(BOB.address()), uint(HUNDREDTH), uint(deadline));
        return encode("permit", join(head, signatureTail(packed, signature)));
    }

    private static Sign.SignatureData signAs(DevAccount signer, String wallet, DevAccount to) {
        return Signing.sign(
                signer,
                Signing.TRANSFER,
                Words.number(wallet),
                Words.number(to.address()),
                HUNDREDTH,
                BigInteger.ZERO,
                FOREVER,
                NONCE);
    }

    private static String walletPays(String wallet, Sign.SignatureData signature) {
        return encode(
                "transferWithAuthorization",
                address(wallet),
                address(BOB.address()),
                uint(HUNDREDTH),
                uint(BigInteger.ZERO),
                uint(FOREVER),
                bytes32(NONCE),
                bytes(Signing.packed(signature)));
    }

    private static String swap(String tokenIn, BigInteger amount, BigInteger minimum, String to) {
        return encode("swap", address(tokenIn), uint(amount), uint(minimum), address(to));
    }

    private static String topic(String event) {
        return Words.wordHex(Signing.keccak(event));
    }

    private static String topicAddress(String topic) {
        return Words.addressHex(Words.number(topic).and(Words.ADDRESS_MASK));
    }

    private static String text(Answer answer) {
        byte[] bytes = Words.bytes(answer.text());
        int length = Words.word(Words.slice(bytes, BigInteger.valueOf(32), 32)).intValue();
        return new String(bytes, 64, length, StandardCharsets.UTF_8);
    }
}
