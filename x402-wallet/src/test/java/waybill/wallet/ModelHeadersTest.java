package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelHeadersTest {
    private final ModelHeaders headers = ModelHeaders.standard();

    @Test
    void passes_what_is_listed_whatever_its_letter_case() {
        assertThat(headers.checked(Map.of("Accept", "application/json")))
                .isEqualTo(Map.of("accept", "application/json"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "AUTHORIZATION",
                "Cookie",
                "X-PAYMENT",
                "PAYMENT-SIGNATURE",
                "Payment-Response",
                "Proxy-Authorization",
                "Transfer-Encoding",
                "Content-Length",
                "Connection",
                "Waybill-Intent",
                "X-Forwarded-For"
            })
    void w17_refuses_names_that_route_frame_or_pay_and_nobody_can_allow_them(String name) {
        assertThatThrownBy(() -> headers.checked(Map.of(name, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("by a model at all");
        assertThatThrownBy(() -> headers.allowing(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nHost: evil", "a\nb", "a\rb", "a\u0000b", "\u0661", "a\u2028b", "a\tb", "a\u007f"})
    void w17_refuses_line_breaks_and_anything_that_is_not_plain_ascii(String value) {
        assertThatThrownBy(() -> headers.checked(Map.of("Accept", value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no line breaks")
                .hasMessageNotContaining(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"accept\r\nhost", "accept ", " accept", "", "accept:", "\u0430ccept"})
    void w17_refuses_names_that_only_look_listed(String name) {
        assertThatThrownBy(() -> headers.checked(Map.of(name, "x"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refuses_the_same_name_twice_too_many_and_too_long() {
        Map<String, String> twice = new LinkedHashMap<>();
        twice.put("accept", "a");
        twice.put("ACCEPT", "b");
        assertThatThrownBy(() -> headers.checked(twice)).hasMessageContaining("twice");
        Map<String, String> many = new LinkedHashMap<>();
        IntStream.range(0, 17).forEach(i -> many.put("x-" + i, "v"));
        assertThatThrownBy(() -> headers.checked(many)).hasMessageContaining("at most 16");
        assertThatThrownBy(() -> headers.checked(Map.of("accept", "x".repeat(2_001))))
                .hasMessageContaining("2000");
    }

    @Test
    void a_person_can_allow_one_more_name() {
        assertThat(headers.allowing("X-Api-Version").checked(Map.of("x-api-version", "2")))
                .containsEntry("x-api-version", "2");
        assertThatThrownBy(() -> headers.checked(Map.of("x-api-version", "2")))
                .hasMessageContaining("may not be set; leave it out");
    }
}
