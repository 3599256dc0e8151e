package waybill.wallet;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * One limit and how much of it is used now. Dollars, or a number of payments.
 *
 * @param property which property sets it, without its prefix {@code waybill.wallet.}
 * @param scope what is counted together; {@link Scope#WALLET} for everything
 * @param value the host, payee or tag that it is the budget of; empty for the wallet
 * @param measure what is counted
 * @param limit the most
 * @param used held, or spent within the window; null for a limit on a single payment, of which nothing is used up
 * @param left what may still be paid under it; the limit itself for a limit on a single payment
 */
public record Budget(
        String property,
        Scope scope,
        String value,
        Limit.Measure measure,
        BigDecimal limit,
        @Nullable BigDecimal used,
        BigDecimal left) {}
