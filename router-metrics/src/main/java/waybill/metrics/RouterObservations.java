package waybill.metrics;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.routing.Attempt;
import waybill.routing.FailureKind;
import waybill.routing.Plan;
import waybill.routing.Receipt;
import waybill.routing.RoutingListener;
import waybill.routing.Usage;

/**
 * One observation, {@code waybill.route}, around each routed call, with an event for each attempt: a span under the
 * caller's own, when the application traces. For frameworks whose models observe nothing themselves; Spring AI's binding
 * has its own of the same name. Safe for use by many threads.
 *
 * <p>Low cardinality: who answered, how it ended. High: receipt, tokens, dollars. No text of a prompt or an answer.
 */
public final class RouterObservations implements RoutingListener {

    /** The observation's name. */
    public static final String NAME = "waybill.route";

    /** A call that never ends, for an error that no router hears of, is forgotten when so many others are under way. */
    private static final int MOST_UNDER_WAY = 10_000;

    private final ObservationRegistry registry;
    private final Map<SamePlan, Observation> underWay = new LinkedHashMap<>();

    /** A plan is told by its identity: two calls may have equal ones. */
    private static final class SamePlan {
        private final Plan plan;

        SamePlan(Plan plan) {
            this.plan = plan;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // that is the point
        public boolean equals(@Nullable Object other) {
            return other instanceof SamePlan same && same.plan == plan;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(plan);
        }
    }

    private RouterObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    /** Observes calls here. */
    public static RouterObservations of(ObservationRegistry registry) {
        return new RouterObservations(registry);
    }

    @Override
    public void onPlan(Plan plan) {
        Observation observation = Observation.createNotStarted(NAME, registry)
                .contextualName("route")
                .lowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .start();
        Observation lost = null;
        synchronized (underWay) {
            underWay.put(new SamePlan(plan), observation);
            if (underWay.size() > MOST_UNDER_WAY) {
                lost = underWay.remove(underWay.keySet().iterator().next());
            }
        }
        if (lost != null) {
            lost.stop();
        }
    }

    @Override
    public void onReceipt(Receipt receipt) {
        Observation observation;
        synchronized (underWay) {
            observation = underWay.remove(new SamePlan(receipt.plan()));
        }
        if (observation == null) {
            return;
        }
        for (Attempt attempt : receipt.attempts()) {
            observation.event(
                    Observation.Event.of("waybill.attempt", attempt.candidate() + ": " + words(attempt.failure())));
        }
        describe(receipt).forEach(observation::lowCardinalityKeyValue);
        observation.highCardinalityKeyValue("waybill.receipt", receipt.id());
        observation.highCardinalityKeyValue(
                "waybill.cost.usd", receipt.cost().usd().toPlainString());
        receipt.answer().map(Attempt::usage).ifPresent(usage -> count(observation, usage));
        observation.stop();
    }

    private static List<KeyValue> describe(Receipt receipt) {
        List<KeyValue> low = new ArrayList<>();
        String answeredBy = receipt.answeredBy().orElse("none");
        low.add(KeyValue.of("gen_ai.response.model", answeredBy));
        low.add(KeyValue.of("waybill.candidate", answeredBy));
        List<Attempt> attempts = receipt.attempts();
        String end = receipt.answer().isPresent()
                ? "answered"
                : attempts.isEmpty()
                        ? "not attempted"
                        : words(attempts.get(attempts.size() - 1).failure());
        low.add(KeyValue.of("waybill.outcome", end));
        return low;
    }

    private static void count(Observation observation, Usage usage) {
        observation.highCardinalityKeyValue("gen_ai.usage.input_tokens", Long.toString(usage.inputTokens()));
        observation.highCardinalityKeyValue("gen_ai.usage.output_tokens", Long.toString(usage.outputTokens()));
    }

    private static String words(@Nullable FailureKind failure) {
        return failure == null ? "answered" : failure.name().toLowerCase(Locale.ROOT);
    }
}
