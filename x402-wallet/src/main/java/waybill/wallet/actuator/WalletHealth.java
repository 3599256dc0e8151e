package waybill.wallet.actuator;

import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import waybill.wallet.LedgerException;
import waybill.wallet.Wallet;

/**
 * Out of service while the wallet would refuse every payment: frozen by a person, or with a ledger that cannot be used.
 * Being out of budget is healthy. Thread-safe.
 */
public final class WalletHealth implements HealthIndicator {
    private final Wallet wallet;

    /** Watches {@code wallet}. */
    public WalletHealth(Wallet wallet) {
        this.wallet = wallet;
    }

    @Override
    public Health health() {
        try {
            Optional<String> frozen = wallet.frozen();
            return frozen.isEmpty()
                    ? Health.up().build()
                    : Health.outOfService().withDetail("frozen", frozen.get()).build();
        } catch (LedgerException e) {
            return Health.outOfService()
                    .withDetail("ledger", String.valueOf(e.getMessage()))
                    .build();
        }
    }
}
