package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.ApprovalSponsoring;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Exact;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.SigningKey;
import waybill.x402.TransferMethod;
import waybill.x402.VerifyResponse;

/** Gas is given to a payer for its approval, and to nobody for anything else. */
class SponsoredApprovalTest {
    private static final BigInteger GWEI = BigInteger.TEN.pow(9);
    private static final BigInteger GAS = ApprovalTransaction.SPONSORED_GAS;
    private static final Network NETWORK = new Network(Devnet.CHAIN_ID);
    private static final Permit2Contracts CONTRACTS = Permit2Contracts.CANONICAL;
    private static final Address SHOP = Address.parse("0x00000000000000000000000000000000000a11ce");

    private final SigningKey key = SigningKey.parse("0x" + "07".repeat(32));

    private Devnet devnet;
    private Chain chain;
    private Asset usdt;
    private Offer offer;
    private LocalFacilitator facilitator;

    @BeforeEach
    void open() throws Exception {
        devnet = Devnet.start();
        chain = Chain.inProcess(devnet.web3jService(), NETWORK);
        usdt = new Asset(NETWORK, Address.parse(devnet.usdt()), "USDT", 6, "", "", TransferMethod.PERMIT2);
        offer = Offer.exactByPermit2(Amount.parse("0.01", usdt), SHOP, 300);
        facilitator = sponsoring(GWEI.multiply(GWEI));
        giveTokens();
    }

    private LocalFacilitator sponsoring(BigInteger weiPerDay) {
        DevAccount gas = devnet.accounts().get(0);
        return new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(gas.privateKey(), chain),
                SettlementStore.inMemory(),
                Assets.of(List.of(usdt)),
                FacilitatorSettings.defaults()
                        .waiting(Duration.ofSeconds(5), Duration.ofMillis(20))
                        .sponsoring(weiPerDay),
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        facilitator.close();
        devnet.close();
    }

    /** A dollar of the token and no coin at all. */
    private void giveTokens() throws Exception {
        byte[] data =
                Abi.concat(Abi.selector("transfer(address,uint256)"), Abi.word(key.address()), Abi.word(1_000_000));
        byte[] signed = TransactionEncoder.signMessage(
                RawTransaction.createTransaction(
                        Devnet.CHAIN_ID,
                        BigInteger.ZERO,
                        BigInteger.valueOf(100_000),
                        devnet.usdt(),
                        BigInteger.ZERO,
                        org.web3j.utils.Numeric.toHexString(data),
                        GWEI,
                        GWEI.multiply(BigInteger.TEN)),
                Credentials.create(devnet.accounts().get(1).privateKey()));
        assertThat(chain.broadcast(signed)).isNull();
        assertThat(devnet.balanceOf(devnet.usdt(), key.address().toString())).isEqualTo(1_000_000);
    }

    private PaymentPayload payment(BigInteger gasLimit, BigInteger maxFee, long nonce) {
        Permit2Exact permit = new Permit2Exact(
                key.address(),
                usdt.address(),
                new BigInteger(offer.amount()),
                CONTRACTS.exactProxy(),
                BigInteger.valueOf(7),
                BigInteger.valueOf(Instant.now().getEpochSecond() + 300),
                SHOP,
                BigInteger.ZERO);
        ApprovalTransaction approval = new ApprovalTransaction(
                NETWORK,
                usdt.address(),
                CONTRACTS.permit2(),
                permit.amount(),
                BigInteger.valueOf(nonce),
                gasLimit,
                maxFee,
                BigInteger.ZERO);
        ApprovalSponsoring brought = new ApprovalSponsoring(
                key.address(), usdt.address(), CONTRACTS.permit2(), permit.amount(), approval.raw(key.sign(approval)));
        return new PaymentPayload(
                offer,
                new SchemePayload.Permit2(key.sign(permit, NETWORK, CONTRACTS).toHex(), permit),
                null,
                Map.of(ApprovalSponsoring.KEY, Map.of("info", brought.info())));
    }

