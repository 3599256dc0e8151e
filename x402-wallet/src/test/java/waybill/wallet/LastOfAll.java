package waybill.wallet;

import java.util.Comparator;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;

/**
 * Keeps the order of the test classes, but for two: the tests of committed fuzzing inputs, whose agent instruments every
 * class that is loaded from then on and makes the rest slow, and {@link SecretsInLogTest}, which looks back on all of them.
 */
public final class LastOfAll implements ClassOrderer {
    /** Made by JUnit. */
    public LastOfAll() {}

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors().sort(Comparator.comparingInt(LastOfAll::rank));
    }

    private static int rank(ClassDescriptor one) {
        if (one.getTestClass() == SecretsInLogTest.class) {
            return 2;
        }
        return one.getTestClass().getPackageName().endsWith(".fuzz") ? 1 : 0;
    }
}
