package waybill.configuration;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.routing.Catalogue;
import waybill.routing.CatalogueException;
import waybill.routing.CatalogueFile;
import waybill.routing.DataPolicy;
import waybill.routing.Hedging;
import waybill.routing.Hints;
import waybill.routing.Objective;
import waybill.routing.RouterBuilder;
import waybill.routing.Rules;
import waybill.wallet.Wallet;

/** The candidates and the options of a router, as the properties declare them. Immutable. */
public final class Roster {

    private final List<DeclaredCandidate> candidates;
    private final Settings settings;
    private final Objective objective;
    private final Hints hints;
    private final @Nullable Supplier<Catalogue> catalogue;

    private Roster(
            List<DeclaredCandidate> candidates,
            Settings settings,
            Objective objective,
            Hints hints,
            @Nullable Supplier<Catalogue> catalogue) {
        this.candidates = List.copyOf(candidates);
        this.settings = settings;
        this.objective = objective;
        this.hints = hints;
        this.catalogue = catalogue;
    }

    /**
     * Reads the properties.
     *
     * @param environment where keys are looked up that no property gives, such as {@code System::getenv}
     * @param wallet what pays; null when there is none
     * @throws InvalidConfigurationException naming every property that is wrong or missing
     */
    public static Roster from(
            Settings settings, Function<String, @Nullable String> environment, @Nullable Wallet wallet) {
        List<String> problems = new ArrayList<>();
        CatalogueFile file = file(settings, problems);
        Catalogue known = file == null ? Catalogue.shipped() : file.get();
        List<DeclaredCandidate> candidates =
                new Declarations(environment, known, wallet, problems).read(settings.candidates());
        Objective objective = attempt("waybill.objective", Objective.balanced(), problems, () -> objective(settings));
        Hints hints = attempt("waybill.rules", Hints.NONE, problems, () -> hints(settings));
        requireKnown(settings, problems);
        requirePositive(settings, problems);
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        return new Roster(candidates, settings, objective, hints, catalogue(settings, candidates, file, wallet));
    }

    /** The candidates, in the order that breaks ties. */
    public List<DeclaredCandidate> candidates() {
        return candidates;
    }

    /** Whether the cheapest candidate is asked first and its answer checked. */
    public boolean cascade() {
        return Boolean.TRUE.equals(settings.attempts().cascade());
    }

    /** Sets every option that the properties give; candidates and cascade are the binding's to set. */
    public <M> void tune(RouterBuilder<M> router) {
        router.objective(objective).defaults(hints);
        RuleSettings rules = settings.rules();
        if (rules.allowed() != null && !rules.allowed().isEmpty()) {
            router.rules(Rules.onlyAllowed(rules.allowed()));
        }
        if (Boolean.TRUE.equals(rules.knownPrice())) {
            router.rules(Rules.knownPrice());
        }
        cap(router, rules.perHour(), Duration.ofHours(1));
        cap(router, rules.perDay(), Duration.ofDays(1));
        if (settings.objective().perThousandCalls() != null) {
            router.budget(settings.objective().perThousandCalls().toPlainString());
        }
        if (catalogue != null) {
            router.catalogue(catalogue);
        }
        attempts(router, settings.attempts());
    }

    private static <M> void attempts(RouterBuilder<M> router, AttemptSettings attempts) {
        if (attempts.answerWithin() != null) router.answerWithin(attempts.answerWithin());
        if (attempts.firstContentWithin() != null) router.firstContentWithin(attempts.firstContentWithin());
        if (attempts.idleWithin() != null) router.idleWithin(attempts.idleWithin());
        if (attempts.maxWait() != null) router.maxWait(attempts.maxWait());
        if (attempts.hedgeUpTo() != null) router.hedge(new Hedging(attempts.hedgeUpTo()));
        if (attempts.inFlight() != null) {
            router.inFlight(attempts.inFlight(), attempts.queueing() == null ? 0 : attempts.queueing());
        }
        if (Boolean.TRUE.equals(attempts.strictPayments())) router.strictPayments();
    }

    private static <M> void cap(RouterBuilder<M> router, @Nullable BigDecimal usd, Duration window) {
        if (usd != null) {
            router.spendCap(usd.toPlainString(), window);
        }
    }

    private static Objective objective(Settings settings) {
        ObjectiveSettings wanted = settings.objective();
        ObjectiveSettings.Preset preset = wanted.preset() == null ? ObjectiveSettings.Preset.BALANCED : wanted.preset();
        Objective objective =
                switch (preset) {
                    case CHEAPEST -> Objective.cheapest();
                    case BALANCED -> Objective.balanced();
                    case BEST -> Objective.best();
                    case FASTEST -> Objective.fastest();
                };
        if (wanted.value() != null) objective = objective.withValue(wanted.value());
        return wanted.second() == null ? objective : objective.withSecond(wanted.second());
    }

