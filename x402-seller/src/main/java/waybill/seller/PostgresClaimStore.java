package waybill.seller;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Properties;

/**
 * Claims in a PostgreSQL database, for several instances of one seller: a payment opens one request at all of them
 * together, and a payer's open ceilings are counted over all. Each instance renews a lease on its life by the server's
 * clock; what an instance was at whose lease has run out is put right by the others. Needs the driver
 * {@code org.postgresql:postgresql}. The database holds answers that people paid for, signatures of payments on their way,
 * and the secret of the quotes: nobody else should read it.
 */
public final class PostgresClaimStore extends SqlClaimStore {
    /** How long an instance that says nothing is taken to live. */
    public static final Duration LEASE = Duration.ofSeconds(30);

    private PostgresClaimStore(ClaimDatabase database, String instance, Limits limits, SecureRandom random) {
        super(database, instance, limits, random);
    }

    /**
     * Opens the claims in a database, whose tables are made when they are missing.
     *
     * @param url of the driver, such as {@code jdbc:postgresql://db.example.com/waybill}; {@code currentSchema} in it
     *     tells several sellers of one database apart. Without a password
     * @param login the driver's properties, such as user and password
     * @throws ClaimStoreException when the URL holds a password, when the database cannot be reached or would lose what it was told, or its tables are of
     *     a later version
     */
    public static PostgresClaimStore open(String url, Properties login, Limits limits, SecureRandom random) {
        return open(url, login, limits, random, LEASE);
    }

    /** Opens the claims with default limits. */
    public static PostgresClaimStore open(String url, Properties login) {
        return open(url, login, Limits.defaults(), new SecureRandom());
    }

    @Override
    public boolean shared() {
        return true;
    }

    /**
     * The same with a lease of the caller's.
     *
     * @param lease renewed three times while it lasts
     */
    static PostgresClaimStore open(String url, Properties login, Limits limits, SecureRandom random, Duration lease) {
        String instance = newInstance(random);
        PostgresDatabase database = PostgresDatabase.open(url, login, instance, lease);
        try {
            return new PostgresClaimStore(database, instance, limits, random);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }
}
