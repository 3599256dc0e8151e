package waybill.seller;

import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * Claims in one SQLite file, for one process (a second one is refused): every commit synced. Readable by its owner only,
 * where the file system has owners: it holds answers that people paid for, and signatures of payments on their way.
 */
public final class SqliteClaimStore extends SqlClaimStore {
    private SqliteClaimStore(ClaimDatabase database, String instance, Limits limits, SecureRandom random) {
        super(database, instance, limits, random);
    }

    /**
     * Opens the file, makes it when it is not there, and puts right what a crash left.
     *
     * @throws ClaimStoreException when it cannot be opened, is in use, or is of a later version
     */
    public static SqliteClaimStore open(Path file, Limits limits, SecureRandom random) {
        String instance = newInstance(random);
        SqliteDatabase database = SqliteDatabase.open(file, instance);
        try {
            return new SqliteClaimStore(database, instance, limits, random);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** Opens the file with default limits. */
    public static SqliteClaimStore open(Path file) {
        return open(file, Limits.defaults(), new SecureRandom());
    }
}
