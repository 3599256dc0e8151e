package waybill.cli;

import java.time.LocalDate;
import java.util.List;
import waybill.routing.Candidate;
import waybill.routing.Price;
import waybill.routing.Profile;

/** Four made-up models, far enough apart to show how a choice is made. No real model is meant. */
final class Examples {

    private static final String SOURCE = "an example figure";
    private static final LocalDate AS_OF = LocalDate.of(2026, 11, 1);

    static final List<Candidate<String>> CANDIDATES = List.of(
            candidate("example-small", "0.05", "0.20", 16_384, 0.55, 250, 180),
            candidate("example-quick", "0.30", "1.20", 128_000, 0.68, 180, 240),
            candidate("example-strong", "2.00", "8.00", 200_000, 0.82, 700, 80),
            candidate("example-thinker", "10.00", "40.00", 200_000, 0.91, 4_000, 40));

    private Examples() {}

    private static Candidate<String> candidate(
            String name, String input, String output, int context, double accuracy, long firstToken, double pace) {
        Profile profile = Profile.of(Price.perMillion(input, output))
                .withContext(context)
                .withQuality(accuracy, SOURCE, AS_OF)
                .withSpeed(firstToken, pace);
        return Candidate.of(name, name, profile);
    }
}
