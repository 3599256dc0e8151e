package waybill.langchain4j;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Whether a text is JSON, and the names of its outermost object's properties; escaped letters in a name are kept as they
 * are written. Values are not kept. Text of more than a million characters, or nested deeper than 200, is not read and
 * counts as malformed.
 */
final class JsonShape {

    private static final int LONGEST = 1_000_000;
    private static final int DEEPEST = 200;

    private final String text;
    private final Set<String> keys = new LinkedHashSet<>();
    private final boolean wellFormed;
    private boolean object;
    private int at;

    private JsonShape(String text) {
        this.text = text;
        this.wellFormed = text.length() <= LONGEST && document();
    }

    static JsonShape of(String text) {
        return new JsonShape(text);
    }

    boolean wellFormed() {
        return wellFormed;
    }

    /** Whether it is a JSON object. */
    boolean isObject() {
        return wellFormed && object;
    }

    /** Names of the outermost object's properties; none for any other value. */
    Set<String> keys() {
        return keys;
    }

    private boolean document() {
        space();
        object = at < text.length() && text.charAt(at) == '{';
        if (!value(0)) {
            return false;
        }
        space();
        return at == text.length();
    }

    private boolean value(int depth) {
        if (at >= text.length() || depth > DEEPEST) {
            return false;
        }
        return switch (text.charAt(at)) {
            case '{' -> members('}', depth);
            case '[' -> members(']', depth);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    /** An object's properties or an array's elements. */
    private boolean members(char end, int depth) {
        at++;
        space();
        if (take(end)) {
            return true;
        }
        while (true) {
            if (end == '}' && !name(depth)) {
                return false;
            }
            if (!value(depth + 1)) {
                return false;
            }
            space();
            if (take(end)) {
                return true;
            }
            if (!take(',')) {
                return false;
            }
            space();
        }
    }

    private boolean name(int depth) {
        int start = at + 1;
        if (at >= text.length() || text.charAt(at) != '"' || !string()) {
            return false;
        }
        if (depth == 0) {
            keys.add(text.substring(start, at - 1));
        }
        space();
        if (!take(':')) {
            return false;
        }
        space();
        return true;
    }

    private boolean string() {
        at++;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return true;
            }
            if (c < ' ' || (c == '\\' && !escape())) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        if (at >= text.length()) {
            return false;
        }
        char c = text.charAt(at++);
        if (c != 'u') {
            return "\"\\/bfnrt".indexOf(c) >= 0;
        }
        int end = at + 4;
        if (end > text.length()) {
            return false;
        }
        while (at < end) {
            if (Character.digit(text.charAt(at++), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private boolean number() {
        take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at > start;
    }

    private boolean word(String word) {
        boolean there = text.startsWith(word, at);
        at += there ? word.length() : 0;
        return there;
    }

    private boolean take(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        at += there ? 1 : 0;
        return there;
    }

    private void space() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }
}
