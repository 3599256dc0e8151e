package waybill.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Routing by keyword lists, in the manner of ClawRouter's rules: fifteen weighted signals, each a search for words in
 * the lower-cased prompt, summed, cut into four tiers, and one model for each tier. Written for the comparison from the
 * published description; the word lists are ours and shorter than those nine languages long, so it is if anything quick.
 */
final class KeywordRouter {

    private record Signal(double weight, int some, int many, List<String> words) {}

    private static final List<Signal> SIGNALS = List.of(
            signal(
                    0.18,
                    1,
                    2,
                    "prove",
                    "theorem",
                    "derive",
                    "step by step",
                    "chain of thought",
                    "formally",
                    "logically"),
            signal(0.15, 1, 2, "function", "class ", "import ", "def ", "select ", "async", "const ", "return", "```"),
            signal(0.12, 1, 3, "first,", "then ", "next,", "step 1", "finally", "afterwards"),
            signal(
                    0.10,
                    2,
                    4,
                    "algorithm",
                    "optimize",
                    "architecture",
                    "distributed",
                    "kubernetes",
                    "microservice",
                    "database"),
            signal(0.05, 1, 2, "story", "poem", "compose", "brainstorm", "creative", "imagine"),
            signal(0.05, 2, 4, "why", "how", "compare", "explain", "versus"),
            signal(0.04, 1, 3, "read file", "look at", "edit", "deploy", "fix", "debug", "run the"),
            signal(0.04, 1, 3, "at most", "at least", "within", "no more than", "maximum", "minimum", "limit"),
            signal(0.03, 1, 2, "build", "create", "implement", "design", "develop", "refactor"),
            signal(0.03, 1, 2, "json", "yaml", "table", "csv", "markdown", "schema"),
            signal(-0.02, 1, 2, "what is", "define", "translate", "hello", "yes or no", "capital of"),
            signal(0.02, 1, 2, "the docs", "the api", "above", "below", "attached", "previous"),
            signal(0.02, 1, 2, "quantum", "genomics", "zero-knowledge", "homomorphic", "topological", "proteomics"),
            signal(0.01, 2, 3, "don't", "do not", "avoid", "never", "without", "except"));
    private static final double LENGTH_WEIGHT = 0.08;

    private final List<String> tiers;

    /** A router to the four models, cheapest first. */
    KeywordRouter(List<String> tiers) {
        this.tiers = List.copyOf(tiers);
    }

    /** The model for this prompt. */
    String route(String prompt) {
        String text = prompt.toLowerCase(Locale.ROOT);
        int tokens = prompt.length() / 4;
        double score = LENGTH_WEIGHT * (tokens < 50 ? -1 : tokens > 500 ? 1 : 0);
        for (Signal signal : SIGNALS) {
            int found = 0;
            for (String word : signal.words) {
                found += text.contains(word) ? 1 : 0;
            }
            score += signal.weight * (found >= signal.many ? 1 : found >= signal.some ? 0.5 : 0);
        }
        return tiers.get(score < 0 ? 0 : score < 0.3 ? 1 : score < 0.5 ? 2 : 3);
    }

    private static Signal signal(double weight, int some, int many, String... words) {
        return new Signal(weight, some, many, List.of(words));
    }
}
