package waybill.springai;

import java.util.HashMap;
import java.util.Map;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.core.Ordered;
import reactor.core.publisher.Flux;
import waybill.routing.Hints;

/**
 * Hands a call's {@link Hints} from the context of a {@code ChatClient} request to the router, and the receipt back into
 * the context of the response:
 *
 * <pre>{@code
 * client.prompt("…").advisors(a -> a.param(RoutingChatModel.HINTS, Hints.NONE.withCostCeiling("0.01"))).call()
 * }</pre>
 *
 * It stands before Spring AI's tool calling, so it sees one call for each turn, and the hints reach every round of it.
 * Stateless.
 */
public final class RoutingAdvisor implements CallAdvisor, StreamAdvisor {

    /** Spring AI's tool calling advisor stands at {@code HIGHEST_PRECEDENCE + 300}. */
    private static final int BEFORE_TOOL_CALLING = Ordered.HIGHEST_PRECEDENCE + 290;

    @Override
    public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
        return withReceipt(chain.nextCall(withHints(request)));
    }

    @Override
    public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
        return chain.nextStream(withHints(request)).map(RoutingAdvisor::withReceipt);
    }

    @Override
    public String getName() {
        return "waybill routing";
    }

    @Override
    public int getOrder() {
        return BEFORE_TOOL_CALLING;
    }

    private static ChatClientRequest withHints(ChatClientRequest request) {
        if (!(request.context().get(RoutingChatModel.HINTS) instanceof Hints hints)
                || !(request.prompt().getOptions() instanceof ToolCallingChatOptions options)) {
            return request;
        }
        Map<String, Object> context =
                new HashMap<>(options.getToolContext() == null ? Map.of() : options.getToolContext());
        context.put(RoutingChatModel.HINTS, hints);
        ToolCallingChatOptions hinted = options.mutate().toolContext(context).build();
        return request.mutate()
                .prompt(new Prompt(request.prompt().getInstructions(), hinted))
                .build();
    }

    private static ChatClientResponse withReceipt(ChatClientResponse response) {
        ChatResponse answer = response.chatResponse();
        return answer == null
                ? response
                : RoutingChatModel.receiptOf(answer)
                        .map(receipt -> response.mutate()
                                .context(RoutingChatModel.RECEIPT, receipt)
                                .build())
                        .orElse(response);
    }
}
