package waybill.wallet;

import java.time.Instant;

/**
 * A question to a person that has not been answered and has not run out.
 *
 * @param payment in state AWAITING_APPROVAL
 * @param until after which silence is no
 */
public record Approval(PaymentRecord payment, Instant until) {}
