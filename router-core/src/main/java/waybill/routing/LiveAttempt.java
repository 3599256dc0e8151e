package waybill.routing;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import waybill.routing.Patience.Limit;

/** An attempt under way, as the machine sees it: since when, how far, and when its time is up. */
final class LiveAttempt {

    final int number;
    final Choice choice;
    private final Instant startedAt;
    private final Patience patience;
    private @Nullable Instant trickledAt;
    private @Nullable Instant firstContentAt;
    private @Nullable Instant heardAt;

    LiveAttempt(int number, Choice choice, Instant startedAt, Patience patience) {
        this.number = number;
        this.choice = choice;
        this.startedAt = startedAt;
        this.patience = patience;
    }

    String candidate() {
        return choice.candidate();
    }

    Instant startedAt() {
        return startedAt;
    }

    boolean committed() {
        return firstContentAt != null;
    }

    void trickled(Instant now) {
        if (trickledAt == null) {
            trickledAt = now;
        }
    }

    void firstContent(Instant now) {
        if (firstContentAt == null) {
            firstContentAt = now;
            heard(now);
        }
    }

    void heard(Instant at) {
        if (heardAt == null || at.isAfter(heardAt)) {
            heardAt = at;
        }
    }

    /** When it is too late, and for what; null when nothing limits it as things stand. */
    @Nullable
    Limit limit() {
        return Limit.earlier(
                limit(startedAt, patience.answer(), "no answer within "), committed() ? idle() : beforeTheCommit());
    }

    private @Nullable Limit idle() {
        return heardAt == null ? null : limit(heardAt, patience.idle(), "the stream was silent for ");
    }

    private @Nullable Limit beforeTheCommit() {
        Patience.Pace pace = patience.pace();
        return trickledAt == null || pace == null
                ? limit(startedAt, patience.firstContent(), "no content within ")
                : limit(trickledAt, pace.within(), "fewer than " + pace.characters() + " characters within ");
    }

    private static @Nullable Limit limit(Instant from, @Nullable Duration time, String words) {
        return time == null ? null : new Limit(from.plus(time), words + time);
    }

    /** The attempt as the receipt has it, ended now. */
    Attempt ended(@Nullable Failure failure, @Nullable Usage usage, Cost cost, Instant now) {
        Instant first = firstContentAt;
        return new Attempt(
                candidate(),
                failure == null ? null : failure.kind(),
                failure == null ? null : failure.message(),
                Duration.between(startedAt, now),
                first == null ? null : Duration.between(startedAt, first),
                usage,
                cost);
    }

    /** What an answer cost: by its price, or what the provider says where that is more. */
    Cost charge(@Nullable Usage usage) {
        Cost computed = computed(usage);
        BigDecimal told = usage == null ? null : usage.toldUsd();
        return told == null || told.compareTo(computed.usd()) <= 0
                ? computed
                : new Cost(Dollars.plain(told), computed.basis());
    }

    private Cost computed(@Nullable Usage usage) {
        if (!choice.price().known()) {
            return new Cost(BigDecimal.ZERO, Cost.Basis.UNKNOWN);
        }
        if (usage != null || choice.price() instanceof Price.PerCall) {
            Usage counted = usage == null ? Usage.of(0, 0) : usage;
            return Cost.exact(choice.price().charge(counted).orElseThrow());
        }
        BigDecimal expected = BigDecimal.valueOf(choice.worth().price()).setScale(9, RoundingMode.HALF_UP);
        return new Cost(Dollars.plain(expected), Cost.Basis.ESTIMATED);
    }

    /** What a failure cost, or may have cost. */
    Cost lost(Failure failure) {
        FailureKind kind = failure.kind();
        if (!kind.charged() && !kind.mayBeCharged()) {
            return Cost.NONE;
        }
        BigDecimal amount = failure.paid() == null ? choice.maxCost() : failure.paid();
        if (amount == null) {
            return new Cost(BigDecimal.ZERO, Cost.Basis.UNKNOWN);
        }
        return new Cost(amount, kind.charged() ? Cost.Basis.EXACT : Cost.Basis.HELD);
    }
}
