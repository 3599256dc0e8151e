package waybill.devnet;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import waybill.devnet.WorldState.Log;

/**
 * Which logs are asked for: the emitting addresses, and for each topic place the values allowed there. An empty set
 * allows every value.
 */
record LogQuery(Set<BigInteger> addresses, List<Set<BigInteger>> topics) {

    static LogQuery from(JsonNode criteria) {
        List<Set<BigInteger>> topics = new ArrayList<>();
        for (JsonNode place : criteria.path("topics"))
            topics.add(alternatives(place, topic -> RpcParams.word(topic, "a topic")));
        return new LogQuery(
                alternatives(criteria.path("address"), address -> RpcParams.address(address, "address")), topics);
    }

    boolean matches(Log log) {
        if (!addresses.isEmpty() && !addresses.contains(log.address())) return false;
        if (topics.size() > log.topics().size()) return false;
        for (int place = 0; place < topics.size(); place++) {
            Set<BigInteger> allowed = topics.get(place);
            if (!allowed.isEmpty() && !allowed.contains(log.topics().get(place))) return false;
        }
        return true;
    }

    private static Set<BigInteger> alternatives(JsonNode node, Function<JsonNode, BigInteger> value) {
        if (!RpcParams.isPresent(node)) return Set.of();
        if (!node.isArray()) return Set.of(value.apply(node));
        return StreamSupport.stream(node.spliterator(), false).map(value).collect(Collectors.toUnmodifiableSet());
    }
}
