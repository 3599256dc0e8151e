package waybill.routing;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What follows from a profile alone, worked out once for each that is in use. Looked up by identity, because a profile
 * is the same object in every snapshot until it is replaced and comparing two of them costs more than what is saved. A
 * fixed number of places, one for each profile by its hash: what was displaced is worked out again. Safe for use by many
 * threads, without locks: entries are immutable, and one that another thread does not see yet is merely missing.
 *
 * @param <T> what follows; immutable
 */
final class ByProfile<T> {

    private static final int PLACES = 1 << 12;

    private final Function<Profile, T> derived;
    private final @Nullable Object[] places = new @Nullable Object[PLACES];

    /** What follows from a profile by this pure function. */
    ByProfile(Function<Profile, T> derived) {
        this.derived = derived;
    }

    private record Entry<T>(Profile profile, T value) {}

    @SuppressWarnings({"unchecked", "ReferenceEquality"})
    T of(Profile profile) {
        int place = System.identityHashCode(profile) & (PLACES - 1);
        Entry<T> entry = (Entry<T>) places[place];
        if (entry == null || entry.profile != profile) {
            entry = new Entry<>(profile, derived.apply(profile));
            places[place] = entry;
        }
        return entry.value;
    }
}