    @Test
    void sends_an_approval_whose_payer_has_no_coin_and_gives_no_more_than_it_takes() {
        BigInteger fee = GWEI.multiply(BigInteger.TWO);
        SettlementResponse settled = facilitator.settle(payment(GAS, fee, 0), offer);

        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(devnet.balanceOf(devnet.usdt(), SHOP.toString())).isEqualTo(10_000);
        assertThat(chain.balance(key.address())).isLessThan(GAS.multiply(fee));
    }

    @ParameterizedTest
    @CsvSource({
        "70000, 100, 0", // what is not burnt would stay with the payer
        "70000, 9, 0",
        "120000, 2, 0",
        "70000, 2, 1" // would wait for ever behind another transaction
    })
    void gives_nothing_for_an_approval_that_asks_for_more_than_it_takes(long gasLimit, long gwei, long nonce) {
        PaymentPayload payment = payment(BigInteger.valueOf(gasLimit), GWEI.multiply(BigInteger.valueOf(gwei)), nonce);

        VerifyResponse verdict = facilitator.verify(payment, offer);
        assertThat(verdict.valid()).isFalse();
        assertThat(verdict.reason()).isEqualTo("erc20_approval_tx_failed");
        assertThat(facilitator.settle(payment, offer).success()).isFalse();
        assertThat(chain.balance(key.address())).isZero();
    }

    @Test
    void sends_no_coin_to_payers_unless_an_operator_says_how_much() {
        PaymentPayload payment = payment(GAS, GWEI.multiply(BigInteger.TWO), 0);
        try (LocalFacilitator usual = sponsoring(BigInteger.ZERO)) {
            assertThat(usual.supported().extensions()).doesNotContain(ApprovalSponsoring.KEY);
            assertThat(usual.verify(payment, offer).reason()).isEqualTo("erc20_approval_tx_failed");
            assertThat(usual.settle(payment, offer).success()).isFalse();
        }
        assertThat(facilitator.supported().extensions()).contains(ApprovalSponsoring.KEY);
        assertThat(FacilitatorSettings.defaults().sponsoredWeiPerDay()).isZero();
        assertThat(FacilitatorSettings.defaultsOn(chain).sponsoredWeiPerDay()).isEqualTo(GWEI.multiply(GWEI));
        assertThat(chain.balance(key.address())).isZero();
    }

    @Test
    void sends_no_more_coin_in_a_day_than_an_operator_said() {
        PaymentPayload payment = payment(GAS, GWEI.multiply(BigInteger.TWO), 0);
        BigInteger needed = GAS.multiply(GWEI).multiply(BigInteger.TWO);
        try (LocalFacilitator poor = sponsoring(needed.subtract(BigInteger.ONE))) {
            SettlementResponse refused = poor.settle(payment, offer);
            assertThat(refused.errorMessage()).contains("in a day").contains("used up");
        }
        assertThat(chain.balance(key.address())).isZero();

        Instant start = Instant.parse("2026-01-01T00:59:00Z");
        for (int hours : new int[] {1, 24}) {
            Instant[] now = {start};
            CoinForPayers coin = new CoinForPayers(BigInteger.TEN, clock(now));
            assertThat(coin.take(BigInteger.TEN)).isTrue();
            now[0] = start.plus(Duration.ofHours(hours));
            assertThat(coin.take(BigInteger.ONE)).as("%d hours later", hours).isFalse();
            now[0] = start.plus(Duration.ofHours(25));
            assertThat(coin.take(BigInteger.TEN)).isTrue();
            now[0] = start; // a clock that goes back refills nothing
            assertThat(coin.take(BigInteger.ONE)).isFalse();
        }
    }

    private static Clock clock(Instant[] now) {
        return new Clock() {
            @Override
            public Instant instant() {
                return now[0];
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException("this clock is UTC");
            }
        };
    }
}
