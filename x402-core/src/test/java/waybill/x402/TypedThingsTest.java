package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The published vectors of what is signed beside a transfer. */
class TypedThingsTest {
    private static final SigningKey PAYER = Eip3009Test.PAYER;
    private static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    private static final Address FACILITATOR = Address.parse("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
    private static final Network NETWORK = new Network(84532);
    private static final BigInteger AMOUNT = BigInteger.valueOf(10000);
    private static final BigInteger DEADLINE = BigInteger.valueOf(1893456000);
    private static final BigInteger NONCE = new BigInteger("11".repeat(32), 16);
    private static final Permit2Contracts PERMIT2 = Permit2Contracts.CANONICAL;

    static final Permit2Exact EXACT = new Permit2Exact(
            PAYER.address(),
            Eip3009Test.USDC.address(),
            AMOUNT,
            PERMIT2.exactProxy(),
            NONCE,
            DEADLINE,
            PAYEE,
            BigInteger.ZERO);
    static final Permit2Upto UPTO = new Permit2Upto(
            PAYER.address(),
            Eip3009Test.USDC.address(),
            AMOUNT,
            PERMIT2.uptoProxy(),
            NONCE,
            DEADLINE,
            PAYEE,
            FACILITATOR,
            BigInteger.ZERO);
    static final Permit PERMIT = new Permit(PAYER.address(), PERMIT2.permit2(), AMOUNT, BigInteger.ZERO, DEADLINE);

    @Test
    void exact_by_permit2_agrees_with_the_published_vector() {
        assertThat(Eip712.permit2Domain(NETWORK, PERMIT2.permit2()))
                .hasToString("0x010f27a92fb9a32622f44f001dc4d15706a85b33499cfc2ce9033113ab26592c");
        assertThat(EXACT.structHash())
                .hasToString("0x0b9e4d2fca562877081eb2170c8c9ed86a68c29e2885fb866ab787bc5bc6f75d");
        assertThat(EXACT.digest(NETWORK, PERMIT2))
                .hasToString("0xa01f91394db0900c05b28a27e22cb6614fe4e80182711e27b4754a9a61c24952");
        assertThat(PAYER.sign(EXACT, NETWORK, PERMIT2).toHex())
                .isEqualTo("0x6748cfb5f3c050788988e77a3ac3d5a6aa7909a4a39a9bb01ec2c3d89a7d159e"
                        + "473ecaf677ad50cc2d9a40962ee94bd11edee37b193275a19aeaf5429a6a5a4a1c");
    }

    @Test
    void upto_agrees_with_the_published_vector() {
        assertThat(UPTO.structHash()).hasToString("0x48e300b686c218c78960e7617c1c5d132d7caf1481c81612965c5221ecbffa4f");
        assertThat(UPTO.digest(NETWORK, PERMIT2))
                .hasToString("0x9172b673d7e4be5225a5d835c6f8f0e956a5521cbd79c1e774a4eedda719090f");
        assertThat(PAYER.sign(UPTO, NETWORK, PERMIT2).toHex())
                .isEqualTo("0x57378247fdf9a3fa1a6f6c28beecf3db634edda506943f7592f10651f7abd484"
                        + "531b2e25e0d4fc0825e3a3582bc9c811c1314ab8d27735ba65197317ce6bcc901c");
    }

    @Test
    void a_permit_agrees_with_the_published_vector() {
        assertThat(PERMIT.structHash())
                .hasToString("0x490b28004546c9adc5274dffaf8d7979845b69676c5f6c88cb9e53a32367a337");
        assertThat(PERMIT.digest(Eip3009Test.USDC))
                .hasToString("0xa9efed9e997fcbfc14de8dd69231a5aa20e97d19d5c925ea091491c80d5bb408");
        assertThat(PAYER.sign(PERMIT, Eip3009Test.USDC).toHex())
                .isEqualTo("0xbf7e680bf734b14307d725c1f06705a3a842dbb7540ba2ef1277475cd8783de5"
                        + "7f19549370a8f8e0f021e29413a50bd15d91f65988b64036f40e94343f5b6fa91c");
    }

    @Test
    void its_types_hash_to_the_published_values() {
        assertThat(Eip712.typeHash(
                        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"))
                .hasToString("0x6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9");
        assertThat(Permit2Transfer.typeHash("Witness(address to,uint256 validAfter)"))
                .hasToString("0xebc156cd23678a74c94df13d772ef5478420637f0c94bd10d509e1dc98f521c7");
        assertThat(Permit2Transfer.typeHash("Witness(address to,address facilitator,uint256 validAfter)"))
                .hasToString("0x51dff6974ad4388c499e7fcfe838d2bd767162553a144098ce20ea661d70c2ee");
    }

    @Test
    void offers_and_receipts_have_the_published_domains() {
        assertThat(Eip712.plainDomain("x402 offer"))
                .hasToString("0x5dc92544087ab60aa57c539b9543f9282416b0dcf2c2ae0d4d0051052a9e61b6");
        assertThat(Eip712.plainDomain("x402 receipt"))
                .hasToString("0xfd7f8c81cdd24b25c99ba22e191cee41d8809abbc12e8fdbd42fddfa5bb9e406");
    }

    @Test
    void a_key_signs_only_for_itself_and_only_for_the_proxy_of_the_scheme() {
        SigningKey other = SigningKey.parse("0x" + "22".repeat(32));
        assertThatThrownBy(() -> other.sign(EXACT, NETWORK, PERMIT2)).hasMessageContaining("asked to sign for");
        assertThatThrownBy(() -> other.sign(UPTO, NETWORK, PERMIT2)).hasMessageContaining("asked to sign for");
        assertThatThrownBy(() -> other.sign(PERMIT, Eip3009Test.USDC)).hasMessageContaining("asked to sign for");
        Permit2Contracts elsewhere = new Permit2Contracts(PERMIT2.permit2(), FACILITATOR, FACILITATOR);
        assertThatThrownBy(() -> PAYER.sign(EXACT, NETWORK, elsewhere)).hasMessageContaining("not for the proxy");
        assertThatThrownBy(() -> PAYER.sign(UPTO, NETWORK, elsewhere)).hasMessageContaining("not for the proxy");
    }

    @Test
    void a_token_without_a_domain_signs_nothing_itself() {
        Asset usdt = new Asset(NETWORK, PAYEE, "USDT", 6, "", "", TransferMethod.PERMIT2);
        assertThatThrownBy(() -> PERMIT.digest(usdt)).hasMessageContaining("no EIP-712 domain");
        assertThatThrownBy(() -> new Asset(NETWORK, PAYEE, "USDT", 6, "", "", TransferMethod.EIP3009))
                .hasMessageContaining("EIP-3009");
        assertThat(Offer.exact(new Amount(usdt, AMOUNT), PAYEE, 60).extra()).containsOnlyKeys("assetTransferMethod");
    }

    @Test
    void an_approval_is_read_back_and_nothing_else_passes_for_one() {
        ApprovalTransaction approval = new ApprovalTransaction(
                NETWORK,
                Eip3009Test.USDC.address(),
                PERMIT2.permit2(),
                ApprovalTransaction.UNLIMITED,
                BigInteger.valueOf(7),
                ApprovalTransaction.SPONSORED_GAS,
                BigInteger.valueOf(1_000_000_000),
                BigInteger.valueOf(100_000_000));
        String raw = approval.raw(PAYER.sign(approval));
        SignedTransaction read = SignedTransaction.parse(raw);
        assertThat(read.approval()).contains(approval);
        assertThat(read.sender()).isEqualTo(PAYER.address());
        assertThat(read.to()).isEqualTo(approval.token());
        assertThat(read.raw()).isEqualTo(raw);

        UnaryOperator<String> transfer = hex -> hex.replace("095ea7b3", "a9059cbb");
        assertThat(SignedTransaction.parse(transfer.apply(raw)).approval()).isEmpty();
        assertThat(SignedTransaction.parse(transfer.apply(raw)).sender()).isNotEqualTo(PAYER.address());
        String dirtyWord = raw.replace("095ea7b3" + "00".repeat(12), "095ea7b3" + "00".repeat(11) + "01");
        assertThat(SignedTransaction.parse(dirtyWord).approval()).isEmpty();
    }

    @Test
    void what_is_no_transaction_is_refused_in_words() {
        for (String hex : new String[] {
            "",
            "0x",
            "0x02",
            "0x01c0",
            "0x02c0",
            "0x02c180",
            "0xzz",
            "0x02" + "00".repeat(2000),
            "0x02f8",
            "0x02ff",
            "0x02b90000"
        }) {
            assertThatThrownBy(() -> SignedTransaction.parse(hex)).as(hex).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
