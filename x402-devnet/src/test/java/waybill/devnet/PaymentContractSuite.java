package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.devnet.Abi.address;
import static waybill.devnet.Abi.encode;
import static waybill.devnet.Abi.uint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.Sign;
import waybill.devnet.Node.Answer;

/** What the contracts behind the schemes do: the old dollar token, Permit2 and the two proxies. */
abstract class PaymentContractSuite extends ContractSuite {
    private static final String PERMISSIONS = "TokenPermissions(address token,uint256 amount)";
    private static final String EXACT_WITNESS = "Witness(address to,uint256 validAfter)";
    private static final String UPTO_WITNESS = "Witness(address to,address facilitator,uint256 validAfter)";
    private static final String TRANSFER_WITH = "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,"
            + "uint256 nonce,uint256 deadline,Witness witness)" + PERMISSIONS;
    private static final String PERMIT = "((address,uint256),uint256,uint256)";
    private static final String PERMIT_2612 = "(uint256,uint256,bytes32,bytes32,uint8)";
    private static final BigInteger MOST = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

    /** A signed payment of Alice's to Bob; what a test wants otherwise, it replaces. */
    private record Payment(String token, BigInteger amount, BigInteger deadline, DevAccount to, BigInteger validAfter) {
        Payment(String token) {
            this(token, HUNDREDTH, FOREVER, BOB, BigInteger.ZERO);
        }

        private BigInteger struct(String witnessType, BigInteger witness, String spender) {
            return Signing.struct(
                    TRANSFER_WITH + witnessType,
                    Signing.struct(PERMISSIONS, Words.number(token), amount),
                    Words.number(spender),
                    NONCE,
                    deadline,
                    witness);
        }

        private List<BigInteger> permit() {
            return List.of(Words.number(token), amount, NONCE, deadline, Words.number(ALICE.address()));
        }

        /** The call that settles it in full, as signed. */
        String exact(DevAccount payee) {
            BigInteger witness = Signing.struct(EXACT_WITNESS, Words.number(to.address()), validAfter);
            Sign.SignatureData signature =
                    Signing.sign(ALICE, Signing.permit2Domain(), struct(EXACT_WITNESS, witness, Genesis.EXACT_PROXY));
            return call(
                    "settle(" + PERMIT + ",address,(address,uint256),bytes)",
                    signature,
                    permit(),
                    List.of(Words.number(payee.address()), validAfter));
        }

        /** The same, with a permit of the token's for Permit2. */
        String exactWithPermit(BigInteger permitted, BigInteger nonce) {
            Sign.SignatureData approval = Signing.sign(
                    ALICE,
                    Signing.PERMIT,
                    Words.number(ALICE.address()),
                    Words.number(Genesis.PERMIT2),
                    permitted,
                    nonce,
                    FOREVER);
            BigInteger witness = Signing.struct(EXACT_WITNESS, Words.number(to.address()), validAfter);
            Sign.SignatureData signature =
                    Signing.sign(ALICE, Signing.permit2Domain(), struct(EXACT_WITNESS, witness, Genesis.EXACT_PROXY));
            return call(
                    "settleWithPermit(" + PERMIT_2612 + "," + PERMIT + ",address,(address,uint256),bytes)",
                    signature,
                    List.of(
                            permitted,
                            FOREVER,
                            new BigInteger(1, approval.getR()),
                            new BigInteger(1, approval.getS()),
                            BigInteger.valueOf(approval.getV()[0])),
                    permit(),
                    List.of(Words.number(to.address()), validAfter));
        }

        /** The call that settles some of it for the facilitator that was signed, Carol. */
        String upto(BigInteger part) {
            BigInteger witness =
                    Signing.struct(UPTO_WITNESS, Words.number(to.address()), Words.number(CAROL.address()), validAfter);
            Sign.SignatureData signature =
                    Signing.sign(ALICE, Signing.permit2Domain(), struct(UPTO_WITNESS, witness, Genesis.UPTO_PROXY));
            return call(
                    "settle(" + PERMIT + ",uint256,address,(address,address,uint256),bytes)",
                    signature,
                    permit().subList(0, 4),
                    List.of(
                            part,
                            Words.number(ALICE.address()),
                            Words.number(to.address()),
                            Words.number(CAROL.address()),
                            validAfter));
        }

