package waybill.wallet.tools.springai;

import java.util.List;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import waybill.wallet.tools.WalletTool;
import waybill.wallet.tools.WalletTools;

/**
 * The wallet's tools as Spring AI's {@link ToolCallback}s, for {@code chatClient.prompt().tools(..)}. Spring AI does
 * not say where a turn begins: pass {@code of(tools.turn())} with each prompt to bound the payments that one message of a
 * person's can lead to.
 */
public final class WalletToolCallbacks {
    private WalletToolCallbacks() {}

    /** One callback for each tool. */
    public static List<ToolCallback> of(WalletTools tools) {
        return tools.all().stream().<ToolCallback>map(Callback::new).toList();
    }

    private static final class Callback implements ToolCallback {
        private final WalletTool tool;
        private final ToolDefinition definition;

        Callback(WalletTool tool) {
            this.tool = tool;
            this.definition = ToolDefinition.builder()
                    .name(tool.name())
                    .description(tool.description())
                    .inputSchema(tool.schemaJson())
                    .build();
        }

        @Override
        public ToolDefinition getToolDefinition() {
            return definition;
        }

        @Override
        public String call(String argumentsJson) {
            return tool.call(argumentsJson).json();
        }
    }
}
