package waybill.testing.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import waybill.routing.Attempt;
import waybill.routing.BrokenStreamException;
import waybill.routing.FailureKind;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.routing.Snapshot;
import waybill.routing.Standing;
import waybill.testing.Answer;
import waybill.testing.contract.Fault.End;

/**
 * One call whose first provider fails, and what is wrong with what came of it. A model that keeps no account of its
 * candidates and writes no receipt is judged by what its caller and its providers see.
 */
public final class Trial {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(500);

    private final Way way;
    private final Fault fault;
    private final Company company;
    private final Stage stage;
    private final CompletableFuture<Boolean> begun = new CompletableFuture<>();
    private final List<String> complaints = new ArrayList<>();
    private String outcome = "";
    private String seen = "";

    private Trial(Way way, Fault fault, Company company, Stage stage) {
        this.way = way;
        this.fault = fault;
        this.company = company;
        this.stage = stage;
    }

    /** Lets the first provider fail in this way, with or without another candidate beside it. */
    public static Trial of(Way way, Fault fault, Company company) throws InterruptedException {
        return of(way, fault, company, fault.end() == End.CLIENT ? SHORT : LONG, LONG);
    }

    /**
     * The same with other times, for a model without limits of its own: what its clients wait for an answer, and after
     * how long a call that has not ended never will.
     */
    public static Trial of(Way way, Fault fault, Company company, Duration timeout, Duration patience)
            throws InterruptedException {
        try (Stage stage = new Stage(way, company, timeout, patience)) {
            Trial trial = new Trial(way, fault, company, stage);
            trial.play();
            return trial;
        }
    }

    /** What is wrong; empty when all is well. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** What came of the call, in a few words. */
    public String outcome() {
        return outcome;
    }

    /** What the caller saw, for a reader who does not know what was due. */
    public String seen() {
        return seen;
    }

    private void play() throws InterruptedException {
        if (fault.phase() == Fault.Phase.CONNECTING) {
            stage.first.refuseConnections();
        } else if (fault.end() == End.WAIT) {
            stage.first.enqueue(fault.answer()).answer(Stage.FIRST, Answer.text(Fault.BEGUN));
        } else {
            stage.first.answer(Stage.FIRST, fault.answer().endingOnce(begun));
        }
        stage.call();
        letItBegin();
        letTimePass();
        if (!stage.heard.awaitEnd(stage.patience)) {
            outcome = "never ends";
            seen = outcome;
            complaints.add("the call never ends");
            return;
        }
        Throwable error = stage.heard.error();
        seen = error == null ? "answers" : "fails";
        judgeAnswer();
        judgeRequests();
        judgeCoolDown();
        complaints.addAll(stage.leftBehind());
        boolean accounted = stage.model.snapshot() != null; // of others only what is certain to come in time is judged
        if (accounted && (stage.heard.endings() != 1 || stage.heard.heardAfterTheEnd())) {
            complaints.add("ends " + stage.heard.endings() + " times, or is heard after its end");
        }
    }

    /** What was said before the end is to be heard: a reset would overtake it in the client's own buffers. */
    private void letItBegin() throws InterruptedException {
        if (fault.committed(way) && !stage.heard.awaitTokens(fault.tokens(), stage.patience)) {
            complaints.add("does not pass on what is said before " + fault);
        }
        begun.complete(true);
    }

    private void letTimePass() throws InterruptedException {
        if (stage.model.snapshot() == null) {
            return; // a model without a clock that could be set
        }
        if (fault.end() == End.ROUTER) {
            if (!stage.awaitFirstRequest()) {
                complaints.add("does not ask the first candidate");
            }
            stage.time.advance(Stage.PAST_THE_LIMITS);
        } else if (fault.end() == End.WAIT && company == Company.NOBODY) {
            if (!stage.time.awaitTimerWithin(Fault.SOON.plusSeconds(1), stage.patience)) {
                complaints.add("does not wait for the only candidate to be free again");
            }
            stage.time.advance(Fault.SOON.plusMillis(1));
        }
    }

    // What the caller hears

    private boolean answers() {
        return fault.kind() == null || (fault.end() == End.WAIT && company == Company.NOBODY);
    }

    private boolean movesOn() {
        FailureKind kind = fault.kind();
        return kind != null && kind.tryNext() && company == Company.ANOTHER && !fault.committed(way);
    }

