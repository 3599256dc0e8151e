package waybill.wallet.tools;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.wallet.LedgerException;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;

/**
 * One tool: what a model is told of it, and what it does. Its texts are fixed when it is built; nothing of a seller's is in
 * them. Thread-safe.
 *
 * @param name as models call it
 * @param description what it does and when to use it
 * @param schema of its arguments: a JSON schema as plain values; what it does not name is refused
 * @param action what it does
 */
public record WalletTool(String name, String description, Map<String, @Nullable Object> schema, Action action) {
    private static final int MAX_ARGUMENTS_BYTES = 256 * 1024;

    /** What a tool does with its arguments. */
    @FunctionalInterface
    public interface Action {
        /**
         * Acts.
         *
         * @throws BadArgumentsException when the arguments are not those of the schema
         * @throws InterruptedException when the caller has given up
         */
        ToolResult on(Arguments arguments) throws InterruptedException;
    }

    /** The schema as JSON text. */
    public String schemaJson() {
        return Json.write(schema);
    }

    /**
     * Acts on arguments as a model wrote them. It never throws: what goes wrong is a result too.
     *
     * @param argumentsJson one JSON object; empty text counts as an empty one
     */
    public ToolResult call(String argumentsJson) {
        try {
            byte[] utf8 =
                    argumentsJson.isBlank() ? new byte[] {'{', '}'} : argumentsJson.getBytes(StandardCharsets.UTF_8);
            return action.on(new Arguments(name, schema, Json.parseObject(utf8, MAX_ARGUMENTS_BYTES)));
        } catch (BadArgumentsException | MalformedWireException e) {
            return ToolResult.error("bad_arguments", NextStep.of("bad_arguments"))
                    .with("detail", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ToolResult.error("interrupted", NextStep.of("interrupted"));
        } catch (LedgerException e) {
            return ToolResult.error("ledger_unavailable", NextStep.of("ledger_unavailable"));
        } catch (RuntimeException e) {
            return ToolResult.error("internal_error", NextStep.of("internal_error"))
                    .with("detail", e.getClass().getSimpleName());
        }
    }
}
