package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByProfileTest {

    private static Profile costing(int cents) {
        return Profile.of(Price.perCall("0." + (1000 + cents)));
    }

    @Test
    void works_out_once_what_follows_from_a_profile() {
        List<Profile> asked = new ArrayList<>();
        ByProfile<String> remembered = new ByProfile<>(profile -> {
            asked.add(profile);
            return profile.price().toString();
        });
        Profile one = costing(1);
        assertThat(remembered.of(one))
                .isEqualTo(remembered.of(one))
                .isEqualTo(one.price().toString());
        assertThat(asked).containsExactly(one);
    }

    @Test
    void tells_more_profiles_apart_than_it_has_places_for() {
        ByProfile<Price> remembered = new ByProfile<>(Profile::price);
        List<Profile> profiles = new ArrayList<>();
        for (int i = 0; i < 9_000; i++) {
            profiles.add(costing(i));
        }
        for (int round = 0; round < 2; round++) {
            for (Profile profile : profiles) {
                assertThat(remembered.of(profile)).isSameAs(profile.price());
            }
        }
    }
}
