package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.Buying.WIDE;
import static waybill.wallet.Buying.code;

import java.math.BigInteger;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;

class MemoryLedgerTest extends LedgerContract {
    /** It is the same code as over a file, whose test makes all 10,000. */
    @Override
    int tries() {
        return 2_000;
    }

    @Override
    Ledger openNew() {
        return MemoryLedger.open();
    }

    @Override
    Ledger openOther() {
        return MemoryLedger.open();
    }

    @Test
    void holds_no_money_of_a_chain_that_is_no_test_network() {
        Asset real = Assets.standard().find(new Network(8453), "USDC").orElseThrow();
        Instant now = clock.instant();
        try (MemoryLedger ledger = MemoryLedger.open()) {
            Purchase purchase =
                    Buying.purchase(ledger, "p", new Amount(real, BigInteger.ONE), ScriptedSeller.PAYEE, now);
            Reservation refused = ledger.reserve(purchase, WIDE, now);
            assertThat(code(refused)).isEqualTo(PaymentCode.NETWORK_NOT_ALLOWED);
            assertThat(refused.payment().reason()).contains("SqliteLedger");
            assertThat(ledger.awaitApproval("q", purchase.call(), purchase.amount(), purchase.payTo(), now, now))
                    .isInstanceOf(Reservation.Refused.class);
        }
    }
}
