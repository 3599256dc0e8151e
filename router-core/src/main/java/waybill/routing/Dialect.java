package waybill.routing;

/** The API in which a provider is spoken to. */
public enum Dialect {
    /** OpenAI's chat completions, which most others speak too; URLs end before {@code chat/completions}. */
    OPENAI,
    /** Anthropic's messages; URLs end before {@code messages}. */
    ANTHROPIC,
    /** Google's generated content; URLs end before {@code models}. */
    GEMINI
}
