package waybill.gateway;

import dev.langchain4j.model.chat.request.ChatRequest;

/**
 * A chat completion request, understood.
 *
 * @param chat what goes to the model; without a model name, which the model itself knows
 * @param stream whether the answer is streamed
 * @param includeUsage whether a stream ends with a usage chunk
 */
record ChatCall(ChatRequest chat, boolean stream, boolean includeUsage) {}
