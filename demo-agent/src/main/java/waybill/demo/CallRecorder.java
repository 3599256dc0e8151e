package waybill.demo;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import waybill.routing.Attempt;
import waybill.routing.Plan;
import waybill.routing.Receipt;
import waybill.routing.RoutingListener;
import waybill.routing.Usage;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.WalletListener;
import waybill.x402.Amount;

/**
 * Hears the router and the wallet, and joins what they say: which payment belongs to which attempt. It can, because the
 * analyst makes one call at a time.
 */
final class CallRecorder implements RoutingListener, WalletListener {
    private final Consumer<ModelCall> hearer;
    private final Map<String, PaymentRecord> payments = new LinkedHashMap<>();
    private final List<Heard> heard = new ArrayList<>();
    private Part part = Part.HEADLINE;
    private List<Try> tries = new ArrayList<>();
    private @Nullable String latest;

    private record Try(Attempt attempt, @Nullable String payment) {}

    private record Heard(Part part, Receipt receipt, List<Try> tries) {}

    /** Tells {@code hearer} of each call when it ends. */
    CallRecorder(Consumer<ModelCall> hearer) {
        this.hearer = hearer;
    }

    /** The calls from now on are for this part. */
    synchronized void begin(Part next) {
        part = next;
    }

    /** The part that is being written. */
    synchronized Part part() {
        return part;
    }

    @Override
    public synchronized void onPlan(Plan plan) {
        tries = new ArrayList<>();
        latest = null;
    }

    @Override
    public synchronized void onChange(PaymentRecord payment) {
        payments.put(payment.id(), payment);
        latest = payment.id();
    }

    @Override
    public synchronized void onAttempt(Attempt attempt) {
        tries.add(new Try(attempt, latest));
        latest = null;
    }

    @Override
    public void onReceipt(Receipt receipt) {
        ModelCall call;
        synchronized (this) {
            heard.add(new Heard(part, receipt, List.copyOf(tries)));
            call = told(heard.size(), heard.get(heard.size() - 1));
        }
        hearer.accept(call);
    }

    /** Every call so far, with its payments as they stand now. */
    synchronized List<ModelCall> calls() {
        List<ModelCall> calls = new ArrayList<>();
        for (Heard each : heard) {
            calls.add(told(calls.size() + 1, each));
        }
        return calls;
    }

    private ModelCall told(int number, Heard call) {
        Receipt receipt = call.receipt;
        Plan plan = receipt.plan();
        Usage usage = receipt.answer().map(Attempt::usage).orElse(null);
        return new ModelCall(
                number,
                call.part.id(),
                plan.at(),
                receipt.duration(),
                receipt.answeredBy().orElse(null),
                plan.why(),
                plan.choices().stream()
                        .map(c -> new ModelCall.Choice(
                                c.candidate(),
                                c.worth().total(),
                                c.prediction().good(),
                                c.worth().price(),
                                c.worth().seconds()))
                        .toList(),
                plan.excluded().stream()
                        .map(e -> new ModelCall.Excluded(
                                e.candidate(),
                                e.verdict().rule() + ": " + e.verdict().reason()))
                        .toList(),
                call.tries.stream().map(this::attempt).toList(),
                receipt.cost().usd(),
                usage == null ? 0 : (int) usage.inputTokens(),
                usage == null ? 0 : (int) usage.outputTokens());
    }

    private ModelCall.Attempt attempt(Try one) {
        Attempt attempt = one.attempt;
        String outcome = attempt.failure() == null
                ? "answered"
                : attempt.failure().words() + ": " + withoutId(Objects.requireNonNullElse(attempt.message(), ""));
        PaymentRecord payment = one.payment == null ? null : payments.get(one.payment);
        return new ModelCall.Attempt(
                attempt.candidate(),
                attempt.answered(),
                outcome,
                attempt.duration(),
                payment == null ? null : payment(payment));
    }

    /** A wallet's message ends with the payment's id, which the report has a place of its own for. */
    private static String withoutId(String message) {
        int id = message.lastIndexOf(" [payment ");
        return id > 0 && message.endsWith("]") ? message.substring(0, id) : message;
    }

    private static ModelCall.Payment payment(PaymentRecord record) {
        Amount amount = record.amount();
        return new ModelCall.Payment(
                record.id(),
                record.state().name(),
                amount == null ? BigDecimal.ZERO : amount.decimal(),
                amount == null ? "" : amount.asset().symbol(),
                record.transaction(),
                record.state() == PaymentState.VOID ? Objects.requireNonNullElse(record.reason(), "") : "");
    }
}
