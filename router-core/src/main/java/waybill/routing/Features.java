package waybill.routing;

import waybill.routing.learned.Wording;

/**
 * What is known of a prompt before any call.
 *
 * @param inputTokens estimated tokens of everything that is sent: messages, tool descriptions, schema
 * @param characters characters of all messages
 * @param askedOutputTokens the caller's limit on the answer, 0 when it set none
 * @param needs what the model must be able to do
 * @param conversation what came before the last message
 * @param text signals of the text that a person wrote last
 * @param wording how that text and the tools are worded
 */
public record Features(
        int inputTokens,
        int characters,
        int askedOutputTokens,
        Needs needs,
        Conversation conversation,
        TextSignals text,
        Wording wording) {

    /** Tokens that a chat format adds around one message. */
    public static final int TOKENS_PER_MESSAGE = 4;

    public Features {
        requireNotNegative(inputTokens, "inputTokens");
        requireNotNegative(characters, "characters");
        requireNotNegative(askedOutputTokens, "askedOutputTokens");
    }

    /** Features of a single user message. */
    public static Features of(String prompt) {
        TextSignals text = TextSignals.of(prompt);
        return new Features(
                text.tokens() + TOKENS_PER_MESSAGE,
                prompt.length(),
                0,
                Needs.TEXT,
                Conversation.NONE,
                text,
                Wording.of(prompt));
    }

    /** The same prompt with this estimate of its input. */
    public Features withInputTokens(int tokens) {
        return new Features(tokens, characters, askedOutputTokens, needs, conversation, text, wording);
    }

    /** The same prompt with a limit on the answer. */
    public Features withAskedOutput(int tokens) {
        return new Features(inputTokens, characters, tokens, needs, conversation, text, wording);
    }

    /** The same prompt with these needs. */
    public Features withNeeds(Needs wanted) {
        return new Features(inputTokens, characters, askedOutputTokens, wanted, conversation, text, wording);
    }

    /** The same prompt after this conversation. */
    public Features withConversation(Conversation before) {
        return new Features(inputTokens, characters, askedOutputTokens, needs, before, text, wording);
    }

    static void requireNotNegative(int value, String name) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", it cannot be negative");
        }
    }
}
