package waybill.testing.contract;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AssertionFailureBuilder;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.AssertionFailedError;

/**
 * The contract of a routed model: every fault, in every phase, in every way of calling, with another candidate beside
 * the one that fails and without: the right answer or the right typed error, no wrong retry, nobody left alone for a
 * caller's mistake, no token lost or heard twice, nothing after the end or a cancel, and no connection, thread, timer or
 * place in flight left behind. A binding extends it.
 *
 * <p>All ways go over real sockets to scripted providers; the router's clock is virtual. What came of it is printed as
 * two tables under {@code target/routing-contract}, and compared with those that the binding has published.
 */
public abstract class RoutingContract {

    private static final List<Fault.Phase> LEAVING =
            List.of(Fault.Phase.WAITING, Fault.Phase.OPENED, Fault.Phase.SAYING);

    /** For the contract's heirs. */
    protected RoutingContract() {}

    /** The binding's name, which heads its tables. */
    protected abstract String binding();

    /** The ways of calling that it offers. */
    protected abstract List<Way> ways();

    /** The document that holds its tables; empty when they are not published. */
    protected Optional<Path> published() {
        return Optional.empty();
    }

    @TestFactory
    Stream<DynamicNode> every_fault_in_every_way_of_calling() {
        List<Way> ways = ways();
        ContractTable faults = new ContractTable(binding() + ": faults", ways);
        ContractTable leaving = new ContractTable(binding() + ": callers who leave", ways);
        Stream<DynamicNode> failing = Fault.all().stream()
                .map(fault -> dynamicContainer(
                        fault.toString(),
                        ways.stream()
                                .filter(fault::concerns)
                                .map(way ->
                                        dynamicTest(way.name(), () -> faults.put(fault, way, played(way, fault))))));
        Stream<DynamicNode> left = LEAVING.stream()
                .map(phase -> dynamicContainer(
                        "a caller who leaves " + phase.words(),
                        ways.stream()
                                .filter(way -> Leaving.concerns(way, phase))
                                .map(way -> dynamicTest(way.name(), () -> leaving.put(phase, way, left(way, phase))))));
        DynamicNode table = dynamicTest("the published tables are what ran", () -> {
            compare(faults);
            compare(leaving);
        });
        return Stream.concat(Stream.concat(failing, left), Stream.of(table));
    }

    private static String played(Way way, Fault fault) throws InterruptedException {
        Trial another = Trial.of(way, fault, Company.ANOTHER);
        demand(another.complaints(), "With another candidate left");
        Trial nobody = Trial.of(way, fault, Company.NOBODY);
        demand(nobody.complaints(), "With nobody left");
        String down = fault.coolsDown().isZero() ? "-" : fault.coolsDown().toSeconds() + " s";
        return another.outcome() + " / " + nobody.outcome() + " / " + down;
    }

    private String left(Way way, Fault.Phase phase) throws InterruptedException {
        Leaving left = Leaving.of(way, phase);
        demand(left.complaints(), "A caller who leaves");
        report(
                "leaving",
                binding() + ", " + way.name() + ", " + phase.words() + ": the caller was let go after "
                        + left.callerMillis() + " ms, the provider saw it after " + left.providerMillis() + " ms\n");
        return "let go, provider left";
    }

    private static void demand(List<String> complaints, String company) {
        if (!complaints.isEmpty()) {
            throw new AssertionFailedError(company + ", the model " + String.join("; ", complaints));
        }
    }

    private void compare(ContractTable ran) throws IOException {
        String table = ran.markdown();
        Path target = Path.of("target", "routing-contract");
        Files.createDirectories(target);
        Files.writeString(target.resolve(ran.fileName()), table);
        Optional<Path> document = published();
        if (document.isEmpty()) {
            return;
        }
        String text = Files.readString(document.get());
        if (!text.contains(table)) {
            AssertionFailureBuilder.assertionFailure()
                    .message(document.get() + " does not hold the table \"" + ran.title()
                            + "\" as it ran; it is in target/routing-contract/" + ran.fileName())
                    .expected(table)
                    .actual(text)
                    .buildAndThrow();
        }
    }

    private static void report(String name, String line) {
        try {
            Path target = Files.createDirectories(Path.of("target", "routing-contract"));
            Files.writeString(
                    target.resolve(name + ".txt"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
