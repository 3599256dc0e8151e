package waybill.routing;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One's own lines over a catalogue, in a file that may change while the program runs. {@link #get} looks at the file
 * every ten seconds at most and takes a change as a whole, so the next snapshot has it; a file with a mistake changes
 * nothing and {@link #problem} names the line. Safe for use by many threads.
 */
public final class CatalogueFile implements Supplier<Catalogue> {

    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    private static final long LARGEST = 4_000_000;

    private final Path file;
    private final Catalogue base;
    private final InstantSource time;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile State state;

    /** The catalogue, the version of the file that was read last, and what was wrong with it; null for nothing. */
    private record State(Catalogue catalogue, Version version, Instant lookedAt, @Nullable String problem) {}

    private record Version(@Nullable FileTime modified, long size) {
        static final Version NONE = new Version(null, -1);
    }

    private CatalogueFile(Path file, Catalogue base, InstantSource time) {
        this.file = file;
        this.base = base;
        this.time = time;
        Version version = version();
        try {
            this.state = new State(read(), version, time.instant(), null);
        } catch (IOException e) {
            throw new CatalogueException(file.toString(), 0, unreadable(e));
        }
    }

    /**
     * The lines of this file over the shipped catalogue.
     *
     * @throws CatalogueException when it cannot be read or has a mistake
     */
    public static CatalogueFile open(Path file) {
        return open(file, Catalogue.shipped(), InstantSource.system());
    }

    /** The lines of this file over that catalogue, by this clock. */
    public static CatalogueFile open(Path file, Catalogue base, InstantSource time) {
        return new CatalogueFile(file, base, time);
    }

    /** The catalogue as of now, or of at most ten seconds ago. */
    @Override
    public Catalogue get() {
        if (Duration.between(state.lookedAt, time.instant()).compareTo(LOOK_EVERY) >= 0 && looking.tryLock()) {
            try {
                look();
            } finally {
                looking.unlock();
            }
        }
        return state.catalogue;
    }

    /** What is wrong with the file as it is now, so that the catalogue is still the one from before; empty when nothing is. */
    public Optional<String> problem() {
        return Optional.ofNullable(state.problem);
    }

    private void look() {
        State before = state;
        Version version = version();
        Instant now = time.instant();
        if (version.equals(before.version)) {
            state = new State(before.catalogue, version, now, before.problem);
            return;
        }
        try {
            state = new State(read(), version, now, null);
        } catch (CatalogueException e) {
            state = new State(before.catalogue, version, now, e.getMessage());
        } catch (IOException e) {
            state = new State(before.catalogue, version, now, file + ": " + unreadable(e));
        }
    }

    private Catalogue read() throws IOException {
        if (Files.size(file) > LARGEST) {
            throw new CatalogueException(file.toString(), 0, "it is larger than " + LARGEST + " bytes");
        }
        return base.with(file.toString(), Files.readString(file));
    }

    private Version version() {
        try {
            return new Version(Files.getLastModifiedTime(file), Files.size(file));
        } catch (IOException e) {
            return Version.NONE;
        }
    }

    private static String unreadable(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        return e instanceof CharacterCodingException ? "it is not UTF-8 text" : "it cannot be read: " + e.getMessage();
    }
}
