package waybill.examples.plain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.examples.shop.ModelShop;
import waybill.testing.Answer;

class PlainProgramTest {

    @TempDir
    private Path folder;

    @Test
    void a_plain_program_routes_and_pays_on_the_chain() throws Exception {
        try (ModelShop shop = shop()) {
            String answer = PlainProgram.answer(
                    shop.api(), shop.rpc(), shop.buyerKey(), folder.resolve("ledger.db"), "What is in the pool?");
            assertThat(answer).startsWith("About 100 ETH.\nreceipt ").contains("total $0.001");
            assertThat(shop.earned().longValueExact()).isEqualTo(1_000);
        }
    }

    /** As JBang runs it: one source file, compiled in memory by the JDK, with its dependencies on the class path. */
    @Test
    void the_single_file_routes_and_pays_as_it_stands() throws Exception {
        try (ModelShop shop = shop()) {
            assertThat(single(Map.of("SHOP", "")))
                    .as("without a shop it says what is missing")
                    .contains("waybill.candidates[0].base-url");
            assertThat(single(Map.of(
                            "SHOP", shop.api().toString(),
                            "RPC", shop.rpc().toString(),
                            "WAYBILL_KEY", shop.buyerKey(),
                            "LEDGER", folder.resolve("single.db").toString())))
                    .contains("About 100 ETH.");
            assertThat(shop.earned().longValueExact()).isEqualTo(1_000);
        }
    }

    private String single(Map<String, String> environment) throws Exception {
        Path output = folder.resolve("output.txt");
        ProcessBuilder program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Path.of("..", "jbang", "Ask.java").toString(),
                        "What is in the pool?")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        program.environment().putAll(environment);
        assertThat(program.start().waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output);
    }

    private ModelShop shop() throws Exception {
        return ModelShop.open(folder)
                .sell("small", "0.001", Answer.text("About 100 ETH."))
                .sell("large", "0.015", Answer.text("Exactly 100.03 ETH."));
    }
}
