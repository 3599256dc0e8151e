package waybill.routing;

import java.time.Duration;
import java.util.Locale;

/**
 * Why an attempt failed. Each kind answers what its readers ask, so that nobody keeps a set of kinds of their own.
 * Classified once, where the library that threw is known.
 */
public enum FailureKind {
    /** Too many requests; may say when it takes requests again. */
    RATE_LIMITED(Next.YES, Health.FLAKY, 10, Spent.NO),
    /** The account at the provider has run dry. */
    QUOTA_EXHAUSTED(Next.YES, Health.OUT, 300, Spent.NO),
    /** The provider has no capacity now. */
    OVERLOADED(Next.YES, Health.FLAKY, 5, Spent.NO),
    /** The provider broke, or something unknown happened. */
    SERVER_ERROR(Next.YES, Health.FLAKY, 1, Spent.NO),
    /** No answer, or no first token, in time. */
    TIMEOUT(Next.YES, Health.FLAKY, 2, Spent.MAYBE),
    /** The provider was never reached. */
    CONNECT(Next.YES, Health.FLAKY, 5, Spent.NO),
    /** An answer that is not one: broken JSON, no choices, a connection cut half-way. */
    MALFORMED(Next.YES, Health.FLAKY, 1, Spent.MAYBE),
    /** The key is wrong or may not do this. */
    AUTHENTICATION(Next.YES, Health.OUT, 300, Spent.NO),
    /** The wallet said no, or was asked for more than planned; no money moved and the provider is not at fault. */
    PAYMENT_REFUSED(Next.YES, Health.FINE, 0, Spent.NO),
    /** A payment went out and nobody knows yet whether it arrived; counted in full. */
    PAYMENT_UNKNOWN(Next.IF_AFFORDABLE, Health.FIRM, 60, Spent.MAYBE),
    /** The payment arrived and the answer did not. */
    PAID_BUT_FAILED(Next.IF_AFFORDABLE, Health.FIRM, 60, Spent.YES),
    /** The provider does not know the model. */
    MODEL_MISSING(Next.YES, Health.OUT, 300, Spent.NO),
    /** The prompt is longer than the model reads; a larger model may do. */
    CONTEXT_EXCEEDED(Next.YES, Health.FINE, 0, Spent.NO),
    /** A content filter said no. Nobody shops around for one that says yes. */
    CONTENT_REFUSED(Next.NO, Health.FINE, 0, Spent.NO),
    /** The model does not know a parameter of the request; another may. */
    UNSUPPORTED_PARAMETER(Next.YES, Health.FINE, 0, Spent.NO),
    /** The request is wrong and would be wrong everywhere. */
    BAD_REQUEST(Next.NO, Health.FINE, 0, Spent.NO),
    /** The model answered, and the answer did not pass the caller's check. */
    ANSWER_REJECTED(Next.YES, Health.FINE, 0, Spent.YES),
    /** Another attempt of the same call was first, and this one was given up. */
    OVERTAKEN(Next.NO, Health.FINE, 0, Spent.MAYBE),
    /** The caller gave up. */
    CANCELLED(Next.NO, Health.FINE, 0, Spent.MAYBE);

    private final Next next;
    private final Health health;
    private final Duration coolDown;
    private final Spent spent;

    FailureKind(Next next, Health health, long coolDownSeconds, Spent spent) {
        this.next = next;
        this.health = health;
        this.coolDown = Duration.ofSeconds(coolDownSeconds);
        this.spent = spent;
    }

    /** Another candidate may succeed where this one failed. */
    public boolean tryNext() {
        return next != Next.NO;
    }

    /** Another candidate may be tried only with the money of this attempt counted in full, and never in strict mode. */
    public boolean onlyIfAffordable() {
        return next == Next.IF_AFFORDABLE;
    }

    /** How long to leave the candidate alone after one such failure; doubles with each that follows. Zero: not at all. */
    public Duration coolDown() {
        return coolDown;
    }

    /** Counts against the candidate's health. */
    public boolean countsAgainstHealth() {
        return health != Health.FINE;
    }

    /** During the cool-down not even a last resort may use the candidate. */
    public boolean firm() {
        return health == Health.FIRM;
    }

    /** Soon over by itself: worth waiting for when the provider says how long and nobody else is left. */
    public boolean passing() {
        return this == RATE_LIMITED || this == OVERLOADED;
    }

    /** The attempt was charged. */
    public boolean charged() {
        return spent == Spent.YES;
    }

    /** The attempt may have been charged; until somebody knows, it counts in full. */
    public boolean mayBeCharged() {
        return spent == Spent.MAYBE;
    }

    /** The kind in words: "rate limited". */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private enum Next {
        YES,
        IF_AFFORDABLE,
        NO
    }

    private enum Health {
        FINE,
        FLAKY,
        OUT,
        FIRM
    }

    private enum Spent {
        NO,
        MAYBE,
        YES
    }
}
