package waybill.testing.contract;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What ran, row by row, as a table in Markdown. Safe for use by many threads. */
final class ContractTable {

    private final String title;
    private final List<Way> ways;
    private final Map<List<String>, Map<String, String>> rows = new LinkedHashMap<>();

    ContractTable(String title, List<Way> ways) {
        this.title = title;
        this.ways = ways;
    }

    String title() {
        return title;
    }

    String fileName() {
        return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".md";
    }

    void put(Fault fault, Way way, String cell) {
        put(List.of(fault.name(), fault.phase().words()), way, cell);
    }

    void put(Fault.Phase phase, Way way, String cell) {
        put(List.of("the caller leaves", phase.words()), way, cell);
    }

    private synchronized void put(List<String> row, Way way, String cell) {
        rows.computeIfAbsent(row, any -> new LinkedHashMap<>()).put(way.name(), cell);
    }

    synchronized String markdown() {
        StringBuilder text = new StringBuilder("**").append(title).append("**\n\n| fault | when |");
        ways.forEach(way -> text.append(' ').append(way.name()).append(" |"));
        text.append("\n| --- | --- |").append(" --- |".repeat(ways.size())).append('\n');
        rows.forEach((row, cells) -> {
            text.append("| ").append(String.join(" | ", row)).append(" |");
            ways.forEach(way ->
                    text.append(' ').append(cells.getOrDefault(way.name(), "")).append(" |"));
            text.append('\n');
        });
        return text.toString();
    }
}
