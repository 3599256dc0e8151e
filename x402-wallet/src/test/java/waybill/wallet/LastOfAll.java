package waybill.wallet;

import java.util.Comparator;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;

/** Keeps the order of the test classes, but for {@link SecretsInLogTest}, which looks back on all of them. */
public final class LastOfAll implements ClassOrderer {
    /** Made by JUnit. */
    public LastOfAll() {}

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors()
                .sort(Comparator.comparing((ClassDescriptor one) -> one.getTestClass() == SecretsInLogTest.class));
    }
}