    private static Hints hints(Settings settings) {
        RuleSettings rules = settings.rules();
        Hints hints = Hints.NONE;
        if (rules.costCeiling() != null)
            hints = hints.withCostCeiling(rules.costCeiling().toPlainString());
        if (settings.attempts().deadline() != null) {
            hints = hints.withDeadline(settings.attempts().deadline());
        }
        DataPolicy data = rules.regions() == null || rules.regions().isEmpty()
                ? DataPolicy.ANY
                : DataPolicy.in(rules.regions().toArray(String[]::new));
        if (Boolean.TRUE.equals(rules.notStored())) data = data.andNotStored();
        if (Boolean.TRUE.equals(rules.notTrainedOn())) data = data.andNotTrainedOn();
        return hints.withData(data);
    }

    private static void requireKnown(Settings settings, List<String> problems) {
        if (settings.rules().allowed() == null) {
            return;
        }
        List<String> names = settings.candidates().stream()
                .map(candidate -> String.valueOf(candidate.name() == null ? candidate.model() : candidate.name()))
                .toList();
        for (String allowed : settings.rules().allowed()) {
            if (!names.contains(allowed)) {
                problems.add("waybill.rules.allowed names '" + allowed + "', which is no candidate; there are "
                        + String.join(", ", names));
            }
        }
    }

    private static void requirePositive(Settings settings, List<String> problems) {
        RuleSettings rules = settings.rules();
        AttemptSettings attempts = settings.attempts();
        Map<String, @Nullable BigDecimal> sums = new LinkedHashMap<>();
        sums.put("rules.per-hour", rules.perHour());
        sums.put("rules.per-day", rules.perDay());
        sums.put("objective.per-thousand-calls", settings.objective().perThousandCalls());
        sums.put("attempts.hedge-up-to", attempts.hedgeUpTo());
        sums.forEach((property, usd) -> {
            if (usd != null && usd.signum() <= 0) {
                problems.add("waybill." + property + " is " + usd.toPlainString() + "; it is dollars above 0");
            }
        });
        Map<String, @Nullable Duration> times = new LinkedHashMap<>();
        times.put("answer-within", attempts.answerWithin());
        times.put("first-content-within", attempts.firstContentWithin());
        times.put("idle-within", attempts.idleWithin());
        times.forEach((property, time) -> {
            if (time != null && (time.isNegative() || time.isZero())) {
                problems.add("waybill.attempts." + property + " is " + time + "; it is a time above 0");
            }
        });
        if (attempts.inFlight() != null && attempts.inFlight() < 1) {
            problems.add("waybill.attempts.in-flight is " + attempts.inFlight() + "; it is at least 1");
        }
        if (attempts.queueing() != null && (attempts.queueing() < 0 || attempts.inFlight() == null)) {
            problems.add("waybill.attempts.queueing is from 0 up, and needs waybill.attempts.in-flight");
        }
    }

    private static @Nullable CatalogueFile file(Settings settings, List<String> problems) {
        if (settings.catalogue() == null) {
            return null;
        }
        try {
            return CatalogueFile.open(settings.catalogue());
        } catch (CatalogueException | java.io.UncheckedIOException e) {
            problems.add("waybill.catalogue: " + e.getMessage());
            return null;
        }
    }

    private static @Nullable Supplier<Catalogue> catalogue(
            Settings settings,
            List<DeclaredCandidate> candidates,
            @Nullable CatalogueFile file,
            @Nullable Wallet wallet) {
        Map<String, DeclaredCandidate> priced = new LinkedHashMap<>();
        for (int i = 0; i < candidates.size(); i++) {
            CandidateSettings its = settings.candidates().get(i);
            boolean own = its.pricePerCall() != null || its.priceInput() != null;
            if (candidates.get(i).paid() && !own) {
                priced.put(SellerPrices.listed(i), candidates.get(i));
            }
        }
        if (wallet == null || priced.isEmpty()) {
            return file;
        }
        Catalogue none = Catalogue.empty();
        return new SellerPrices(file == null ? () -> none : file, wallet.priceTags(), priced);
    }

    private static <T> T attempt(String property, T otherwise, List<String> problems, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            problems.add(property + ": " + e.getMessage());
            return otherwise;
        }
    }
}
