package waybill.testing.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import waybill.routing.FailureKind;
import waybill.routing.RoutingException;
import waybill.routing.Snapshot;
import waybill.routing.Standing;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.Outcome;

/**
 * A caller who leaves while the first provider is silent, in each phase: the caller is let go at once, the provider sees
 * it go, nobody else is asked, nobody is blamed, and nothing is heard afterwards.
 */
final class Leaving {

    /** What a call that does not let go would take at least: the limits here are virtual and never pass. */
    private static final Duration LONG = Duration.ofSeconds(20);

    private final List<String> complaints = new ArrayList<>();
    private long callerMillis;
    private long providerMillis;

    private Leaving() {}

    static Leaving of(Way way, Fault.Phase phase) throws InterruptedException {
        Leaving leaving = new Leaving();
        try (Stage stage = new Stage(way, Company.ANOTHER, LONG, LONG)) {
            leaving.play(stage, way, phase);
        }
        return leaving;
    }

    static boolean concerns(Way way, Fault.Phase phase) {
        boolean early = phase != Fault.Phase.SAYING;
        return way.letsGo() && (way.leavesEarly() || !early) && (way.streams() || phase != Fault.Phase.OPENED);
    }

    List<String> complaints() {
        return complaints;
    }

    /** How long the caller waited after having cancelled. */
    long callerMillis() {
        return callerMillis;
    }

    /** How long the provider went on before it saw the connection closed. */
    long providerMillis() {
        return providerMillis;
    }

    private void play(Stage stage, Way way, Fault.Phase phase) throws InterruptedException {
        Answer said = Answer.text(Fault.BEGUN);
        int tokens = phase == Fault.Phase.SAYING ? 2 : 0;
        stage.first.answer(Stage.FIRST, phase == Fault.Phase.WAITING ? Answer.hang() : said.stallAfter(tokens));
        Runnable cancel = stage.call();
        if (!stage.awaitFirstRequest() || (way.streams() && !stage.heard.awaitTokens(tokens, LONG))) {
            complaints.add("did not begin");
        }
        stage.heard.cancelled();
        long start = System.nanoTime();
        cancel.run();
        if (stage.heard.isAwaited()) {
            judgeEnd(stage);
        } else if (stage.heard.heardAfterTheCancel()) {
            complaints.add("is heard after the cancel");
        }
        callerMillis = millisSince(start);
        ModelRequest request = stage.first.requests().get(0);
        Optional<Outcome> outcome = stage.outcome(request);
        providerMillis = millisSince(start);
        if (!outcome.equals(Optional.of(Outcome.CLIENT_LEFT))) {
            complaints.add("the provider saw " + outcome + " instead of the client's leaving");
        }
        complaints.addAll(stage.leftBehind());
        if (stage.requests().size() != 1) {
            complaints.add("makes " + stage.requests().size() + " requests instead of 1");
        }
        Snapshot snapshot = stage.model.snapshot();
        if (snapshot != null
                && snapshot.standings().stream().map(Standing::coolDown).anyMatch(down -> down != null)) {
            complaints.add("blames a candidate for its caller's leaving");
        }
    }

    private void judgeEnd(Stage stage) throws InterruptedException {
        if (!stage.heard.awaitEnd(LONG)) {
            complaints.add("does not let its caller go");
        } else if (!(stage.heard.error() instanceof RoutingException failure
                && failure.kind().equals(Optional.of(FailureKind.CANCELLED)))) {
            complaints.add("ends with " + stage.heard.error() + " and \"" + stage.heard.answer() + "\"");
        }
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }
}