    private void judgeAnswer() {
        Heard heard = stage.heard;
        Receipt receipt = receipt();
        if (answers()) {
            expectAnswer(Fault.BEGUN);
            outcome = fault.kind() == null ? "answered" : "asked again after 2 s";
        } else if (movesOn()) {
            expectAnswer(Stage.SAVED);
            outcome = "saved";
        } else if (heard.error() == null) {
            complaints.add("answers \"" + heard.answer() + "\" where an error was due");
            outcome = "answered";
        } else {
            judgeError(heard.error());
        }
        if (stage.model.snapshot() != null && fault.kind() != null) {
            FailureKind found = receipt == null || receipt.attempts().isEmpty()
                    ? null
                    : receipt.attempts().get(0).failure();
            if (found != fault.kind()) {
                complaints.add("takes it for " + (found == null ? "nothing" : found.words()) + ", which is "
                        + fault.kind().words() + (receipt == null ? "" : ": " + receipt.attempts()));
            }
        }
    }

    private @Nullable Receipt receipt() {
        Throwable error = stage.heard.error();
        return error instanceof RoutingException failure ? failure.receipt() : stage.heard.receipt();
    }

    private void expectAnswer(String text) {
        Heard heard = stage.heard;
        if (heard.error() != null) {
            complaints.add("fails with " + heard.error() + " where \"" + text + "\" was due");
        } else if (!text.equals(heard.answer())) {
            complaints.add("answers \"" + heard.answer() + "\" instead of \"" + text + "\"");
        } else if (way.streams() && !text.equals(heard.text())) {
            complaints.add("streams \"" + heard.text() + "\" instead of \"" + text + "\"");
        }
    }

    private void judgeError(Throwable error) {
        Heard heard = stage.heard;
        if (stage.model.snapshot() != null && !(error instanceof RoutingException)) {
            complaints.add("fails with " + error + ", which carries no receipt");
        }
        if (fault.committed(way)) {
            outcome = "broken";
            String begun = fault.tokens() == 2 ? "one two" : Fault.BEGUN;
            if (!begun.equals(heard.text())) {
                complaints.add("passes on \"" + heard.text() + "\" of \"" + begun + "\"");
            }
            if (stage.model.snapshot() != null
                    && !(error instanceof BrokenStreamException broken
                            && broken.partialText().equals(begun))) {
                complaints.add("fails with " + error + ", which does not carry the partial text");
            }
        } else {
            outcome = Objects.requireNonNull(fault.kind()).words();
            if (!heard.text().isEmpty()) {
                complaints.add("passes on \"" + heard.text() + "\" of an attempt that failed");
            }
        }
    }

    // What the providers see

    private void judgeRequests() {
        long refused = fault.phase() == Fault.Phase.CONNECTING ? 0 : 1;
        long due = fault.end() == End.WAIT && company == Company.NOBODY ? 2 : refused;
        if (stage.first.requestCount() != due) {
            complaints.add("asks the first candidate " + stage.first.requestCount() + " times instead of " + due);
        }
        long next = movesOn() ? 1 : 0;
        if (stage.second.requestCount() != next) {
            complaints.add("asks the second candidate " + stage.second.requestCount() + " times instead of " + next);
        }
        Receipt receipt = receipt();
        if (receipt != null && receipt.attempts().size() != Math.max(due, 1) + next) {
            complaints.add("writes down the attempts " + receipt.attempts());
        }
        if (receipt != null && answers() == receipt.attempts().stream().noneMatch(Attempt::answered) && !movesOn()) {
            complaints.add("does not write down who answered: " + receipt.attempts());
        }
    }

    private void judgeCoolDown() {
        Snapshot snapshot = stage.model.snapshot();
        if (snapshot == null) {
            return;
        }
        Duration due = answers() ? Duration.ZERO : fault.coolsDown();
        Duration found = left(snapshot, Stage.FIRST);
        if (!found.equals(due)) {
            complaints.add("leaves the first candidate alone for " + found + " instead of " + due);
        }
        if (company == Company.ANOTHER && !left(snapshot, Stage.SECOND).isZero()) {
            complaints.add("leaves the second candidate alone, which is well");
        }
    }

    private static Duration left(Snapshot snapshot, String candidate) {
        Standing.CoolDown down = snapshot.of(candidate).orElseThrow().coolDown();
        Instant now = snapshot.at();
        return down == null ? Duration.ZERO : Duration.between(now, down.until());
    }
}