        /** Fixed words, then the signature, to which the last word of the head points. */
        @SafeVarargs
        private static String call(String function, Sign.SignatureData signature, List<BigInteger>... words) {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int count = 1;
            for (List<BigInteger> part : words) {
                part.forEach(word -> head.writeBytes(Words.bytes32(word)));
                count += part.size();
            }
            head.writeBytes(Words.bytes32(BigInteger.valueOf(32L * count)));
            head.writeBytes(Words.bytes32(BigInteger.valueOf(65)));
            head.writeBytes(Signing.packed(signature));
            head.writeBytes(new byte[31]);
            return selector(function) + Words.hex(head.toByteArray()).substring(2);
        }
    }

    @Test
    void the_old_dollar_answers_nothing_and_wants_an_allowance_reset() {
        Answer moved = stage().call(
                        ALICE.address(), Genesis.USDT, encode("transfer", address(BOB.address()), uint(HUNDREDTH)));
        assertThat(moved.text()).isEqualTo("0x");
        approve(Genesis.USDT, HUNDREDTH);
        assertThat(stage().send(ALICE, Genesis.USDT, approval(MOST)).succeeded())
                .isFalse();
        approve(Genesis.USDT, BigInteger.ZERO);
        approve(Genesis.USDT, MOST);
        assertThat(balance(Genesis.USDT, ALICE)).isEqualTo(1_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {Genesis.USDC, Genesis.USDT})
    void an_exact_payment_through_permit2_is_made_once_whoever_sends_it(String token) {
        Payment payment = new Payment(token);
        refuses("0x08c379a0", CAROL, Genesis.EXACT_PROXY, payment.exact(BOB)); // TRANSFER_FROM_FAILED
        approve(token, MOST);
        refuses("InvalidSigner()", CAROL, Genesis.EXACT_PROXY, payment.exact(CAROL));
        assertThat(stage().send(CAROL, Genesis.EXACT_PROXY, payment.exact(BOB)).succeeded())
                .isTrue();
        assertThat(balance(token, BOB)).isEqualTo(1_000_010_000);
        assertThat(balance(token, ALICE)).isEqualTo(999_990_000);
        assertThat(used()).isTrue();
        refuses("InvalidNonce()", CAROL, Genesis.EXACT_PROXY, payment.exact(BOB));
    }

    @Test
    void a_payment_through_permit2_holds_within_its_times() {
        approve(Genesis.USDC, MOST);
        BigInteger now = BigInteger.valueOf(stage().time());
        Payment late = new Payment(Genesis.USDC, HUNDREDTH, now.subtract(BigInteger.ONE), BOB, BigInteger.ZERO);
        refuses("SignatureExpired(uint256)", CAROL, Genesis.EXACT_PROXY, late.exact(BOB));
        Payment early = new Payment(Genesis.USDC, HUNDREDTH, FOREVER, BOB, now.add(BigInteger.TEN));
        refuses("PaymentTooEarly()", CAROL, Genesis.EXACT_PROXY, early.exact(BOB));
        Payment nothing = new Payment(Genesis.USDC, BigInteger.ZERO, FOREVER, BOB, BigInteger.ZERO);
        refuses("InvalidAmount()", CAROL, Genesis.EXACT_PROXY, nothing.exact(BOB));
    }

    @Test
    void what_the_owner_invalidates_is_never_paid() {
        approve(Genesis.USDC, MOST);
        String invalidate = encode(
                "invalidateUnorderedNonces",
                uint(NONCE.shiftRight(8)),
                uint(BigInteger.ONE.shiftLeft(NONCE.intValue() & 0xff)));
        assertThat(stage().send(ALICE, Genesis.PERMIT2, invalidate).succeeded()).isTrue();
        refuses("InvalidNonce()", CAROL, Genesis.EXACT_PROXY, new Payment(Genesis.USDC).exact(BOB));
    }

    @Test
    void a_permit_sent_along_makes_the_approval_needless() {
        Payment payment = new Payment(Genesis.USDC);
        refuses(
                "Permit2612AmountMismatch()",
                CAROL,
                Genesis.EXACT_PROXY,
                payment.exactWithPermit(MOST, BigInteger.ZERO));
        assertThat(stage().send(CAROL, Genesis.EXACT_PROXY, payment.exactWithPermit(HUNDREDTH, BigInteger.ZERO))
                        .succeeded())
                .isTrue();
        assertThat(balance(Genesis.USDC, BOB)).isEqualTo(1_000_010_000);
    }

    @Test
    void a_permit_that_fails_is_told_and_the_payment_goes_on() {
        approve(Genesis.USDC, MOST);
        JsonNode log = stage().send(
                        CAROL,
                        Genesis.EXACT_PROXY,
                        new Payment(Genesis.USDC).exactWithPermit(HUNDREDTH, BigInteger.TEN))
                .logs()
                .get(0);
        assertThat(log.get("topics").get(0).asText())
                .isEqualTo(Words.wordHex(Signing.keccak("EIP2612PermitFailedWithReason(address,address,string)")));
        assertThat(balance(Genesis.USDC, BOB)).isEqualTo(1_000_010_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2_345, 10_000})
    void a_facilitator_takes_part_of_a_ceiling_once(long part) {
        approve(Genesis.USDT, MOST);
        Payment payment = new Payment(Genesis.USDT);
        String settle = payment.upto(BigInteger.valueOf(part));
        refuses("UnauthorizedFacilitator()", BOB, Genesis.UPTO_PROXY, settle);
        refuses("AmountExceedsPermitted()", CAROL, Genesis.UPTO_PROXY, payment.upto(BigInteger.valueOf(10_001)));
        refuses("InvalidAmount()", CAROL, Genesis.UPTO_PROXY, payment.upto(BigInteger.ZERO));
        assertThat(stage().send(CAROL, Genesis.UPTO_PROXY, settle).succeeded()).isTrue();
        assertThat(balance(Genesis.USDT, BOB)).isEqualTo(1_000_000_000 + part);
        refuses("InvalidNonce()", CAROL, Genesis.UPTO_PROXY, settle);
    }

    @Test
    void an_account_with_code_pays_through_permit2_if_its_code_says_yes() {
        approve(Genesis.USDC, MOST);
        String payment = new Payment(Genesis.USDC).exact(BOB);
        becomeWalletOf(BOB);
        refuses("InvalidContractSignature()", CAROL, Genesis.EXACT_PROXY, payment);
        becomeWalletOf(ALICE);
        assertThat(stage().send(CAROL, Genesis.EXACT_PROXY, payment).succeeded())
                .isTrue();
        assertThat(balance(Genesis.USDC, BOB)).isEqualTo(1_000_010_000);
    }

    /** Puts code at Alice's address that agrees to what {@code owner} signed, as EIP-7702 does. */
    private void becomeWalletOf(DevAccount owner) {
        stage().edit("anvil_setCode", ALICE.address(), "0x");
        String wallet = stage().create(owner, Abi.initCode("SmartWallet")).created();
        String code = stage().ask("eth_getCode", wallet, "latest").text();
        stage().edit("anvil_setCode", ALICE.address(), code);
    }

    private void approve(String token, BigInteger amount) {
        assertThat(stage().send(ALICE, token, approval(amount)).succeeded()).isTrue();
    }

    private static String approval(BigInteger amount) {
        return encode("approve", address(Genesis.PERMIT2), uint(amount));
    }

    private long balance(String token, DevAccount owner) {
        return Words.number(stage().call(ALICE.address(), token, encode("balanceOf", address(owner.address())))
                        .text())
                .longValueExact();
    }

    private boolean used() {
        String bitmap = stage().call(
                        ALICE.address(),
                        Genesis.PERMIT2,
                        encode("nonceBitmap", address(ALICE.address()), uint(NONCE.shiftRight(8))))
                .text();
        return Words.number(bitmap).testBit(NONCE.intValue() & 0xff);
    }

    /** The call fails with this error, named or given by its four bytes. */
    private void refuses(String error, DevAccount from, String to, String data) {
        JsonNode refusal = stage().call(from.address(), to, data).refusal();
        assertThat(refusal.get("data").asText()).startsWith(error.startsWith("0x") ? error : selector(error));
    }

    private static String selector(String function) {
        return Words.wordHex(Signing.keccak(function)).substring(0, 10);
    }
}
