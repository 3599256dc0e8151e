package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a router has learnt: each candidate's health, and who answered which conversation. The router's one mutable
 * state; plans see only its snapshots. Safe for use by many threads.
 */
final class Memory {

    private static final double WEIGHT_OF_ONE = 0.2;
    private static final Duration FAILURES_HALVE_IN = Duration.ofSeconds(60);
    private static final Duration LONGEST_COOL_DOWN = Duration.ofMinutes(2);
    private static final int ANSWERS_REMEMBERED = 20;
    private static final int CONVERSATIONS_REMEMBERED = 10_000;

    private final Map<String, Health> healths = new ConcurrentHashMap<>();
    private final Map<String, String> conversations = new Recent();
    private final boolean coolDowns;

    /** A memory that leaves candidates alone after failures, or not. */
    Memory(boolean coolDowns) {
        this.coolDowns = coolDowns;
    }

    <M> Snapshot snapshot(List<Candidate<M>> candidates, Instant now) {
        return new Snapshot(
                candidates.stream()
                        .map(c -> health(c.name()).standing(c.name(), c.profile(), now))
                        .toList(),
                now);
    }

    void started(String candidate) {
        change(candidate, health -> health.inFlight(+1));
    }

    /** The attempt has really ended, at its candidate too. */
    void released(String candidate) {
        change(candidate, health -> health.inFlight(-1));
    }

    void answered(String candidate, Duration duration, Instant now) {
        change(candidate, health -> health.answered(duration, now));
    }

    void failed(String candidate, Failure failure, Instant now) {
        if (failure.kind().countsAgainstHealth()) {
            change(candidate, health -> coolDowns ? health.failed(failure, now) : health.flawed(now));
        }
    }

    void remember(String conversation, String candidate) {
        synchronized (conversations) {
            conversations.put(conversation, candidate);
        }
    }

    Optional<String> recall(String conversation) {
        synchronized (conversations) {
            return Optional.ofNullable(conversations.get(conversation));
        }
    }

    private Health health(String candidate) {
        return healths.getOrDefault(candidate, Health.FRESH);
    }

    private void change(String candidate, UnaryOperator<Health> change) {
        healths.compute(candidate, (name, health) -> change.apply(health == null ? Health.FRESH : health));
    }

    /**
     * One candidate's health.
     *
     * @param failRate share of recent attempts that failed, as of {@code failRateAt}; fades towards the prior with time
     * @param row failures in a row, which double the cool-down
     */
    private record Health(
            int inFlight,
            double failRate,
            Instant failRateAt,
            int row,
            double seconds,
            int answers,
            Standing.@Nullable CoolDown coolDown) {

        static final Health FRESH = new Health(0, Standing.FAIL_PRIOR, Instant.EPOCH, 0, 0, 0, null);

        Health inFlight(int change) {
            return new Health(Math.max(0, inFlight + change), failRate, failRateAt, row, seconds, answers, coolDown);
        }

        Health answered(Duration duration, Instant now) {
            double took = duration.toNanos() / 1e9;
            double mean = answers == 0 ? took : seconds + WEIGHT_OF_ONE * (took - seconds);
            return new Health(inFlight, rate(now, 0), now, 0, mean, Math.min(ANSWERS_REMEMBERED, answers + 1), null);
        }

        Health failed(Failure failure, Instant now) {
            return new Health(
                    inFlight, rate(now, 1), now, row + 1, seconds, answers, longer(coolDownFor(failure, now)));
        }

        /** Failed without a cool-down. */
        Health flawed(Instant now) {
            return new Health(inFlight, rate(now, 1), now, row, seconds, answers, null);
        }

        private Standing.CoolDown coolDownFor(Failure failure, Instant now) {
            FailureKind kind = failure.kind();
            Duration named = failure.retryAfter();
            if (named != null) {
                return new Standing.CoolDown(kind, now.plus(named), true);
            }
            Duration doubled = kind.coolDown().multipliedBy(1L << Math.min(row, 7));
            Duration longest = LONGEST_COOL_DOWN.compareTo(kind.coolDown()) > 0 ? LONGEST_COOL_DOWN : kind.coolDown();
            Duration down = doubled.compareTo(longest) > 0 ? longest : doubled;
            return new Standing.CoolDown(kind, now.plus(down), kind.firm());
        }

        /** Two attempts may fail side by side: the longer cool-down holds. */
        private Standing.CoolDown longer(Standing.CoolDown down) {
            return coolDown != null && coolDown.until().isAfter(down.until()) ? coolDown : down;
        }

        Standing standing(String name, Profile profile, Instant now) {
            boolean cooling = coolDown != null && coolDown.until().isAfter(now);
            return new Standing(
                    name, profile, faded(now), seconds, answers, inFlight, cooling ? coolDown : null, Belief.NONE);
        }

        private double rate(Instant now, double outcome) {
            double faded = faded(now);
            return faded + WEIGHT_OF_ONE * (outcome - faded);
        }

        private double faded(Instant now) {
            double halves =
                    Math.max(0, Duration.between(failRateAt, now).toMillis()) / (double) FAILURES_HALVE_IN.toMillis();
            return Standing.FAIL_PRIOR + (failRate - Standing.FAIL_PRIOR) * StrictMath.pow(0.5, halves);
        }
    }

    /** Forgets the conversation that has been quiet longest. */
    private static final class Recent extends LinkedHashMap<String, String> {
        private static final long serialVersionUID = 1L;

        Recent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > CONVERSATIONS_REMEMBERED;
        }
    }
}
