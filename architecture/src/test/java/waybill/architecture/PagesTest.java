package waybill.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages that people read say what is true: snippets compile, named tests exist, links lead somewhere. */
class PagesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);
    private static final Pattern TEST_NAME =
            Pattern.compile("`([A-Z][A-Za-z0-9]*(?:Test|Suite|Contract))\\.([a-z][A-Za-z0-9_]*)`");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#]+)(?:#[^)]*)?\\)");

    @Test
    void every_snippet_of_a_page_compiles(@TempDir Path out) throws IOException {
        List<JavaFileObject> sources = new ArrayList<>();
        for (Path page : pages()) {
            Matcher block = JAVA_BLOCK.matcher(Files.readString(page));
            while (block.find()) {
                sources.add(source("Snippet" + sources.size(), block.group(1)));
            }
        }
        assertThat(sources)
                .as("the README shows how to route and how to pay, agent-tools.md how an agent pays")
                .hasSizeGreaterThanOrEqualTo(7);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter errors = new StringWriter();
        List<String> options =
                List.of("-proc:none", "-d", out.toString(), "-classpath", System.getProperty("java.class.path"));
        boolean compiled =
                compiler.getTask(errors, null, null, options, null, sources).call();
        assertThat(compiled).as(errors.toString()).isTrue();
    }

    @Test
    void every_test_that_the_security_page_names_exists() throws IOException {
        Set<String> missing = new TreeSet<>();
        int named = 0;
        Matcher name = TEST_NAME.matcher(Files.readString(ROOT.resolve("SECURITY.md")));
        while (name.find()) {
            named++;
            if (!testSource(name.group(1)).contains("void " + name.group(2) + "(")) {
                missing.add(name.group());
            }
        }
        assertThat(missing).isEmpty();
        assertThat(named).as("threats are tied to tests").isGreaterThan(20);
    }

    @Test
    void every_link_between_pages_leads_somewhere() throws IOException {
        Set<String> dead = new TreeSet<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                if (!Files.exists(page.resolveSibling(link.group(1)))) {
                    dead.add(ROOT.relativize(page) + " -> " + link.group(1));
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .toList();
        }
    }

    /** Contracts are tests that ship, for others to run. */
    private static String testSource(String className) throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.flatMap(module ->
                            Stream.of("src/test/java", "src/main/java").map(module::resolve))
                    .filter(Files::isDirectory)
                    .flatMap(PagesTest::walk)
                    .filter(path -> path.getFileName().toString().equals(className + ".java"))
                    .map(PagesTest::read)
                    .collect(Collectors.joining());
        }
    }

    private static Stream<Path> walk(Path folder) {
        try {
            return Files.walk(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A whole class is taken as it is; loose statements get a class and a method around them. */
    private static JavaFileObject source(String name, String snippet) {
        String code = snippet;
        if (!snippet.contains("class ")) {
            String imports =
                    snippet.lines().filter(line -> line.startsWith("import ")).collect(Collectors.joining("\n"));
            String body =
                    snippet.lines().filter(line -> !line.startsWith("import ")).collect(Collectors.joining("\n"));
            code = imports + "\nclass " + name + " {\n  void run() throws Exception {\n" + body + "\n  }\n}\n";
        }
        String text = code;
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }
}
