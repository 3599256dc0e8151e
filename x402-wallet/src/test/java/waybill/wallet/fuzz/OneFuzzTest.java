package waybill.wallet.fuzz;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs one method of {@link DecodingFuzzTest} in this JVM, and ends with the number of failures. */
final class OneFuzzTest {
    private OneFuzzTest() {}

    /** Argument: the method. */
    public static void main(String[] args) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectMethod(
                                        DecodingFuzzTest.class, args[0], byte[].class.getName()))
                                .build(),
                        summary);
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        summary.getSummary().printTo(out);
        summary.getSummary().printFailuresTo(out);
        boolean ran = summary.getSummary().getTestsSucceededCount() > 0;
        System.exit(ran ? (int) summary.getSummary().getTestsFailedCount() : 2);
    }
}
