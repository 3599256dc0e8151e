package waybill.gateway;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import waybill.routing.Modality;
import waybill.seller.PriceTag;

/**
 * A model on the shelf.
 *
 * @param id what callers ask for
 * @param plain answers whole
 * @param streaming answers in pieces
 * @param tag what a call costs; absent when it is free, or sold by use
 * @param metered what its tokens cost; absent when it is free, or sold by the call
 * @param contextTokens input and output together; 0 when unknown
 * @param outputTokens longest answer; 0 when unknown
 * @param tools whether it calls tools
 * @param jsonSchema whether it follows a JSON schema
 * @param inputs what it reads
 * @param answeredBy the id of the model that gave an answer: this one, or the one that the router chose
 */
record SoldModel(
        String id,
        ChatModel plain,
        StreamingChatModel streaming,
        @Nullable PriceTag tag,
        @Nullable MeteredPrice metered,
        int contextTokens,
        int outputTokens,
        boolean tools,
        boolean jsonSchema,
        Set<Modality> inputs,
        Function<ChatResponse, String> answeredBy) {

    boolean free() {
        return tag == null && metered == null;
    }

    boolean readsImages() {
        return inputs.contains(Modality.IMAGE);
    }
}
