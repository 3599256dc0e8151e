package waybill.wallet;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds a ledger for this process. The lock ends with the process, however it ends; and, by POSIX, as soon as the process
 * closes its file, through whatever channel. So a file that is held here already is not opened a second time to find out.
 */
final class OneProcess implements AutoCloseable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private OneProcess(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static OneProcess hold(Path lockFile, Path ledger) throws IOException {
        if (!Files.exists(lockFile)) {
            OwnerOnly.createFileIfMissing(lockFile);
        }
        Path file = lockFile.toRealPath();
        if (!HELD.add(file)) {
            throw inUse(ledger);
        }
        FileChannel channel = null;
        FileLock lock = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE);
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw inUse(ledger); // another copy of this class holds it
        } finally {
            if (lock == null) {
                release(file, channel);
            }
        }
        if (lock == null) {
            throw inUse(ledger);
        }
        return new OneProcess(file, channel);
    }

    private static void release(Path file, @Nullable FileChannel channel) throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            HELD.remove(file);
        }
    }

    private static LedgerException inUse(Path ledger) {
        return new LedgerException(
                "the ledger " + ledger
                        + " is in use by another process (or open twice in this one). One process at a"
                        + " time may spend from it: close the other, or give this one a ledger of its own",
                null);
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            release(file, channel);
        }
    }
}
