package waybill.seller;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Properties;

/** A child process of {@link PostgresClaimStoreTest}: has claims in every state under way, says so, and waits to be killed. */
final class DyingSeller {
    private DyingSeller() {}

    static Process start(String url) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DyingSeller.class.getName(),
                        url)
                .redirectErrorStream(true)
                .start();
    }

    /** Not the one of {@link EmbeddedServer}, whose class would start another server here. */
    private static Properties login() {
        Properties login = new Properties();
        login.put("user", "postgres");
        return login;
    }

    public static void main(String[] arguments) throws IOException {
        ClaimStore store = PostgresClaimStore.open(
                arguments[0], login(), ClaimStore.Limits.defaults(), new SecureRandom(), Duration.ofHours(6));
        ClaimStoreContract.begin(store, "running");
        ClaimStoreContract.begin(store, "settling");
        store.settling("settling", ClaimStoreContract.ANSWER, ClaimStoreContract.LATER);
        ClaimStoreContract.begin(store, "paid");
        store.settling("paid", null, ClaimStoreContract.LATER);
        store.settled("paid", ClaimStoreContract.paid(1), Claim.State.PAID, ClaimStoreContract.LATER);
        store.openMetered(
                ClaimStoreContract.metered("streaming", "payer", 30), new ClaimStore.Open(BigInteger.ZERO, false));
        store.checkpoint("streaming", ClaimStoreContract.used(12, 30));
        System.out.println("READY");
        System.in.read();
    }
}
