package waybill.routing;

/** Reads one text character by character and counts; used once, then thrown away. */
final class TextReader {

    private int words;
    private int lines;
    private int digits;
    private int symbols;
    private int questions;
    private int codeMarks;
    private int reasoning;
    private int math;
    private int longAnswer;
    private int shortAnswer;

    TextSignals read(CharSequence text, int tokens) {
        int length = text.length();
        if (length > TextSignals.HEAD + TextSignals.TAIL) {
            span(text, 0, TextSignals.HEAD);
            span(text, length - TextSignals.TAIL, length);
        } else {
            span(text, 0, length);
        }
        return new TextSignals(
                length,
                tokens,
                words,
                length == 0 ? 0 : lines + 1,
                digits,
                symbols,
                questions,
                codeMarks,
                reasoning,
                math,
                longAnswer,
                shortAnswer);
    }

    private void span(CharSequence text, int from, int to) {
        long hash = Cue.SEED;
        boolean inWord = false;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (Character.isLetter(c)) {
                hash = Cue.mix(hash, Character.toLowerCase(c));
                inWord = true;
                continue;
            }
            if (inWord) {
                endWord(hash);
                hash = Cue.SEED;
                inWord = false;
            }
            mark(c);
        }
        if (inWord) {
            endWord(hash);
        }
    }

    private void endWord(long hash) {
        words++;
        Cue cue = Cue.find(hash);
        if (cue == null) {
            return;
        }
        switch (cue) {
            case REASONING -> reasoning++;
            case MATH -> math++;
            case CODE -> codeMarks++;
            case LONG -> longAnswer++;
            case SHORT -> shortAnswer++;
        }
    }

    private void mark(char c) {
        if (c >= '0' && c <= '9') {
            digits++;
        } else if (c == '\n') {
            lines++;
        } else if (!Character.isWhitespace(c)) {
            symbols++;
            switch (c) {
                case '?', '\uff1f', '\u061f' -> questions++;
                case '{', '}', ';', '`', '<', '>', '=', '_', '\\' -> codeMarks++;
                default -> {}
            }
        }
    }
}
