package waybill.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import waybill.wallet.PaymentRecord;
import waybill.wallet.SellerReceipt;
import waybill.x402.Amount;

/** A line of the ledger for people and their programs: times in UTC, amounts exact, nothing that opens a payment. */
final class PaymentText {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final List<String> COLUMNS = List.of(
            "payment_id",
            "created_utc",
            "updated_utc",
            "state",
            "confirmed",
            "token",
            "amount",
            "usd",
            "network",
            "token_address",
            "payee",
            "host",
            "method",
            "url",
            "transaction",
            "code",
            "reason",
            "tags",
            "receipt");

    private PaymentText() {}

    /** A moment in UTC, to the second. */
    static String time(Instant at) {
        return TIME.format(at);
    }

    /** What a receipt was found to be, in words. */
    static String words(SellerReceipt receipt) {
        return switch (receipt.finding()) {
            case BY_PAYEE -> "signed by the account that was paid";
            case BY_OFFERER -> "signed by %s, as the offer was".formatted(receipt.signer());
            case BY_STRANGER -> "signed by %s, whom nobody has spoken of".formatted(receipt.signer());
            case OF_ANOTHER -> "BAD: it is of another payment; the chain tells what was paid";
            case FORGED -> "BAD: its signature is nobody's; the chain tells what was paid";
            case NOT_CHECKED -> "not checked: its key is of another kind, or named by a document on the web";
        };
    }

    /** All that is known of it, by name; what is not known is left out. */
    static Map<String, Object> object(PaymentRecord payment) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        Amount amount = payment.amount();
        all.put("paymentId", payment.id());
        all.put("state", payment.state().name());
        all.put("confirmed", payment.confirmed());
        all.put("amount", amount);
        all.put("usd", amount == null ? null : amount.decimal().toPlainString());
        all.put("network", payment.network());
        all.put("payTo", payment.payTo());
        all.put("host", payment.host());
        all.put("method", payment.method());
        all.put("url", payment.url());
        all.put("transaction", payment.transaction());
        all.put("receipt", payment.receipt());
        all.put("error", payment.code());
        all.put("message", payment.reason());
        all.put("tags", payment.tags().isEmpty() ? null : new TreeMap<>(payment.tags()));
        all.put("createdAt", payment.createdAt());
        all.put("updatedAt", payment.updatedAt());
        all.put("validBefore", payment.validBefore());
        Map<String, Object> known = new LinkedHashMap<>();
        all.forEach((key, value) -> {
            if (value != null)
                known.put(key, value instanceof Boolean || value instanceof Map ? value : value.toString());
        });
        return known;
    }

    /** The heading of the comma-separated form. */
    static String heading() {
        return String.join(",", COLUMNS);
    }

    /** One line of the comma-separated form; one token is taken as one dollar, as the limits do. */
    static String csv(PaymentRecord payment) {
        Amount amount = payment.amount();
        List<String> cells = new ArrayList<>();
        cells.add(payment.id());
        cells.add(time(payment.createdAt()));
        cells.add(time(payment.updatedAt()));
        cells.add(payment.state().name());
        cells.add(String.valueOf(payment.confirmed()));
        cells.add(amount == null ? "" : amount.asset().symbol());
        cells.add(amount == null ? "" : amount.decimal().toPlainString());
        cells.add(amount == null ? "" : amount.decimal().toPlainString());
        cells.add(text(payment.network()));
        cells.add(amount == null ? "" : amount.asset().address().toString());
        cells.add(text(payment.payTo()));
        cells.add(payment.host());
        cells.add(payment.method());
        cells.add(payment.url());
        cells.add(text(payment.transaction()));
        cells.add(text(payment.code()));
        cells.add(text(payment.reason()));
        List<String> tags = new ArrayList<>();
        new TreeMap<>(payment.tags()).forEach((name, value) -> tags.add(name + "=" + value));
        cells.add(String.join("; ", tags));
        cells.add(text(payment.receipt()));
        return String.join(",", cells.stream().map(PaymentText::cell).toList());
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /** Quoted where it has to be; a cell that a spreadsheet would take for a formula is marked as text. */
    private static String cell(String value) {
        String plain = Words.printable(value, 2_000);
        if (!plain.isEmpty() && "=+-@".indexOf(plain.charAt(0)) >= 0) plain = "'" + plain;
        boolean quoted = plain.contains(",") || plain.contains("\"") || plain.contains(";");
        return quoted ? "\"" + plain.replace("\"", "\"\"") + "\"" : plain;
    }
}
