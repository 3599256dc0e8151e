package waybill.routing.learned;

import java.util.List;

/** Reads one text in one pass, character by character; used once, then thrown away. */
final class WordingReader {

    private static final int MAX_TOOLS = 64;
    private static final int MAX_DESCRIPTION = 400;
    private static final int MAX_COURTESIES = 60;
    private static final int STEM = 5;
    private static final String COURTESY_MARKS = ",.!?:;-'\u2019";
    private static final int PAIR = 0x9e3779b9;

    private final CharSequence text;
    private final List<ToolText> tools;
    private final HashCounts grams;
    private final HashCounts stems;

    private boolean opening = true;
    private int openingTokens;
    private int previous;

    private int characters;
    private int letters;
    private int words;
    private int digits;
    private int numbers;
    private int symbols;
    private int capitals;
    private int names;
    private int questions;
    private int backslashes;
    private int dollars;
    private int operators;
    private int codeMarks;
    private int commas;
    private int sentences;
    private int quotes;
    private int options;
    private int contentWords;
    private int math;
    private int reason;
    private int code;
    private int quantity;
    private int writing;
    private int negation;
    private int joining;
    private int sequence;

    WordingReader(CharSequence text, List<ToolText> tools) {
        this.text = text;
        this.tools = tools;
        int read = Math.min(text.length(), Wording.HEAD + Wording.TAIL);
        this.grams = new HashCounts(read / 3);
        this.stems = new HashCounts(tools.isEmpty() ? 1 : read / 6);
    }

    Wording read() {
        int length = text.length();
        if (length > Wording.HEAD + Wording.TAIL) {
            span(0, Wording.HEAD);
            previous = 0;
            span(length - Wording.TAIL, length);
            characters += length - Wording.HEAD - Wording.TAIL;
        } else {
            span(0, length);
        }
        float[] signals = new float[Wording.SIGNALS];
        textSignals(signals);
        if (!tools.isEmpty()) {
            toolSignals(signals);
        }
        return new Wording(grams.hashes(), grams.counts(), signals);
    }

    private void span(int from, int to) {
        int i = from;
        while (i < to) {
            char c = text.charAt(i);
            if (isLetter(c)) {
                i = word(i, to);
            } else if (c >= '0' && c <= '9') {
                i = number(i, to);
            } else {
                if (c > ' ' && !Character.isWhitespace(c) && !Character.isSpaceChar(c)) {
                    symbol(c);
                }
                i++;
            }
        }
    }

    private int word(int from, int to) {
        int hash = Words.SEED;
        int stem = Words.SEED;
        int upper = 0;
        int i = from;
        while (i < to) {
            char c = text.charAt(i);
            if (!isLetter(c) || (i > from && Character.isIdeographic(c))) {
                break;
            }
            char lower = lower(c);
            upper += lower == c ? 0 : 1;
            hash = Words.mix(hash, lower);
            if (i - from < STEM) {
                stem = hash;
            }
            i++;
        }
        int length = i - from;
        int groups = Words.groups(hash);
        if (courtesy((groups & Words.COURTESY) != 0) || (groups & Words.HEADING) != 0) {
            return i;
        }
        characters += length;
        letters += length;
        capitals += upper;
        words++;
        option(from, i, to);
        if (upper > 0 && previous != 0 && length > 1) {
            names++;
        }
        count(groups);
        if (!tools.isEmpty() && length >= 3 && (groups & Words.COMMON) == 0) {
            contentWords++;
            stems.add(stem);
        }
        token(hash);
        return i;
    }

    private int number(int from, int to) {
        int i = from;
        while (i < to && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
            i++;
        }
        opening = false;
        int length = i - from;
        characters += length;
        digits += length;
        numbers++;
        token('0' + Math.min(length, 4));
        return i;
    }

    private void symbol(char c) {
        if (courtesy(COURTESY_MARKS.indexOf(c) >= 0)) {
            return;
        }
        characters++;
        symbols++;
        switch (c) {
            case '?' -> questions++;
            case '\\' -> {
                backslashes++;
                codeMarks++;
            }
            case '$' -> dollars++;
            case '+', '-', '*', '/', '^' -> operators++;
            case '=', '<', '>' -> {
                operators++;
                codeMarks++;
            }
            case '{', '}', ';', '`', '_', '[', ']' -> codeMarks++;
            case ',' -> commas++;
            case '.' -> sentences++;
            case '\'', '"' -> quotes++;
            default -> {}
        }
        token(0x10000 + c);
    }

    /** Whether this token still belongs to the courtesies before the request, and so leaves no trace. */
    private boolean courtesy(boolean polite) {
        if (opening) {
            opening = polite && ++openingTokens <= MAX_COURTESIES;
        }
        return opening;
    }

    private void token(int hash) {
        grams.add(Words.spread(hash));
        if (previous != 0) {
            grams.add(Words.spread(hash * 31 + previous * PAIR));
        }
        previous = hash;
    }

    /** Counts "A.", "B.", "C)" … in their order. */
    private void option(int from, int end, int to) {
        if (end - from == 1
                && options < 26
                && text.charAt(from) == 'A' + options
                && end < to
                && (text.charAt(end) == '.' || text.charAt(end) == ')')) {
            options++;
        }
    }

