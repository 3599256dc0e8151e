package waybill.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads chat completion requests: JSON of bounded size and depth in, a LangChain4j request out. Whatever it does not
 * understand and cannot ignore without changing the answer is refused, with the field named. Thread-safe.
 */
final class RequestReader {

    private static final int MAX_MESSAGES = 2_000;
    private static final int MAX_TOOLS = 128;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Pattern DATA_URL =
            Pattern.compile("data:(image/[a-z0-9.+-]{1,40});base64,([A-Za-z0-9+/]+={0,2})");
    private static final Set<String> SCHEMA_NOTES =
            Set.of("$schema", "$id", "$comment", "title", "examples", "default", "strict");

    private final ObjectMapper json;

    RequestReader() {
        this.json = JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(64)
                                .maxNumberLength(100)
                                .maxNameLength(1_000)
                                .build())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
    }

    /** The body as a JSON object. */
    JsonNode object(byte[] body) {
        JsonNode root;
        try {
            root = json.readTree(body);
        } catch (JsonProcessingException e) {
            throw new ApiException(ApiError.of(
                    400,
                    ApiError.INVALID_REQUEST,
                    "invalid_json",
                    "The body is not JSON that can be read: line " + line(e) + ", " + kind(e) + "."));
        } catch (IOException e) {
            throw new ApiException(
                    ApiError.of(400, ApiError.INVALID_REQUEST, "invalid_json", "The body is not UTF-8 JSON."));
        }
        if (root == null || !root.isObject()) {
            throw new ApiException(
                    ApiError.of(400, ApiError.INVALID_REQUEST, "invalid_json", "The body must be a JSON object."));
        }
        return root;
    }

    /** The model that the request asks for. */
    static String model(JsonNode root) {
        JsonNode model = root.path("model");
        if (!model.isTextual() || model.textValue().isBlank()) {
            throw invalid("model", "model must name one of the models in GET /v1/models.");
        }
        return model.textValue();
    }

    /**
     * The rest of the request.
     *
     * @param images whether the model reads images
     */
    ChatCall call(JsonNode root, boolean images) {
        if (whole(root, "n", 1) != 1) {
            throw invalid("n", "n must be 1: one answer per request.");
        }
        if (present(root, "functions") || present(root, "function_call")) {
            throw invalid("functions", "functions is the old form; use tools and tool_choice.");
        }
        boolean stream = flag(root, "stream");
        JsonNode streamOptions = root.path("stream_options");
        List<ToolSpecification> tools = tools(root.path("tools"));
        OpenAiChatRequestParameters.Builder parameters = OpenAiChatRequestParameters.builder();
        chooseTools(root.path("tool_choice"), tools, parameters);
        if (present(root, "temperature")) {
            parameters.temperature(number(root, "temperature", 0, 2));
        }
        if (present(root, "top_p")) {
            parameters.topP(number(root, "top_p", 0, 1));
        }
        if (present(root, "frequency_penalty")) {
            parameters.frequencyPenalty(number(root, "frequency_penalty", -2, 2));
        }
        if (present(root, "presence_penalty")) {
            parameters.presencePenalty(number(root, "presence_penalty", -2, 2));
        }
        if (present(root, "max_tokens")) {
            parameters.maxOutputTokens(positive(root, "max_tokens"));
        }
        if (present(root, "max_completion_tokens")) {
            parameters.maxCompletionTokens(positive(root, "max_completion_tokens"));
        }
        if (present(root, "seed")) {
            parameters.seed(whole(root, "seed", 0));
        }
        if (present(root, "parallel_tool_calls")) {
            parameters.parallelToolCalls(flag(root, "parallel_tool_calls"));
        }
        if (present(root, "reasoning_effort")) {
            parameters.reasoningEffort(text(root.get("reasoning_effort"), "reasoning_effort"));
        }
        if (present(root, "stop")) {
            parameters.stopSequences(stops(root.get("stop")));
        }
        ResponseFormat format = responseFormat(root.path("response_format"));
        if (format != null) {
            parameters.responseFormat(format);
        }
        ChatRequest chat = ChatRequest.builder()
                .messages(messages(root.path("messages"), images))
                .parameters(parameters.build())
                .build();
        return new ChatCall(chat, stream, streamOptions.path("include_usage").asBoolean(false));
    }

    private static List<ChatMessage> messages(JsonNode array, boolean images) {
        if (!array.isArray() || array.isEmpty()) {
            throw invalid("messages", "messages must be a list of at least one message.");
        }
        if (array.size() > MAX_MESSAGES) {
            throw invalid("messages", "messages has " + array.size() + " entries; at most " + MAX_MESSAGES + ".");
        }
        List<ChatMessage> messages = new ArrayList<>(array.size());
        Map<String, String> callNames = new HashMap<>();
        for (int i = 0; i < array.size(); i++) {
            String at = "messages[" + i + "]";
            JsonNode message = array.get(i);
            String role = message.path("role").asText("");
            messages.add(
                    switch (role) {
                        case "system", "developer" -> SystemMessage.from(joined(message.path("content"), at));
                        case "user" -> user(message, at, images);
                        case "assistant" -> assistant(message, at, callNames);
                        case "tool" -> tool(message, at, callNames);
                        default ->
                            throw invalid(at + ".role", "role must be system, developer, user, assistant or tool.");
                    });
        }
        return messages;
    }

    private static ChatMessage user(JsonNode message, String at, boolean images) {
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            return UserMessage.from(content.textValue());
        }
        if (!content.isArray() || content.isEmpty()) {
            throw invalid(at + ".content", "content must be text or a list of parts.");
        }
        List<Content> parts = new ArrayList<>(content.size());
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            String here = at + ".content[" + i + "]";
            String type = part.path("type").asText("");
            switch (type) {
                case "text" -> parts.add(TextContent.from(text(part.path("text"), here + ".text")));
                case "image_url" -> {
                    if (!images) {
                        throw new ApiException(new ApiError(
                                400,
                                ApiError.INVALID_REQUEST,
                                "unsupported_content",
                                "This model reads no images; GET /v1/models says which ones do.",
                                here,
                                null));
                    }
                    parts.add(image(part.path("image_url"), here + ".image_url"));
                }
                default ->
                    throw new ApiException(new ApiError(
                            400,
                            ApiError.INVALID_REQUEST,
                            "unsupported_content",
                            "Parts of type text and image_url are understood, not this one.",
                            here + ".type",
                            null));
            }
        }
        return UserMessage.from(parts);
    }

    /** An image by value or by address; the address goes to the provider as it is, nothing is fetched here. */
    private static Content image(JsonNode image, String at) {
        String url = text(image.path("url"), at + ".url");
        ImageContent.DetailLevel detail =
                switch (image.path("detail").asText("auto")) {
                    case "low" -> ImageContent.DetailLevel.LOW;
                    case "high" -> ImageContent.DetailLevel.HIGH;
                    case "auto" -> ImageContent.DetailLevel.AUTO;
                    default -> throw invalid(at + ".detail", "detail must be low, high or auto.");
                };
        Matcher data = DATA_URL.matcher(url);
        if (data.matches()) {
            return ImageContent.from(data.group(2), data.group(1), detail);
        }
        try {
            URI address = URI.create(url);
            if ("https".equals(address.getScheme()) && address.getHost() != null) {
                return ImageContent.from(address, detail);
            }
        } catch (IllegalArgumentException notAUrl) {
            throw invalid(at + ".url", "url must be an https URL, or data:image/...;base64,...");
        }
        throw invalid(at + ".url", "url must be an https URL, or data:image/...;base64,...");
    }

    private static ChatMessage assistant(JsonNode message, String at, Map<String, String> callNames) {
        AiMessage.Builder builder = AiMessage.builder();
        JsonNode content = message.path("content");
        boolean said = !content.isMissingNode() && !content.isNull();
        if (said) {
            builder.text(joined(content, at));
        }
        List<ToolExecutionRequest> calls = new ArrayList<>();
        JsonNode toolCalls = message.path("tool_calls");
        if (toolCalls.isArray()) {
            for (int i = 0; i < toolCalls.size(); i++) {
                JsonNode call = toolCalls.get(i);
                String here = at + ".tool_calls[" + i + "]";
                String id = text(call.path("id"), here + ".id");
                String name = text(call.path("function").path("name"), here + ".function.name");
                callNames.put(id, name);
                calls.add(ToolExecutionRequest.builder()
                        .id(id)
                        .name(name)
                        .arguments(call.path("function").path("arguments").asText(""))
                        .build());
            }
        }
        if (!said && calls.isEmpty()) {
            throw invalid(at + ".content", "an assistant message has content or tool_calls.");
        }
        if (!calls.isEmpty()) {
            builder.toolExecutionRequests(calls);
        }
        return builder.build();
    }

    private static ChatMessage tool(JsonNode message, String at, Map<String, String> callNames) {
        String id = text(message.path("tool_call_id"), at + ".tool_call_id");
        String name = callNames.get(id);
        if (name == null) {
            throw invalid(
                    at + ".tool_call_id", "tool_call_id must be the id of a call in an assistant message before.");
        }
        return ToolExecutionResultMessage.from(id, name, joined(message.path("content"), at));
    }

    private static List<ToolSpecification> tools(JsonNode array) {
        if (array.isMissingNode() || array.isNull()) {
            return List.of();
        }
        if (!array.isArray() || array.size() > MAX_TOOLS) {
            throw invalid("tools", "tools must be a list of at most " + MAX_TOOLS + " functions.");
        }
        List<ToolSpecification> tools = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            String at = "tools[" + i + "]";
            JsonNode tool = array.get(i);
            if (!tool.path("type").asText("").equals("function")) {
                throw invalid(at + ".type", "type must be function.");
            }
            JsonNode function = tool.path("function");
            ToolSpecification.Builder specification =
                    ToolSpecification.builder().name(name(function.path("name"), at + ".function.name"));
            if (function.path("description").isTextual()) {
                specification.description(function.path("description").textValue());
            }
            JsonNode schema = function.path("parameters");
            if (!schema.isMissingNode() && !schema.isNull()) {
                specification.parameters(parameters(schema, at + ".function.parameters"));
            }
            tools.add(specification.build());
        }
        return tools;
    }

    /** The schema of a function's arguments; what stands below its first level is passed on as it came. */
    private static JsonObjectSchema parameters(JsonNode schema, String at) {
        if (!schema.isObject() || !schema.path("type").asText("object").equals("object")) {
            throw invalid(at, "parameters must be a JSON schema of type object.");
        }
        JsonObjectSchema.Builder builder = JsonObjectSchema.builder();
        schema.properties().forEach(field -> {
            JsonNode value = field.getValue();
            switch (field.getKey()) {
                case "type" -> {}
                case "description" -> builder.description(value.asText());
                case "properties" -> builder.addProperties(schemas(value, at + ".properties"));
                case "$defs" -> builder.definitions(schemas(value, at + ".$defs"));
                case "required" -> {
                    List<String> required = new ArrayList<>();
                    value.forEach(name -> required.add(name.asText()));
                    builder.required(required);
                }
                case "additionalProperties" -> {
                    if (!value.isBoolean()) {
                        throw invalid(at + ".additionalProperties", "additionalProperties must be true or false here.");
                    }
                    builder.additionalProperties(value.booleanValue());
                }
                default -> {
                    if (!SCHEMA_NOTES.contains(field.getKey())) {
                        throw invalid(
                                at + "." + field.getKey(),
                                "At the top of a function's parameters this gateway passes on type, description, "
                                        + "properties, required, additionalProperties and $defs only.");
                    }
                }
            }
        });
        return builder.build();
    }

    private static Map<String, JsonSchemaElement> schemas(JsonNode object, String at) {
        if (!object.isObject()) {
            throw invalid(at, "must be an object of schemas.");
        }
        Map<String, JsonSchemaElement> schemas = new LinkedHashMap<>();
        object.properties().forEach(field -> {
            if (!field.getValue().isObject()) {
                throw invalid(at + "." + field.getKey(), "must be a schema.");
            }
            schemas.put(field.getKey(), JsonRawSchema.from(field.getValue().toString()));
        });
        return schemas;
    }

    private static void chooseTools(
            JsonNode choice, List<ToolSpecification> tools, OpenAiChatRequestParameters.Builder parameters) {
        List<ToolSpecification> offered = tools;
        if (choice.isObject()) {
            String name = text(choice.path("function").path("name"), "tool_choice.function.name");
            offered = tools.stream().filter(tool -> tool.name().equals(name)).toList();
            if (offered.isEmpty()) {
                throw invalid("tool_choice", "tool_choice names a function that is not among the tools.");
            }
            parameters.toolChoice(ToolChoice.REQUIRED);
        } else if (choice.isTextual()) {
            ToolChoice wanted =
                    switch (choice.textValue()) {
                        case "auto" -> ToolChoice.AUTO;
                        case "none" -> ToolChoice.NONE;
                        case "required" -> ToolChoice.REQUIRED;
                        default ->
                            throw invalid("tool_choice", "tool_choice must be auto, none, required or one function.");
                    };
            if (tools.isEmpty() && wanted == ToolChoice.REQUIRED) {
                throw invalid("tool_choice", "tool_choice is required, and there are no tools.");
            }
            if (!tools.isEmpty()) {
                parameters.toolChoice(wanted);
            }
        } else if (!choice.isMissingNode() && !choice.isNull()) {
            throw invalid("tool_choice", "tool_choice must be auto, none, required or one function.");
        }
        if (!offered.isEmpty()) {
            parameters.toolSpecifications(offered);
        }
    }

    private static @Nullable ResponseFormat responseFormat(JsonNode format) {
        if (format.isMissingNode() || format.isNull()) {
            return null;
        }
        return switch (format.path("type").asText("")) {
            case "text" -> null;
            case "json_object" -> ResponseFormat.JSON;
            case "json_schema" -> {
                JsonNode wanted = format.path("json_schema");
                JsonNode schema = wanted.path("schema");
                if (!schema.isObject()) {
                    throw invalid("response_format.json_schema.schema", "schema must be a JSON schema.");
                }
                yield ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name(name(wanted.path("name"), "response_format.json_schema.name"))
                                .rootElement(JsonRawSchema.from(schema.toString()))
                                .build())
                        .build();
            }
            default -> throw invalid("response_format.type", "type must be text, json_object or json_schema.");
        };
    }

    private static List<String> stops(JsonNode stop) {
        List<String> stops = new ArrayList<>();
        if (stop.isTextual()) {
            stops.add(stop.textValue());
        } else if (stop.isArray() && stop.size() <= 4) {
            for (int i = 0; i < stop.size(); i++) {
                stops.add(text(stop.get(i), "stop[" + i + "]"));
            }
        } else {
            throw invalid("stop", "stop must be a text or a list of at most 4.");
        }
        return stops;
    }

    /** A content that may be text or a list of text parts, as one text. */
    private static String joined(JsonNode content, String at) {
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray() || content.isEmpty()) {
            throw invalid(at + ".content", "content must be text or a list of text parts.");
        }
        List<String> texts = new ArrayList<>(content.size());
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            if (!part.path("type").asText("").equals("text")) {
                throw invalid(at + ".content[" + i + "].type", "only text parts are understood in this role.");
            }
            texts.add(text(part.path("text"), at + ".content[" + i + "].text"));
        }
        return String.join("\n", texts);
    }

    private static String name(JsonNode node, String at) {
        String name = text(node, at);
        if (!NAME.matcher(name).matches()) {
            throw invalid(at, "a name has 1 to 64 letters, digits, _ or -.");
        }
        return name;
    }

    private static String text(JsonNode node, String at) {
        if (!node.isTextual()) {
            throw invalid(at, "must be text.");
        }
        return node.textValue();
    }

    private static boolean present(JsonNode root, String field) {
        return root.has(field) && !root.get(field).isNull();
    }

    private static boolean flag(JsonNode root, String field) {
        if (!present(root, field)) {
            return false;
        }
        if (!root.get(field).isBoolean()) {
            throw invalid(field, field + " must be true or false.");
        }
        return root.get(field).booleanValue();
    }

    private static double number(JsonNode root, String field, double least, double most) {
        JsonNode node = root.get(field);
        if (!node.isNumber() || node.doubleValue() < least || node.doubleValue() > most) {
            throw invalid(field, field + " must be a number from " + least + " to " + most + ".");
        }
        return node.doubleValue();
    }

    private static int whole(JsonNode root, String field, int absent) {
        if (!present(root, field)) {
            return absent;
        }
        if (!root.get(field).canConvertToInt() || !root.get(field).isIntegralNumber()) {
            throw invalid(field, field + " must be a whole number of 32 bits.");
        }
        return root.get(field).intValue();
    }

    private static int positive(JsonNode root, String field) {
        int number = whole(root, field, 0);
        if (number < 1) {
            throw invalid(field, field + " must be at least 1.");
        }
        return number;
    }

    private static ApiException invalid(String param, String message) {
        return new ApiException(ApiError.invalid(param, message));
    }

    private static String line(JsonProcessingException e) {
        return e.getLocation() == null
                ? "unknown"
                : e.getLocation().getLineNr() + " column " + e.getLocation().getColumnNr();
    }

    /** The parser's own words may quote the body, which can hold a prompt. */
    private static String kind(JsonProcessingException e) {
        String message = e.getOriginalMessage() == null ? "" : e.getOriginalMessage();
        if (message.contains("Duplicate field")) {
            return "a field stands twice";
        }
        if (message.contains("nesting depth")) {
            return "nested deeper than 64";
        }
        if (message.contains("exceeds the maximum")) {
            return "a number or name that is too long";
        }
        return "unexpected text";
    }
}
