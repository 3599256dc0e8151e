package waybill.x402;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code bazaar}: a seller says how its resource is called, so that a facilitator can list it. Everything in
 * it is the seller's word.
 *
 * @param method of the request, such as {@code GET}
 * @param input how it is called: {@code type}, {@code method} and {@code queryParams}, or {@code bodyType} and
 *     {@code body}
 * @param output what comes back ({@code type}, {@code example}); empty when nothing is said
 * @param routeTemplate the path with {@code :name} for what varies, or null when nothing does
 */
public record Bazaar(
        String method,
        Map<String, @Nullable Object> input,
        Map<String, @Nullable Object> output,
        @Nullable String routeTemplate) {
    /** Its name on the wire. */
    public static final String KEY = "bazaar";

    private static final Set<String> QUERY_METHODS = Set.of("GET", "HEAD", "DELETE");
    private static final Set<String> BODY_METHODS = Set.of("POST", "PUT", "PATCH");
    private static final Set<String> BODY_TYPES = Set.of("json", "form-data", "text");
    private static final int MAX_ROUTE_CHARS = 1024;

    public Bazaar {
        boolean query = QUERY_METHODS.contains(method);
        if (!query && !BODY_METHODS.contains(method)) {
            throw new IllegalArgumentException("not a method that is listed: " + Printable.cut(method, 20));
        }
        if (!query && !BODY_TYPES.contains(String.valueOf(input.get("bodyType")))) {
            throw new IllegalArgumentException("the bodyType of a " + method + " is one of " + BODY_TYPES);
        }
        if (routeTemplate != null
                && (routeTemplate.length() > MAX_ROUTE_CHARS
                        || !routeTemplate.matches("/[a-zA-Z0-9_/:.\\-~%]+")
                        || routeTemplate.contains("..")
                        || routeTemplate.contains("://"))) {
            throw new IllegalArgumentException("not a route template: " + Printable.cut(routeTemplate, 60));
        }
        input = Frozen.copy(input);
        output = Frozen.copy(output);
    }

    /**
     * A resource that is called with query parameters.
     *
     * @param example of the parameters, by name
     * @param outputExample of the answer, JSON as plain values; null when nothing is said of it
     */
    public static Bazaar query(String method, Map<String, ?> example, @Nullable Object outputExample) {
        Map<String, @Nullable Object> input = http(method);
        input.put("queryParams", example);
        return new Bazaar(method.toUpperCase(Locale.ROOT), input, output(outputExample), null);
    }

    /**
     * A resource that is called with a body.
     *
     * @param bodyType {@code json}, {@code form-data} or {@code text}
     * @param example of the body
     * @param outputExample of the answer, JSON as plain values; null when nothing is said of it
     */
    public static Bazaar body(String method, String bodyType, Map<String, ?> example, @Nullable Object outputExample) {
        Map<String, @Nullable Object> input = http(method);
        input.put("bodyType", bodyType);
        input.put("body", example);
        return new Bazaar(method.toUpperCase(Locale.ROOT), input, output(outputExample), null);
    }

    /** This with a template of its path, such as {@code /cities/:name}. */
    public Bazaar withRouteTemplate(String template) {
        return new Bazaar(method, input, output, template);
    }

    /** What a seller puts into its bill. */
    public Map<String, @Nullable Object> declaration() {
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("input", input);
        if (!output.isEmpty()) {
            info.put("output", output);
        }
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put("input", Map.of("type", "object"));
        if (!output.isEmpty()) {
            properties.put("output", Map.of("type", "object"));
        }
        Map<String, @Nullable Object> extension = Extension.of(info, Extension.schema(properties, List.of("input")));
        if (routeTemplate != null) {
            extension.put("routeTemplate", routeTemplate);
        }
        return extension;
    }

    /**
     * The extension in a bill or a payment; null when it is not there, or is about a tool instead of a URL.
     *
     * @throws MalformedWireException when a field in it is wrong
     */
    public static @Nullable Bazaar in(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null) {
            return null;
        }
        return WireFormat.understood(KEY, () -> {
            JsonObject input = info.object("input");
            return "http".equals(input.string("type"))
                    ? new Bazaar(
                            input.string("method"),
                            input.all(),
                            info.map("output"),
                            JsonObject.of(extensions.get(KEY), KEY).optionalString("routeTemplate"))
                    : null;
        });
    }

    private static Map<String, @Nullable Object> http(String method) {
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("type", "http");
        input.put("method", method.toUpperCase(Locale.ROOT));
        return input;
    }

    private static Map<String, @Nullable Object> output(@Nullable Object example) {
        if (example == null) {
            return Map.of();
        }
        Map<String, @Nullable Object> output = new LinkedHashMap<>();
        output.put("type", "json");
        output.put("example", example);
        return output;
    }
}