    private void count(int groups) {
        if (groups == 0) {
            return;
        }
        math += bit(groups, Words.MATH);
        reason += bit(groups, Words.REASON);
        code += bit(groups, Words.CODE);
        quantity += bit(groups, Words.QUANTITY);
        writing += bit(groups, Words.WRITING);
        negation += bit(groups, Words.NEGATION);
        joining += bit(groups, Words.JOINING);
        sequence += bit(groups, Words.SEQUENCE);
    }

    private static int bit(int groups, int group) {
        return (groups & group) == 0 ? 0 : 1;
    }

    private void textSignals(float[] to) {
        float all = Math.max(1, characters);
        int i = 0;
        to[i++] = log(characters);
        to[i++] = log(words);
        to[i++] = words == 0 ? 0 : (float) letters / words;
        to[i++] = digits / all;
        to[i++] = log(numbers);
        to[i++] = symbols / all;
        to[i++] = Math.min(3, questions);
        to[i++] = capitals / all;
        to[i++] = Math.min(5, negation);
        to[i++] = log(backslashes);
        to[i++] = log(dollars);
        to[i++] = options;
        to[i++] = log(characters / (options + 1));
        to[i++] = log(codeMarks);
        to[i++] = log(math);
        to[i++] = log(reason);
        to[i++] = log(code);
        to[i++] = log(quantity);
        to[i++] = log(writing);
        to[i++] = log(operators);
        to[i++] = log(commas);
    }

    private void toolSignals(float[] to) {
        float[] best = new float[4];
        float[] worst = {1, 1, 1, 1};
        int most = 0;
        int parameters = 0;
        int schema = 0;
        for (int t = 0; t < Math.min(tools.size(), MAX_TOOLS); t++) {
            ToolText tool = tools.get(t);
            int cut = Math.min(tool.description().length(), MAX_DESCRIPTION);
            float[] share = shares(tool, cut);
            for (int k = 0; k < 4; k++) {
                best[k] = Math.max(best[k], share[k]);
                worst[k] = Math.min(worst[k], share[k]);
            }
            most = Math.max(most, tool.parameters().size());
            parameters += tool.parameters().size();
            schema += tool.name().length() + tool.description().length();
        }
        int i = Wording.TEXT_SIGNALS;
        to[i++] = 1;
        to[i++] = tools.size() == 1 ? 1 : 0;
        to[i++] = Math.min(6, tools.size());
        to[i++] = log(parameters);
        to[i++] = log(most);
        to[i++] = log(schema);
        for (int k = 0; k < 4; k++) {
            to[i++] = best[k];
            to[i++] = worst[k];
        }
        to[i++] = Math.min(20, numbers);
        to[i++] = Math.min(20, names);
        to[i++] = log(contentWords);
        to[i++] = Math.min(8, joining);
        to[i++] = Math.min(12, commas);
        to[i++] = Math.min(8, sentences);
        to[i++] = Math.min(3, questions);
        to[i++] = Math.min(5, (numbers + names) / (float) Math.max(1, most));
        to[i++] = Math.min(8, sequence);
        to[i++] = Math.min(8, quotes);
    }

    /** How much of a tool's name, description and parameters the prompt mentions, and how much of the prompt the tool. */
    private float[] shares(ToolText tool, int descriptionEnd) {
        HashCounts mentioned = new HashCounts(16);
        Overlap name = new Overlap(mentioned);
        name.read(tool.name(), tool.name().length());
        Overlap description = new Overlap(mentioned);
        description.read(tool.description(), descriptionEnd);
        Overlap parameters = new Overlap(mentioned);
        for (String parameter : tool.parameters()) {
            parameters.read(parameter, parameter.length());
        }
        return new float[] {
            name.share(), description.share(), parameters.share(), (float) mentioned.size() / Math.max(1, stems.size())
        };
    }

    /** Counts the content words of a tool that the prompt mentions. */
    private final class Overlap {
        private final HashCounts mentioned;
        private int asked;
        private int found;

        Overlap(HashCounts mentioned) {
            this.mentioned = mentioned;
        }

        void read(CharSequence piece, int end) {
            int hash = Words.SEED;
            int stem = Words.SEED;
            int length = 0;
            for (int i = 0; i <= end; i++) {
                char c = i < end ? piece.charAt(i) : ' ';
                if (isLetter(c)) {
                    hash = Words.mix(hash, lower(c));
                    stem = length < STEM ? hash : stem;
                    length++;
                    continue;
                }
                if (length >= 3 && (Words.groups(hash) & Words.COMMON) == 0) {
                    asked++;
                    if (stems.has(stem)) {
                        found++;
                        mentioned.add(stem);
                    }
                }
                hash = Words.SEED;
                stem = Words.SEED;
                length = 0;
            }
        }

        float share() {
            return asked == 0 ? 0 : (float) found / asked;
        }
    }

    private static boolean isLetter(char c) {
        return c < 0x80 ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') : Character.isLetter(c);
    }

    private static char lower(char c) {
        return c < 0x80 ? (c >= 'A' && c <= 'Z' ? (char) (c + 32) : c) : Character.toLowerCase(c);
    }

    private static float log(int count) {
        return (float) StrictMath.log1p(count);
    }
}
