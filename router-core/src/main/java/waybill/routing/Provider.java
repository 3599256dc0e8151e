package waybill.routing;

import java.net.URI;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who serves models, as far as a client must know it: where, under which environment variable the key lies, in which
 * dialects, and what is peculiar there. Addresses and peculiarities are those that the vendors documented by November
 * 2026. Nothing here opens a connection.
 *
 * @param name lower case, such as "openai"
 * @param dialect the one that is spoken where a client for it is at hand
 * @param urls where each dialect is spoken; always holds {@code dialect} and, for clients that have nothing else,
 *     {@link Dialect#OPENAI}
 * @param keyVariable the environment variable that holds the key; null where none is needed
 * @param quirks what differs there
 */
public record Provider(
        String name, Dialect dialect, Map<Dialect, URI> urls, @Nullable String keyVariable, Set<Quirk> quirks) {

    /** What differs at a provider from what the dialect's clients expect. */
    public enum Quirk {
        /** Answers are limited by {@code max_completion_tokens}; {@code max_tokens} is refused by some of its models. */
        MAX_COMPLETION_TOKENS,
        /** Models are run on one's own machine, and cost nothing. */
        FREE
    }

    private static final Map<String, Provider> NAMED = named(
            new Provider(
                    "openai",
                    Dialect.OPENAI,
                    Map.of(Dialect.OPENAI, URI.create("https://api.openai.com/v1")),
                    "OPENAI_API_KEY",
                    Set.of(Quirk.MAX_COMPLETION_TOKENS)),
            new Provider(
                    "anthropic",
                    Dialect.ANTHROPIC,
                    Map.of(
                            Dialect.ANTHROPIC, URI.create("https://api.anthropic.com/v1"),
                            Dialect.OPENAI, URI.create("https://api.anthropic.com/v1")),
                    "ANTHROPIC_API_KEY",
                    Set.of()),
            new Provider(
                    "google",
                    Dialect.GEMINI,
                    Map.of(
                            Dialect.GEMINI, URI.create("https://generativelanguage.googleapis.com/v1beta"),
                            Dialect.OPENAI, URI.create("https://generativelanguage.googleapis.com/v1beta/openai")),
                    "GEMINI_API_KEY",
                    Set.of()),
            new Provider(
                    "deepseek",
                    Dialect.OPENAI,
                    Map.of(Dialect.OPENAI, URI.create("https://api.deepseek.com/v1")),
                    "DEEPSEEK_API_KEY",
                    Set.of()),
            new Provider(
                    "mistral",
                    Dialect.OPENAI,
                    Map.of(Dialect.OPENAI, URI.create("https://api.mistral.ai/v1")),
                    "MISTRAL_API_KEY",
                    Set.of()),
            new Provider(
                    "groq",
                    Dialect.OPENAI,
                    Map.of(Dialect.OPENAI, URI.create("https://api.groq.com/openai/v1")),
                    "GROQ_API_KEY",
                    Set.of(Quirk.MAX_COMPLETION_TOKENS)),
            new Provider(
                    "ollama",
                    Dialect.OPENAI,
                    Map.of(Dialect.OPENAI, URI.create("http://localhost:11434/v1")),
                    null,
                    Set.of(Quirk.FREE)),
            new Provider(
                    "openrouter",
                    Dialect.OPENAI,
                    Map.of(Dialect.OPENAI, URI.create("https://openrouter.ai/api/v1")),
                    "OPENROUTER_API_KEY",
                    Set.of()),
            new Provider(
                    "gaterouter",
                    Dialect.OPENAI,
                    Map.of(
                            Dialect.OPENAI, URI.create("https://api.gaterouter.ai/openai/v1"),
                            Dialect.ANTHROPIC, URI.create("https://api.gaterouter.ai/anthropic/v1")),
                    "GATEROUTER_API_KEY",
                    Set.of(Quirk.MAX_COMPLETION_TOKENS)));

    public Provider {
        if (name.isBlank() || !name.equals(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("a provider's name is in lower case, not \"" + name + "\"");
        }
        EnumMap<Dialect, URI> known = new EnumMap<>(urls);
        if (!known.containsKey(dialect) || !known.containsKey(Dialect.OPENAI)) {
            throw new IllegalArgumentException("the provider " + name + " needs a URL for " + dialect + " and "
                    + Dialect.OPENAI + ", it has " + known.keySet());
        }
        urls = Map.copyOf(known);
        EnumSet<Quirk> differing = EnumSet.noneOf(Quirk.class);
        differing.addAll(quirks);
        quirks = Set.copyOf(differing);
    }

    /**
     * The provider of this name, whatever its case.
     *
     * @throws IllegalArgumentException for another name; the message lists them all
     */
    public static Provider named(String name) {
        Provider found = NAMED.get(name.strip().toLowerCase(Locale.ROOT));
        if (found == null) {
            throw new IllegalArgumentException("there is no provider \"" + name + "\"; there are "
                    + String.join(", ", NAMED.keySet())
                    + ", and any other that speaks OpenAI's API by its base URL");
        }
        return found;
    }

    /** Every provider that has a name, in the order of the documentation. */
    public static List<Provider> all() {
        return List.copyOf(NAMED.values());
    }

    /** Any other provider that speaks OpenAI's API at this URL, which ends before {@code chat/completions}. */
    public static Provider compatible(URI url) {
        return new Provider("compatible", Dialect.OPENAI, Map.of(Dialect.OPENAI, url), null, Set.of());
    }

    /**
     * Where this dialect is spoken.
     *
     * @throws IllegalArgumentException where it is not
     */
    public URI url(Dialect spoken) {
        URI url = urls.get(spoken);
        if (url == null) {
            throw new IllegalArgumentException(name + " does not speak " + spoken + "; it speaks "
                    + urls.keySet().stream().sorted(Comparator.naturalOrder()).toList());
        }
        return url;
    }

    /** Whether this differs there. */
    public boolean has(Quirk quirk) {
        return quirks.contains(quirk);
    }

    private static Map<String, Provider> named(Provider... providers) {
        Map<String, Provider> named = new LinkedHashMap<>();
        for (Provider provider : providers) {
            named.put(provider.name(), provider);
        }
        return named;
    }
}
