package waybill.demo;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of the router, as told afterwards: what was chosen and why, who was tried, what was paid.
 *
 * @param number from 1, in order
 * @param section the part of the report it was made for
 * @param model the candidate that answered; absent when none did
 * @param why one sentence
 * @param plan the choices in order
 * @param excluded who could not serve, and why
 * @param attempts in order
 * @param cost in dollars, as the router's receipt says
 */
record ModelCall(
        int number,
        String section,
        Instant at,
        Duration took,
        @Nullable String model,
        String why,
        List<Choice> plan,
        List<Excluded> excluded,
        List<Attempt> attempts,
        BigDecimal cost,
        int inputTokens,
        int outputTokens) {

    /** One line of the plan: chances are fractions, money is in dollars. */
    record Choice(String candidate, double worth, double answersWell, double price, double seconds) {}

    /** A candidate that a rule left out. */
    record Excluded(String candidate, String reason) {}

    /** One try at one candidate. */
    record Attempt(String candidate, boolean answered, String outcome, Duration took, @Nullable Payment payment) {}

    /**
     * A line of the ledger.
     *
     * @param amount in dollars, 1 USDC taken as 1 dollar
     * @param transaction the settling transaction's hash, when there is one
     * @param reason why a held amount is free again; empty otherwise
     */
    record Payment(
            String id, String state, BigDecimal amount, String token, @Nullable String transaction, String reason) {
        boolean settled() {
            return state.equals("SETTLED");
        }
    }

    ModelCall {
        plan = List.copyOf(plan);
        excluded = List.copyOf(excluded);
        attempts = List.copyOf(attempts);
    }

    /** What a provider that is paid by key bills for it; zero when a payment was made or tried. */
    BigDecimal billed() {
        return attempts.stream().anyMatch(a -> a.payment() != null) ? BigDecimal.ZERO : cost;
    }

    /** What it cost: what was settled, or what a key is billed. */
    BigDecimal price() {
        return paid().add(billed());
    }

    /** What was paid for it and settled. */
    BigDecimal paid() {
        return attempts.stream()
                .map(Attempt::payment)
                .filter(p -> p != null && p.settled())
                .map(p -> p == null ? BigDecimal.ZERO : p.amount())
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
