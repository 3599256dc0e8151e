package waybill.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import waybill.gateway.AnswerStream.Ending;
import waybill.gateway.AnswerStream.Piece;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.ClaimStoreException;
import waybill.seller.Settlement;
import waybill.x402.StreamOutcome;
import waybill.x402.StreamOutcome.End;
import waybill.x402.StreamOutcome.State;

/**
 * A stream that is sold by use. Each piece is counted as it is handed to the reader's connection, and stopped before the
 * one that would pass the ceiling; however the stream ends, what was handed over is settled, once, and the outcome told
 * as the last event if somebody still reads. What was handed over is noted on disk now and then, always one note behind,
 * so that a process that dies settles nothing that was not delivered. Thread-safe.
 */
final class MeteredStream {

    private static final Logger LOG = LoggerFactory.getLogger(MeteredStream.class);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);
    private static final int KEPT = 1024 * 1024;

    /** Tokens from one note on disk to the next. */
    private static final int NOTE_EVERY = 64;

    /** How long a reader waits at most for the outcome of what it has read; after that it is told that it is under way. */
    private static final long OUTCOME_SECONDS = 10;

    private final AnswerStream answer;
    private final Meter meter; // guarded by this
    private final Admitted admitted;
    private final Executor blocking;
    private final Function<StreamOutcome, byte[]> lastEvent;
    private final byte[] cutEvent;
    private final CompletableFuture<StreamOutcome> outcome = new CompletableFuture<>();
    private final AtomicBoolean noting = new AtomicBoolean();
    private final AtomicBoolean settling = new AtomicBoolean();

    private @Nullable ByteArrayOutputStream copy = new ByteArrayOutputStream(); // guarded by this
    private @Nullable StreamOutcome behind; // guarded by this; the last mark, which the next note writes
    private long marked; // guarded by this
    private @Nullable End end; // guarded by this; set once, and then nothing more is handed over

    /**
     * A stream that has begun and that nobody reads yet.
     *
     * @param blocking runs what waits for disk and chain
     * @param lastEvent the event that tells an outcome
     * @param cutEvent what closes an answer that was stopped
     */
    MeteredStream(
            AnswerStream answer,
            Admitted admitted,
            Executor blocking,
            Function<StreamOutcome, byte[]> lastEvent,
            byte[] cutEvent) {
        this.answer = answer;
        this.meter = new Meter(admitted.offer());
        this.admitted = admitted;
        this.blocking = blocking;
        this.lastEvent = lastEvent;
        this.cutEvent = cutEvent;
    }

    /** The events, for one reader. A reader that leaves ends the stream, and what it was handed is settled. */
    Publisher<byte[]> events() {
        return Flux.from(answer.pieces())
                .<byte[]>handle(this::handOver)
                .concatWith(Flux.defer(this::close))
                .doOnCancel(() -> stop(End.LEFT));
    }

    /** Completes with what became of the payment, when that is known or nobody waits for it any longer. */
    CompletableFuture<StreamOutcome> outcome() {
        return outcome;
    }

    /** Ends the stream because its payment is about to run out. */
    void expire() {
        stop(End.EXPIRED);
    }

    /** Nothing more is handed over, and what was is settled; a reader that is still there is told. */
    private void stop(End why) {
        if (finish(why)) {
            answer.cancel();
            settle();
        }
    }

    private synchronized boolean finish(End why) {
        if (end != null) {
            return false;
        }
        end = why;
        return true;
    }

    private void handOver(Piece piece, SynchronousSink<byte[]> reader) {
        boolean fits;
        synchronized (this) {
            if (end != null) {
                return;
            }
            fits = meter.takes(piece.counted(), piece.thought());
            if (fits) {
                keep(piece.event());
                mark();
            } else {
                end = End.CEILING;
            }
        }
        if (fits) {
            reader.next(piece.event());
        } else {
            answer.cancel();
            reader.next(cutEvent);
            reader.complete();
        }
    }

    /** What follows the last piece: the outcome, and the end of the stream. */
    private Flux<byte[]> close() {
        Ending ending = answer.ended().getNow(new Ending.Cancelled());
        finish(ending instanceof Ending.Broken ? End.BROKEN : End.COMPLETE);
        settle();
        Flux<byte[]> told = Mono.fromFuture(
                        outcome.copy().completeOnTimeout(under(State.SETTLING), OUTCOME_SECONDS, TimeUnit.SECONDS))
                .map(lastEvent)
                .flux();
        if (ending instanceof Ending.Broken) {
            return told; // its last piece was the error
        }
        Flux<byte[]> whole = told.concatWithValues(DONE);
        return ending instanceof Ending.Cancelled && !full() ? whole.startWith(cutEvent) : whole;
    }

    private synchronized boolean full() {
        return end == End.CEILING; // whose reader has had the event that closes the answer
    }

    private void settle() {
        if (!settling.compareAndSet(false, true)) {
            return;
        }
        blocking.execute(() -> {
            try {
                outcome.complete(settled());
            } catch (RuntimeException e) {
                LOG.error("A metered stream could not be settled; its payer gets nothing more until it is.", e);
                outcome.complete(under(State.SETTLING));
            }
        });
    }

    private StreamOutcome settled() {
        StreamOutcome used;
        Answer kept;
        synchronized (this) {
            used = used();
            kept = copy == null ? null : Answer.of(200, AnswerStream.EVENT_STREAM, ended(copy));
        }
        Settlement settlement = admitted.settleDelivered(kept, used);
        if (settlement instanceof Settlement.Settled settled) {
            return used.with(State.SETTLED, settled.response().transaction());
        }
        return used.with(settlement instanceof Settlement.NotCharged ? State.NOTHING : State.SETTLING, "");
    }

    /** By the model's count when all that it counts was handed over, else by our own. */
    private synchronized StreamOutcome used() {
        End why = end == null ? End.COMPLETE : end;
        return why == End.COMPLETE && answer.ended().getNow(new Ending.Cancelled()) instanceof Ending.Whole whole
                ? meter.whole(whole.usage())
                : meter.counted(why);
    }

    private StreamOutcome under(State state) {
        return used().with(state, "");
    }

    private void keep(byte[] event) {
        if (copy != null && copy.size() + event.length <= KEPT - DONE.length) {
            copy.writeBytes(event);
        } else {
            copy = null;
        }
    }

    private static byte[] ended(ByteArrayOutputStream delivered) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream(delivered.size() + DONE.length);
        whole.writeBytes(delivered.toByteArray());
        whole.writeBytes(DONE);
        return whole.toByteArray();
    }

    /** Every so often what was handed over by the last mark is written down, and a new mark set. */
    private void mark() {
        if (meter.written() < marked + NOTE_EVERY) {
            return;
        }
        StreamOutcome delivered = behind;
        if (delivered != null && !noting.compareAndSet(false, true)) {
            return; // the disk is behind; the next piece tries again
        }
        marked = meter.written();
        behind = meter.counted(End.STOPPED);
        if (delivered != null) {
            blocking.execute(() -> note(delivered));
        }
    }

    private void note(StreamOutcome delivered) {
        try {
            admitted.checkpoint(delivered);
        } catch (IllegalStateException e) {
            // it has ended meanwhile, and is settled for more than this
        } catch (ClaimStoreException e) {
            LOG.error("What a metered stream delivers cannot be written down; it is stopped.", e);
            stop(End.BROKEN);
        } finally {
            noting.set(false);
        }
    }
}
