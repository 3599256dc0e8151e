package waybill.wallet;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Holds a ledger for this process. The lock ends with the process, however it ends. */
final class OneProcess implements AutoCloseable {
    private final FileChannel channel;

    private OneProcess(FileChannel channel) {
        this.channel = channel;
    }

    static OneProcess hold(Path lockFile, Path ledger) throws IOException {
        if (!Files.exists(lockFile)) {
            OwnerOnly.createFileIfMissing(lockFile);
        }
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = tryLock(channel);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new LedgerException(
                    "the ledger " + ledger
                            + " is in use by another process (or open twice in this one). One process at a"
                            + " time may spend from it: close the other, or give this one a ledger of its own",
                    null);
        }
        return new OneProcess(channel);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
