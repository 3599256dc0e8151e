package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a router has learnt: each candidate's health, and who answered which conversation. The router's one mutable
 * state; plans see only its snapshots. Safe for use by many threads.
 */
final class Memory {

    private static final double WEIGHT_OF_ONE = 0.2;
    private static final Duration HALVES_IN = Duration.ofSeconds(60);
    private static final Duration LONGEST_COOL_DOWN = Duration.ofMinutes(2);
    private static final int ANSWERS_REMEMBERED = 20;
    private static final int CONVERSATIONS_REMEMBERED = 10_000;

    private final Map<String, Health> healths = new ConcurrentHashMap<>();
    private final Map<String, String> conversations = new Recent();
    private final boolean coolDowns;
    private final SpendCaps caps;
    private final @Nullable Pace pace;
    private final LongSupplier seeds;

    /** A memory that leaves candidates alone after failures, or not; without budget or caps. */
    Memory(boolean coolDowns) {
        this(coolDowns, new SpendCaps(List.of()), null, () -> 0);
    }

    /**
     * @param pace solves the router's budget; null when it has none
     * @param seeds what each snapshot gets its seed from
     */
    Memory(boolean coolDowns, SpendCaps caps, @Nullable Pace pace, LongSupplier seeds) {
        this.coolDowns = coolDowns;
        this.caps = caps;
        this.pace = pace;
        this.seeds = seeds;
    }

    <M> Snapshot snapshot(List<Candidate<M>> candidates, Instant now) {
        Standing[] standings = new Standing[candidates.size()];
        for (int i = 0; i < standings.length; i++) {
            Candidate<M> candidate = candidates.get(i);
            standings[i] = health(candidate.name()).standing(candidate.name(), candidate.profile(), now);
        }
        return new Snapshot(
                List.of(standings), now, seeds.getAsLong(), pace == null ? null : pace.value(), caps.used(now));
    }

    /** The purse of a call that starts now. */
    Purse purse() {
        return caps.purse();
    }

    /** A call is over and cost this. */
    void closed(Plan plan, Cost cost) {
        if (pace != null) {
            boolean governed = plan.call().objective().name().equals(Objective.BUDGET);
            pace.add(plan, cost, governed);
        }
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
     * @param answers what the mean of {@code seconds} rests on, as of {@code answersAt}; fades with time
     */
    private record Health(
            int inFlight,
            double failRate,
            Instant failRateAt,
            int row,
            double seconds,
            double answers,
            Instant answersAt,
            Standing.@Nullable CoolDown coolDown) {

        static final Health FRESH = new Health(0, Standing.FAIL_PRIOR, Instant.EPOCH, 0, 0, 0, Instant.EPOCH, null);

        Health inFlight(int change) {
            return new Health(
                    Math.max(0, inFlight + change), failRate, failRateAt, row, seconds, answers, answersAt, coolDown);
        }

        Health answered(Duration duration, Instant now) {
            double took = duration.toNanos() / 1e9;
            double before = answers * left(answersAt, now);
            double mean = seconds + Math.max(WEIGHT_OF_ONE, 1 / (before + 1)) * (took - seconds);
            double counted = Math.min(ANSWERS_REMEMBERED, before + 1);
            return new Health(inFlight, rate(now, 0), now, 0, mean, counted, now, null);
        }

        Health failed(Failure failure, Instant now) {
            return new Health(
                    inFlight,
                    rate(now, 1),
                    now,
                    row + 1,
                    seconds,
                    answers,
                    answersAt,
                    longer(coolDownFor(failure, now)));
        }

        /** Failed without a cool-down. */
        Health flawed(Instant now) {
            return new Health(inFlight, rate(now, 1), now, row, seconds, answers, answersAt, null);
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
                    name,
                    profile,
                    faded(now),
                    seconds,
                    answers == 0 ? 0 : answers * left(answersAt, now),
                    inFlight,
                    cooling ? coolDown : null,
                    Belief.NONE);
        }

        private double rate(Instant now, double outcome) {
            double faded = faded(now);
            return faded + WEIGHT_OF_ONE * (outcome - faded);
        }

        private double faded(Instant now) {
            double above = failRate - Standing.FAIL_PRIOR;
            return above == 0 ? Standing.FAIL_PRIOR : Standing.FAIL_PRIOR + above * left(failRateAt, now);
        }

        /** The share that is left of what was seen then. */
        private static double left(Instant then, Instant now) {
            double halves = Math.max(0, Duration.between(then, now).toMillis()) / (double) HALVES_IN.toMillis();
            return StrictMath.pow(0.5, halves);
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
