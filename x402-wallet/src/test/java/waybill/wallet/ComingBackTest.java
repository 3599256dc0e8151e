package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;
import waybill.x402.SignInChallenge;

/** When a wallet says on its own who it is, and when it does not: every line of the second table is paid for again. */
class ComingBackTest {
    private static final String PATH = "/v1/thing";

    @TempDir
    Path folder;

    private Fixture open(Policy policy) {
        return Fixture.open(folder, policy, builder -> builder);
    }

    /** A seller that opens the door to any sign-in, and declares {@code challenge} in its bills. */
    private interface Challenge {
        Map<String, @Nullable Object> of(URI uri, Instant now);
    }

    private static ScriptedSeller.Script lenient(Fixture fixture, Challenge challenge) {
        return request -> {
            if (request.signedIn() != null) {
                return Response.ok("by signature");
            }
            URI uri = URI.create("http://" + request.header("host") + request.path());
            return request.paid()
                    ? ScriptedSeller.settled(request, "paid")
                    : ScriptedSeller.bill(
                            request, "0.01", Map.of(SignInChallenge.KEY, challenge.of(uri, fixture.clock.instant())));
        };
    }

    private static Map<String, @Nullable Object> honest(URI uri, Instant now) {
        return ScriptedSeller.challenge(uri.getAuthority(), uri, now);
    }

    private static String get(Fixture fixture, URI uri, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return fixture.client.send(request.build(), BodyHandlers.ofString()).body();
    }

    static Stream<Arguments> challengesThatAreNotSigned() {
        return Stream.of(
                Arguments.of(
                        "another host", (Challenge) (uri, now) -> ScriptedSeller.challenge("evil.example", uri, now)),
                Arguments.of("another port", (Challenge)
                        (uri, now) -> ScriptedSeller.challenge(uri.getHost() + ":1", uri, now)),
                Arguments.of("another place in the URI", (Challenge) (uri, now) ->
                        ScriptedSeller.challenge(uri.getAuthority(), URI.create("https://evil.example/"), now)),
                Arguments.of("another scheme in the URI", (Challenge) (uri, now) -> ScriptedSeller.challenge(
                        uri.getAuthority(), URI.create("https://" + uri.getAuthority() + PATH), now)),
                Arguments.of("too old", (Challenge) (uri, now) -> honest(uri, now.minusSeconds(301))),
                Arguments.of("of the future", (Challenge) (uri, now) -> honest(uri, now.plusSeconds(60))),
                Arguments.of("another chain", (Challenge) (uri, now) -> {
                    Map<String, @Nullable Object> all = new LinkedHashMap<>(honest(uri, now));
                    all.put("supportedChains", List.of(Map.of("chainId", "eip155:1", "type", "eip191")));
                    return all;
                }),
                Arguments.of("a line break in the words", (Challenge) (uri, now) -> {
                    Map<String, @Nullable Object> all = new LinkedHashMap<>(honest(uri, now));
                    @SuppressWarnings("unchecked")
                    Map<String, @Nullable Object> info =
                            new LinkedHashMap<>((Map<String, @Nullable Object>) all.get("info"));
                    info.put("statement", "Come back\n\nURI: https://evil.example/");
                    all.put("info", info);
                    return all;
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("challengesThatAreNotSigned")
    void a_challenge_that_is_not_of_the_very_site_and_of_now_is_not_signed(String what, Challenge challenge)
            throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(lenient(opened, challenge));
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            assertThat(seller.requests()).noneMatch(request -> request.signedIn() != null);
            assertThat(seller.signatures()).isEqualTo(2);
        }
    }

    @Test
    void a_challenge_a_little_ahead_of_our_clock_is_of_now() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(lenient(opened, (uri, now) -> honest(uri, now.plusSeconds(20))));
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("by signature");
        }
    }

