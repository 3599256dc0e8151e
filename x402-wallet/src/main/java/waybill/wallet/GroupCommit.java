package waybill.wallet;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One thread that writes for all callers, in the order in which they came. What has come while it waited for the disk
 * is made durable together; each caller returns after its own write is. A write that fails is undone alone, unless the
 * transaction itself fails: then none of it has happened.
 */
final class GroupCommit implements AutoCloseable {
    private static final int MOST_AT_ONCE = 128;
    private static final long QUIET_MILLIS = 50;

    private final Transactions transactions;
    private final LinkedBlockingQueue<Task<?>> waiting = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final Task<Boolean> end = new Task<>(tables -> true); // the last one
    private boolean closed; // guarded by this

    /** The database under the writer. Called by its thread only. */
    interface Transactions {
        /** The tables, ready to be written. */
        LedgerTables begin() throws SQLException;

        /** Makes it durable. */
        void commit() throws SQLException, IOException;

        /** Tidies up in a quiet moment: nobody waits. Nothing depends on it. */
        default void rest() {}

        /** Undoes what was not committed; mends what broke. */
        void rollback();

        /** A sentence about a failed write. */
        LedgerException failed(Exception cause);

        /** Ends the database's connection; nothing is written after it. */
        void close();
    }

    GroupCommit(Transactions transactions, String name) {
        this.transactions = transactions;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Task<T> {
        private final LedgerStore.Work<T> work;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private @Nullable Runnable outcome; // told once the batch is durable

        Task(LedgerStore.Work<T> work) {
            this.work = work;
        }

        void attempt(LedgerTables tables, Transactions transactions) throws SQLException {
            tables.sql().mark();
            try {
                T result = work.on(tables);
                tables.sql().keep();
                outcome = () -> answer.complete(result);
            } catch (SQLException | RuntimeException e) {
                tables.forget();
                tables.sql().undo();
                Exception told = e instanceof SQLException ? transactions.failed(e) : e;
                outcome = () -> answer.completeExceptionally(told);
            }
        }

        void tell() {
            Runnable told = outcome;
            if (told != null) {
                told.run();
            }
        }
    }

    /** Runs {@code work} and waits until it is durable; an interrupt does not end the wait, for then nobody would know. */
    <T> T write(LedgerStore.Work<T> work) {
        Task<T> task = new Task<>(work);
        synchronized (this) {
            if (closed) {
                throw new LedgerException("the ledger is closed", null);
            }
            waiting.add(task);
        }
        try {
            return task.answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private void run() {
        List<Task<?>> batch = new ArrayList<>();
        boolean open = true;
        boolean rested = true;
        while (open) {
            Task<?> first = rested ? next() : nextUnlessQuiet();
            if (first == null) {
                transactions.rest();
                rested = true;
                continue;
            }
            rested = false;
            batch.add(first);
            waiting.drainTo(batch, MOST_AT_ONCE - 1);
            open = !batch.remove(end);
            if (!batch.isEmpty()) {
                commit(batch);
                batch.clear();
            }
        }
        transactions.close();
        end.answer.complete(true);
    }

    private Task<?> next() {
        while (true) {
            try {
                return waiting.take();
            } catch (InterruptedException e) {
                // nobody has a reason to interrupt this thread, and stopping it would leave callers waiting
            }
        }
    }

    /** Null when nothing has come for a moment. */
    private @Nullable Task<?> nextUnlessQuiet() {
        try {
            return waiting.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return next(); // as there
        }
    }

    private void commit(List<Task<?>> batch) {
        try {
            LedgerTables tables = transactions.begin();
            for (Task<?> task : batch) {
                task.attempt(tables, transactions);
            }
            transactions.commit();
            batch.forEach(Task::tell);
        } catch (SQLException | IOException | RuntimeException | Error e) {
            transactions.rollback();
            Exception cause = e instanceof Exception failure ? failure : new IllegalStateException(e);
            batch.forEach(task -> task.answer.completeExceptionally(transactions.failed(cause)));
        }
    }

    /** Writes what has come, then closes the database. */
    @Override
    public void close() {
        synchronized (this) {
            if (!closed) {
                closed = true;
                waiting.add(end);
            }
        }
        end.answer.join();
    }
}
