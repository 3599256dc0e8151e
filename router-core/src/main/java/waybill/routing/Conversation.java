package waybill.routing;

/**
 * What came before the last message.
 *
 * @param turns earlier answers
 * @param systemCharacters size of the system prompt
 * @param historyTokens estimated tokens before the last message, which a prompt cache may hold
 * @param toolRound whether the last message is a tool's result
 */
public record Conversation(int turns, int systemCharacters, int historyTokens, boolean toolRound) {

    /** Nothing came before. */
    public static final Conversation NONE = new Conversation(0, 0, 0, false);

    public Conversation {
        Features.requireNotNegative(turns, "turns");
        Features.requireNotNegative(systemCharacters, "systemCharacters");
        Features.requireNotNegative(historyTokens, "historyTokens");
    }
}
