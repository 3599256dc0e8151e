package waybill.routing;

import java.util.Set;
import java.util.TreeSet;

/**
 * Where a prompt may go and what may become of it there. Only what a candidate's {@link Custody} declares counts: a
 * candidate of which nothing is known keeps no policy.
 *
 * @param anywhere whether every region is allowed
 * @param regions the regions that are, where not all are; named as custodies name them
 * @param notStored only where prompts are not stored beyond the answer
 * @param notTrainedOn only where nobody trains on prompts
 */
public record DataPolicy(boolean anywhere, Set<String> regions, boolean notStored, boolean notTrainedOn) {

    /** Asks for nothing. */
    public static final DataPolicy ANY = new DataPolicy(true, Set.of(), false, false);

    public DataPolicy {
        regions = Set.copyOf(regions);
    }

    /** Only in these regions. */
    public static DataPolicy in(String... regions) {
        return new DataPolicy(false, Set.of(regions), false, false);
    }

    /** The same, and only where prompts are not stored beyond the answer. */
    public DataPolicy andNotStored() {
        return new DataPolicy(anywhere, regions, true, notTrainedOn);
    }

    /** The same, and only where nobody trains on prompts. */
    public DataPolicy andNotTrainedOn() {
        return new DataPolicy(anywhere, regions, notStored, true);
    }

    /** What keeps both. */
    DataPolicy and(DataPolicy other) {
        if (equals(ANY)) return other;
        if (other.equals(ANY)) return this;
        Set<String> common = new TreeSet<>(anywhere ? other.regions : regions);
        if (!anywhere && !other.anywhere) {
            common.retainAll(other.regions);
        }
        return new DataPolicy(
                anywhere && other.anywhere, common, notStored || other.notStored, notTrainedOn || other.notTrainedOn);
    }

    boolean allows(String region) {
        return anywhere || regions.contains(region);
    }

    /** What is asked, in words: "only in [eu], not stored". */
    @Override
    public String toString() {
        if (equals(ANY)) {
            return "anywhere";
        }
        String where = anywhere ? "anywhere" : "only in " + new TreeSet<>(regions);
        return where + (notStored ? ", not stored" : "") + (notTrainedOn ? ", not trained on" : "");
    }
}
