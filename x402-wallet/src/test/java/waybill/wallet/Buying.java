package waybill.wallet;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.TransferAuthorization;

/** Purchases for tests that talk to the ledger itself. */
final class Buying {
    static final Limits WIDE = limits(1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000, null);

    private Buying() {}

    static Call call(String name) {
        return new Call(name, Fixture.SIGNER.address(), "GET", URI.create("https://api.example.com/" + name), Map.of());
    }

    static Purchase purchase(Ledger ledger, String id, Amount amount, Address payTo, Instant now) {
        TransferAuthorization authorization = new TransferAuthorization(
                Fixture.SIGNER.address(),
                payTo,
                amount.atomic(),
                BigInteger.ZERO,
                BigInteger.valueOf(now.getEpochSecond() + 120),
                ledger.nonce(id));
        return new Purchase(id, call(id), amount, payTo, authorization);
    }

    static Reservation reserve(Ledger ledger, String id, String dollars, Limits limits, Instant now) {
        Purchase purchase = purchase(ledger, id, Fixture.usdc(dollars), ScriptedSeller.PAYEE, now);
        return ledger.reserve(purchase, limits, now);
    }

    /** Why it was refused, or null. */
    static @Nullable PaymentCode code(Reservation reservation) {
        return reservation instanceof Reservation.Refused refused
                ? refused.payment().code()
                : null;
    }

    static PaymentRecord settle(Ledger ledger, String id, Instant now) {
        ledger.send(id, "header of " + id, now);
        ledger.move(id, new Step.Settled(ScriptedSeller.TRANSACTION, false), now);
        return ledger.callEnded(id, true, now);
    }

    static Limits perDay(String dollars) {
        long micros = Dollars.limit(new BigDecimal(dollars));
        return limits(micros, micros, micros, micros, 1_000_000, null);
    }

    /** The wallet-wide limits, in millionths of a dollar, with nobody to ask. */
    static Limits limits(
            long perPayment, long firstPayment, long perHour, long perDay, int perMinute, @Nullable Address payee) {
        return new Limits(
                perPayment,
                firstPayment,
                Long.MAX_VALUE,
                payee,
                List.of(
                        new Limit(Scope.WALLET, Limit.Measure.DOLLARS, Window.DAY, perDay, "per-day"),
                        new Limit(Scope.WALLET, Limit.Measure.DOLLARS, Window.HOUR, perHour, "per-hour"),
                        Limit.payments(Scope.WALLET, Window.MINUTE, perMinute, "per-minute")));
    }
}
