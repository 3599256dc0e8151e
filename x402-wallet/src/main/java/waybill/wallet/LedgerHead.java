package waybill.wallet;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The last event of the chain, kept in a file of its own, so that a ledger which was cut short or replaced by an older
 * copy is noticed. Two places are written in turn, each with its own seal: a write that is torn spoils one of them. The
 * database is committed first; so it may be ahead of this file, never behind. Thread-safe.
 */
final class LedgerHead implements AutoCloseable {
    private static final int PLACE = 256;

    private final RandomAccessFile file; // a FileChannel would close itself when its thread is interrupted
    private final LedgerSecret secret;

    /**
     * One event of the chain.
     *
     * @param seq its number
     * @param mac its link
     */
    record Mark(long seq, String mac) {}

    LedgerHead(Path path, LedgerSecret secret) throws IOException {
        this.file = new RandomAccessFile(path.toFile(), "rw");
        this.secret = secret;
    }

    /** Marks a ledger that has no events yet; from then on an empty file is a lost one. */
    synchronized void begin() throws IOException {
        file.setLength(2L * PLACE);
        write(new Mark(0, ""));
        file.getFD().sync();
    }

    synchronized boolean isEmpty() throws IOException {
        return file.length() == 0;
    }

    synchronized void write(Mark mark) throws IOException {
        String body = mark.seq() + " " + mark.mac();
        String line = body + " " + secret.row(body) + "\n";
        byte[] place = new byte[PLACE];
        byte[] text = line.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, place, 0, text.length);
        file.seek(mark.seq() % 2 * PLACE);
        file.write(place);
    }

    /** The newest mark that is whole; empty when there is none. */
    synchronized Optional<Mark> read() throws IOException {
        Mark newest = null;
        for (int i = 0; i < 2; i++) {
            byte[] place = new byte[PLACE];
            file.seek((long) i * PLACE);
            if (file.read(place) != PLACE) {
                continue;
            }
            String[] parts = new String(place, StandardCharsets.US_ASCII).split("\n", 2)[0].split(" ", -1);
            if (parts.length != 3 || !secret.row(parts[0] + " " + parts[1]).equals(parts[2])) {
                continue;
            }
            Mark mark = new Mark(Long.parseLong(parts[0]), parts[1]);
            newest = newest == null || mark.seq() > newest.seq() ? mark : newest;
        }
        return Optional.ofNullable(newest);
    }

    /** True when something was written but neither place is whole. */
    synchronized boolean spoilt() throws IOException {
        return file.length() > 0 && read().isEmpty();
    }

    /** What was marked, or nothing and a finding that says why. */
    synchronized List<Mark> marks(List<String> findings) throws IOException {
        if (spoilt()) {
            findings.add("the head file is damaged; restore it from a backup");
            return List.of();
        }
        return read().map(List::of).orElse(List.of());
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
