package waybill.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Network;

/** A chain's node, asked by JSON-RPC for the little that the command line shows. It is the person's node, never a seller's. */
final class Node {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_ANSWER_BYTES = 64 * 1024;
    private static final String BALANCE_OF = "0x70a08231";

    private final URI url;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    Node(URI url) {
        this.url = url;
    }

    /** Where it is. */
    URI url() {
        return url;
    }

    /** The chain that it is a node of. */
    Network network() {
        BigInteger id = quantity(ask("eth_chainId"));
        if (id.signum() <= 0 || id.bitLength() > 62) throw unusable("says that its chain id is " + id, null);
        return new Network(id.longValueExact());
    }

    /** What {@code owner} holds of {@code asset}. */
    Amount balance(Asset asset, Address owner) {
        ArrayNode parameters = MAPPER.createArrayNode();
        parameters
                .addObject()
                .put("to", asset.address().toString())
                .put("data", BALANCE_OF + "0".repeat(24) + HexFormat.of().formatHex(owner.bytes()));
        parameters.add("latest");
        String word = ask("eth_call", parameters);
        if (word.length() != 66) {
            throw unusable(
                    "finds no %s at %s (it answers '%s')"
                            .formatted(asset.symbol(), asset.address(), Words.printable(word, 120)),
                    null);
        }
        return new Amount(asset, quantity(word));
    }

    /** Sends a signed transaction; its hash. */
    String send(String raw) {
        return ask("eth_sendRawTransaction", MAPPER.createArrayNode().add(raw));
    }

    private String ask(String method) {
        return ask(method, MAPPER.createArrayNode());
    }

    private String ask(String method, ArrayNode parameters) {
        ObjectNode body =
                MAPPER.createObjectNode().put("jsonrpc", "2.0").put("id", 1).put("method", method);
        body.set("params", parameters);
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build();
        try (InputStream answer =
                client.send(request, BodyHandlers.ofInputStream()).body()) {
            JsonNode json = MAPPER.readTree(answer.readNBytes(MAX_ANSWER_BYTES));
            JsonNode result = json.path("result");
            if (result.isTextual()) return result.textValue();
            throw unusable(
                    "refuses " + method + ": "
                            + Words.printable(json.path("error").path("message").asText("no result"), 120),
                    null);
        } catch (JsonProcessingException e) {
            throw unusable("does not answer in JSON-RPC", e);
        } catch (IOException e) {
            throw unusable("does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unusable("was not waited for", e);
        }
    }

    private BigInteger quantity(String hex) {
        if (!hex.matches("0x[0-9a-fA-F]{1,64}"))
            throw unusable("answers '%s', which is no number".formatted(Words.printable(hex, 120)), null);
        return new BigInteger(hex.substring(2), 16);
    }

    private Failure unusable(String what, @Nullable Throwable cause) {
        return new Failure(
                Exit.WALLET,
                "the node %s://%s %s. Name another with WAYBILL_RPC_URL or 'rpc' in wallet.yaml."
                        .formatted(url.getScheme(), url.getAuthority(), what),
                cause);
    }
}
