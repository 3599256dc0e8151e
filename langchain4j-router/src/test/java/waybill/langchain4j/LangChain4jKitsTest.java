package waybill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import waybill.langchain4j.KitScenes.BareChat;
import waybill.langchain4j.KitScenes.BareListening;
import waybill.langchain4j.KitScenes.BareStreamListening;
import waybill.langchain4j.KitScenes.BareStreaming;
import waybill.langchain4j.KitScenes.RoutedChat;
import waybill.langchain4j.KitScenes.RoutedListening;
import waybill.langchain4j.KitScenes.RoutedPublisher;
import waybill.langchain4j.KitScenes.RoutedPublisherListening;
import waybill.langchain4j.KitScenes.RoutedStreamListening;
import waybill.langchain4j.KitScenes.RoutedStreaming;

/** The router is as good a model as the one it calls: LangChain4j's own kits say the same of both. */
class LangChain4jKitsTest {

    /** A scene that waits for half a minute in order to hear nothing. */
    private static final String CANCEL = "should_cancel_streaming";

    private static final Path PAGE = Path.of("..", "docs", "kits.md");

    @AfterAll
    static void stop() {
        KitScenes.SERVER.close();
    }

    private record Kit(String name, Class<?> bare, Class<?> routed) {}

    private static final List<Kit> SAME = List.of(
            new Kit("AbstractChatModelIT", BareChat.class, RoutedChat.class),
            new Kit("AbstractStreamingChatModelIT, handler", BareStreaming.class, RoutedStreaming.class),
            new Kit("AbstractChatModelListenerIT", BareListening.class, RoutedListening.class),
            new Kit("AbstractStreamingChatModelListenerIT", BareStreamListening.class, RoutedStreamListening.class));

    /** What the bare model cannot do, in this version of it, and the router does with its handler. */
    private static final Map<String, Class<?>> MORE = new TreeMap<>(Map.of(
            "AbstractStreamingChatModelIT, publisher", RoutedPublisher.class,
            "AbstractStreamingChatModelPublisherListenerTest", RoutedPublisherListening.class));

    @Test
    void the_kits_say_the_same_of_the_router_as_of_the_bare_model_and_the_page_lists_it() throws IOException {
        StringBuilder page = new StringBuilder();
        for (Kit kit : SAME) {
            Map<String, String> bare = verdicts(kit.bare);
            Map<String, String> routed = verdicts(kit.routed);
            page.append(table(kit.name, bare, routed));
            Files.writeString(Files.createDirectories(Path.of("target")).resolve("kits.md"), page);
            routed.remove("should_chat_asynchronously"); // which the bare model skips, having no such method
            bare.remove("should_chat_asynchronously");
            assertThat(routed).as(kit.name).isEqualTo(bare).isNotEmpty();
        }
        for (Map.Entry<String, Class<?>> kit : MORE.entrySet()) {
            Map<String, String> routed = verdicts(kit.getValue());
            page.append(table(kit.getKey(), Map.of(), routed));
            assertThat(routed).as(kit.getKey()).isNotEmpty().doesNotContainValue("fails");
        }
        Files.writeString(Path.of("target", "kits.md"), page);
        assertThat(Files.readString(PAGE)).as("target/kits.md has what ran").contains(page);
    }

    @Test
    @Tag("slow")
    void the_kits_say_the_same_of_a_cancelled_stream() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Map<String, String>> bare = threads.submit(() -> verdicts(BareStreaming.class, true));
            Map<String, String> routed = verdicts(RoutedStreaming.class, true);
            assertThat(routed).isEqualTo(bare.get()).isEqualTo(Map.of(CANCEL, "passes"));
        } finally {
            threads.shutdown();
        }
        assertThat(Files.readString(PAGE)).contains("\n| should cancel streaming | passes | passes |\n");
    }

    private static String table(String kit, Map<String, String> bare, Map<String, String> routed) {
        StringBuilder table = new StringBuilder("\n## " + kit + "\n\n| scene | bare | router |\n| --- | --- | --- |\n");
        routed.forEach((scene, verdict) -> table.append("| ")
                .append(scene.replace("_", " "))
                .append(" | ")
                .append(bare.getOrDefault(scene, "not offered"))
                .append(" | ")
                .append(verdict)
                .append(" |\n"));
        return table.toString();
    }

    /** What came of each scene of a kit; a scene with several models passes when it passes with all. */
    private static Map<String, String> verdicts(Class<?> kit) {
        return verdicts(kit, false);
    }

    private static Map<String, String> verdicts(Class<?> kit, boolean cancelling) {
        PostDiscoveryFilter scenes =
                test -> FilterResult.includedIf(!(test.getSource().orElse(null) instanceof MethodSource method)
                        || method.getMethodName().equals(CANCEL) == cancelling);
        Map<String, String> verdicts = new TreeMap<>();
        List<String> failures = new ArrayList<>();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(kit))
                .filters(scenes)
                .build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionSkipped(TestIdentifier test, String reason) {
                note(test, "skipped");
            }

            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                String verdict =
                        switch (result.getStatus()) {
                            case SUCCESSFUL -> "passes";
                            case ABORTED -> "skipped";
                            case FAILED -> "fails";
                        };
                note(test, verdict);
                result.getThrowable().ifPresent(thrown -> failures.add(test.getDisplayName() + ": " + thrown));
            }

            private void note(TestIdentifier test, String verdict) {
                if (test.getSource().orElse(null) instanceof MethodSource method) {
                    verdicts.merge(
                            method.getMethodName(),
                            verdict,
                            (one, other) -> one.equals("fails") || other.equals("passes") ? one : other);
                }
            }
        });
        write(kit, failures);
        return verdicts;
    }

    private static void write(Class<?> kit, List<String> failures) {
        try {
            Path reports = Files.createDirectories(Path.of("target", "kits"));
            Files.writeString(reports.resolve(kit.getSimpleName() + ".txt"), String.join("\n", failures));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
