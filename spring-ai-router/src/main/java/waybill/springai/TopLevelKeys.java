package waybill.springai;

import java.util.ArrayList;
import java.util.List;

/** Reads the keys of one JSON object, skipping over their values, without a JSON library. Reads what it can of broken JSON. */
final class TopLevelKeys {

    private final String json;
    private int at;

    /** {@code start} is the index after the object's opening brace. */
    TopLevelKeys(String json, int start) {
        this.json = json;
        this.at = start;
    }

    List<String> read() {
        List<String> keys = new ArrayList<>();
        int depth = 0;
        boolean key = true;
        while (at < json.length() && depth >= 0) {
            char c = json.charAt(at++);
            switch (c) {
                case '"' -> {
                    String text = string();
                    if (key && depth == 0) {
                        keys.add(text);
                        key = false;
                    }
                }
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                case ',' -> key = key || depth == 0;
                default -> {
                    // White space, a colon, or part of a number or a literal.
                }
            }
        }
        return keys;
    }

    private String string() {
        int start = at;
        while (at < json.length() && json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        int end = Math.min(at, json.length());
        at++;
        return json.substring(start, end);
    }
}