    @Test
    void only_the_resource_that_was_paid_for_is_come_back_to() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(lenient(opened, ComingBackTest::honest));
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            assertThat(get(opened, seller.uri("/v1/other"))).isEqualTo("paid");
            assertThat(get(opened, seller.uri(PATH + "?again"))).isEqualTo("by signature");
        }
    }

    @Test
    void a_person_who_switched_it_off_pays_again() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller).signIn(false))) {
            seller.script(lenient(opened, ComingBackTest::honest));
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
        }
    }

    @Test
    void a_deliberate_repeat_and_a_quote_are_bought() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            HttpRequest request = HttpRequest.newBuilder(seller.uri(PATH)).build();
            Inquiry.Priced priced = (Inquiry.Priced) opened.client.inquire(request);
            seller.script(lenient(opened, ComingBackTest::honest));
            assertThat(get(opened, seller.uri(PATH), PayingHttpClient.INTENT, "one"))
                    .isEqualTo("paid");
            assertThat(get(opened, seller.uri(PATH), PayingHttpClient.INTENT, "two"))
                    .isEqualTo("paid");
            HttpResponse<String> bought = opened.client.pay(priced.quote(), request, BodyHandlers.ofString());
            assertThat(bought.body()).isEqualTo("paid");
            assertThat(seller.signatures()).isEqualTo(3);
        }
    }

    @Test
    void asking_for_the_price_of_what_was_paid_for_brings_the_thing_itself() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(lenient(opened, ComingBackTest::honest));
            HttpRequest request = HttpRequest.newBuilder(seller.uri(PATH)).build();
            assertThat(opened.client.inquire(request)).isInstanceOf(Inquiry.Priced.class);
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            assertThat(opened.client.inquire(request)).isInstanceOfSatisfying(Inquiry.Answered.class, answered -> {
                assertThat(answered.status()).isEqualTo(200);
                assertThat(new String(answered.body(), StandardCharsets.UTF_8)).isEqualTo("by signature");
            });
        }
    }

    @Test
    void whoever_signs_in_on_its_own_is_left_alone() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(request -> request.paid()
                    ? ScriptedSeller.settled(request, "paid")
                    : ScriptedSeller.billOrSignIn(request, "0.01", opened.clock.instant()));
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            String own = opened.wallet
                    .signIn(
                            seller.uri(PATH),
                            Map.of(SignInChallenge.KEY, honest(seller.uri(PATH), opened.clock.instant())))
                    .orElseThrow();
            assertThat(get(opened, seller.uri(PATH), Headers.SIGN_IN_WITH_X, own))
                    .isEqualTo("paid");
            assertThat(seller.requests()).hasSize(4);
        }
    }

    @Test
    void a_frozen_wallet_does_not_say_who_it_is() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(lenient(opened, ComingBackTest::honest));
            assertThat(get(opened, seller.uri(PATH))).isEqualTo("paid");
            opened.wallet.freeze("a test");
            assertThat(catchThrowable(() -> get(opened, seller.uri(PATH)))).isInstanceOf(PaymentException.class);
            assertThat(seller.requests()).noneMatch(request -> request.signedIn() != null);
        }
    }

    @Test
    void the_asynchronous_way_comes_back_too_and_pays_when_it_is_refused() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture opened = open(Fixture.policy(seller))) {
            seller.script(lenient(opened, ComingBackTest::honest));
            HttpRequest request = HttpRequest.newBuilder(seller.uri(PATH))
                    .timeout(Duration.ofSeconds(60))
                    .build();
            assertThat(sent(opened, request)).isEqualTo("paid");
            assertThat(sent(opened, request)).isEqualTo("by signature");
            ScriptedSeller.Script before = lenient(opened, ComingBackTest::honest);
            seller.script(asked -> asked.signedIn() == null ? before.answer(asked) : Response.of(403));
            assertThat(sent(opened, request)).isEqualTo("paid");
            assertThat(seller.signatures()).isEqualTo(2);
        }
    }

    private static String sent(Fixture fixture, HttpRequest request) throws Exception {
        return fixture.client
                .sendAsync(request, BodyHandlers.ofString())
                .get(60, TimeUnit.SECONDS)
                .body();
    }
}
