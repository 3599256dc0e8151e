package waybill.routing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** A small seeded generator of candidates and calls; says the seed when a property fails. */
final class Draws {

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final Random random;

    private Draws(long seed) {
        this.random = new Random(seed);
    }

    static void check(int rounds, Consumer<Draws> property) {
        for (long seed = 1; seed <= rounds; seed++) {
            try {
                property.accept(new Draws(seed));
            } catch (AssertionError | RuntimeException failed) {
                throw new AssertionError("seed " + seed + ": " + failed.getMessage(), failed);
            }
        }
    }

    int number(int from, int to) {
        return from + random.nextInt(to - from + 1);
    }

    double share() {
        return random.nextDouble();
    }

    boolean maybe() {
        return random.nextBoolean();
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    Objective objective() {
        return one(List.of(Objective.cheapest(), Objective.balanced(), Objective.best(), Objective.fastest()));
    }

    Price price() {
        return switch (number(0, 5)) {
            case 0 -> Price.unknown();
            case 1 -> new Price.PerCall(cents(5));
            case 2 -> Price.free();
            default ->
                new Price.PerToken(cents(20), cents(80), maybe() ? cents(10) : null, null, maybe() ? cents(90) : null);
        };
    }

    private BigDecimal cents(int most) {
        return BigDecimal.valueOf(number(1, most * 100), 2);
    }

    Profile profile() {
        Profile profile = Profile.of(price())
                .withContext(one(List.of(0, 1_000, 8_000, 200_000)))
                .withOutputLimit(one(List.of(0, 500, 4_000)))
                .withTools(maybe())
                .withJsonSchema(maybe())
                .withSpeed(number(100, 5_000), number(5, 300));
        if (maybe()) {
            profile = profile.withInputs(Modality.IMAGE);
        }
        return maybe() ? profile.withQuality(0.3 + 0.6 * share(), "a test", LocalDate.of(2026, 1, 1)) : profile;
    }

    Standing standing(String name) {
        Standing standing =
                new Standing(name, profile(), share() * 0.5, share() * 8, number(0, 20), 0, null, Belief.NONE);
        return number(0, 4) == 0
                ? standing.cooling(new Standing.CoolDown(FailureKind.RATE_LIMITED, NOW.plusSeconds(60), maybe()))
                : standing;
    }

    Snapshot snapshot() {
        List<Standing> standings = new ArrayList<>();
        int count = number(1, 8);
        for (int i = 0; i < count; i++) {
            standings.add(standing("m" + i));
        }
        return new Snapshot(standings, NOW);
    }

    Call call(Snapshot snapshot) {
        Features features = Features.of("word ".repeat(number(1, 1_500)))
                .withNeeds(new Needs(
                        number(0, 1) * number(0, 3),
                        100,
                        number(0, 3) == 0,
                        number(0, 3) == 0 ? java.util.Set.of(Modality.IMAGE) : java.util.Set.of(),
                        0))
                .withConversation(new Conversation(number(0, 3), 0, number(0, 5_000), maybe()))
                .withAskedOutput(number(0, 1) * number(1, 600));
        Hints hints = Hints.NONE.withObjective(objective());
        if (number(0, 3) == 0) {
            hints = hints.withCostCeiling(cents(10).toPlainString());
        }
        String incumbent = maybe() ? one(snapshot.standings()).name() : null;
        return new Call(features, hints, incumbent);
    }
}
