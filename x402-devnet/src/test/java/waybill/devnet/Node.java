package waybill.devnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/** A node that answers JSON-RPC over HTTP: the devnet, or a real one beside it. */
record Node(String name, URI url) {
    static final ObjectMapper MAPPER = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** An answer: a result, or an error with its code and data. */
    record Answer(@Nullable JsonNode result, @Nullable JsonNode error) {
        JsonNode value() {
            if (result == null) throw new AssertionError("The node refused: " + error);
            return result;
        }

        String text() {
            return value().asText();
        }

        JsonNode refusal() {
            if (error == null) throw new AssertionError("The node did not refuse but answered " + result);
            return error;
        }
    }

    Answer ask(String method, Object... params) {
        ObjectNode request =
                MAPPER.createObjectNode().put("jsonrpc", "2.0").put("id", 1).put("method", method);
        ArrayNode list = request.putArray("params");
        for (Object param : params) list.add(MAPPER.<JsonNode>valueToTree(param));
        JsonNode answer = post(request.toString());
        return new Answer(answer.get("result"), answer.get("error"));
    }

    JsonNode post(String body) {
        try {
            return MAPPER.readTree(postRaw(body).body());
        } catch (IOException notJson) {
            throw new AssertionError(notJson);
        }
    }

    HttpResponse<String> postRaw(String body) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new AssertionError(name + " did not answer", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }
}
