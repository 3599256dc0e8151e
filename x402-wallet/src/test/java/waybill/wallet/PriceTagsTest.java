package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usd;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.USDC;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.wallet.ScriptedSeller.Response;
import waybill.wallet.tools.Discovery;
import waybill.x402.Assets;
import waybill.x402.Json;

/** Prices that were seen, by whom, and for how long; and what no seller can make of them. */
class PriceTagsTest {
    @TempDir
    private Path folder;

    private static Map<String, Object> model(String id, String atomic) {
        return new LinkedHashMap<>(Map.of("id", id, "object", "model", "pricing", pricing(atomic)));
    }

    /** As our gateway writes it. */
    private static Map<String, Object> pricing(String atomic) {
        Map<String, Object> pricing = new LinkedHashMap<>();
        pricing.put("per", "call");
        pricing.put("scheme", "exact");
        pricing.put("network", "eip155:84532");
        pricing.put("asset", USDC.address().toString());
        pricing.put("amount", atomic);
        return pricing;
    }

    private static Map<String, Object> without(Map<String, Object> model, String field, Object instead) {
        Map<String, Object> pricing = pricing("10000");
        pricing.put(field, instead);
        model.put("pricing", pricing);
        return model;
    }

    private static Response models(Object... entries) {
        return Response.ok(Json.write(Map.of("object", "list", "data", List.of(entries))));
    }

    private static List<PriceTag> read(Fixture fixture, ScriptedSeller seller) throws Exception {
        return fixture.wallet.priceTags().readModels(fixture.plain, seller.uri("/v1"));
    }

    @Test
    void a_sellers_list_of_models_gives_their_prices_and_nothing_but_the_list_is_asked() throws Exception {
        try (ScriptedSeller seller =
                        ScriptedSeller.start(request -> models(model("small", "10000"), model("big", "70000")));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(read(fixture, seller)).extracting(PriceTag::item).containsExactly("small", "big");
            PriceTags tags = fixture.wallet.priceTags();
            assertThat(tags.usdPerCall(seller.uri("/v1"), "big")).contains(usd("0.070000"));
            PriceTag small = tags.find(seller.uri("/anything"), "small").orElseThrow();
            assertThat(small.amount()).isEqualTo(usdc("0.01"));
            assertThat(small.source()).isEqualTo(PriceTag.Source.MODELS);
            fixture.clock.move(Duration.ofMinutes(5));
            assertThat(small.age(fixture.clock.instant())).isEqualTo(Duration.ofMinutes(5));
            assertThat(seller.requests()).singleElement().satisfies(request -> {
                assertThat(request.method()).isEqualTo("GET");
                assertThat(request.path()).isEqualTo("/v1/models");
                assertThat(request.body()).isEmpty();
            });
            assertThat(fixture.wallet.payments(10)).isEmpty();
        }
    }

    @Test
    void a_price_nobody_has_told_or_not_in_our_tokens_is_unknown_and_never_zero() throws Exception {
        Map<String, Object> free =
                new LinkedHashMap<>(Map.of("id", "free", "pricing", Map.of("per", "call", "price", "0")));
        try (ScriptedSeller seller = ScriptedSeller.start(request -> models(
                        free,
                        model("zero", "0"),
                        model("negative", "-1"),
                        model("scientific", "1e3"),
                        model("endless", "9".repeat(400)),
                        model("absurd", "9".repeat(19)),
                        without(model("per token", ""), "per", "token"),
                        without(model("other token", ""), "asset", ScriptedSeller.OTHER_PAYEE.toString()),
                        without(model("real money", ""), "network", "eip155:8453"),
                        without(model("other chain", ""), "network", "solana:x"),
                        without(model("number", ""), "amount", 5),
                        Map.of("id", "unpriced"),
                        Map.of("pricing", pricing("1")),
                        model("x".repeat(301), "10000"),
                        "no object",
                        model("good", "10000")));
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(read(fixture, seller)).extracting(PriceTag::item).containsExactly("good");
            assertThat(fixture.wallet.priceTags().usdPerCall(seller.uri("/"), "zero"))
                    .isEmpty();
            assertThat(fixture.wallet.priceTags().all()).hasSize(1);
        }
    }

    @Test
    void a_model_that_is_no_longer_listed_has_no_price_and_an_unreadable_list_changes_nothing() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> models(model("a", "10000"), model("b", "10000")));
                Fixture fixture = Fixture.open(folder, seller)) {
            read(fixture, seller);
            seller.script(request -> models(model("b", "20000")));
            read(fixture, seller);
            PriceTags tags = fixture.wallet.priceTags();
            assertThat(tags.all()).singleElement().extracting(PriceTag::amount).isEqualTo(usdc("0.02"));
            for (Response bad : List.of(
                    Response.of(500),
                    Response.ok("[]"),
                    Response.ok("{\"data\": 1}"),
                    Response.ok("{"),
                    Response.of(302).header("Location", "/v1/elsewhere"),
                    Response.ok("x".repeat(64 * 1024)).endless())) {
                seller.script(request -> bad);
                assertThatThrownBy(() -> read(fixture, seller)).isInstanceOf(IOException.class);
            }
            assertThat(tags.all()).hasSize(1);
            assertThat(seller.requests()).hasSize(8);
        }
    }

    @Test
    void lists_are_read_in_rounds_and_one_that_fails_stops_no_other() throws Exception {
        CountDownLatch rounds = new CountDownLatch(3);
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try (ScriptedSeller broken = ScriptedSeller.start(request -> Response.ok("no list"));
                ScriptedSeller seller = ScriptedSeller.start(request -> {
                    rounds.countDown();
                    return models(model("small", rounds.getCount() == 2 ? "10000" : "20000"));
                });
                Fixture fixture = Fixture.open(
                        folder,
                        Policy.defaults().allowHost(seller.host()).allowHost(broken.host()),
                        builder -> builder)) {
            PriceTags tags = fixture.wallet.priceTags();
            ScheduledFuture<?> reading = tags.readModelsBy(
                    scheduler, Duration.ofMillis(1), fixture.plain, List.of(broken.uri("/v1"), seller.uri("/v1")));
            assertThat(rounds.await(60, TimeUnit.SECONDS)).isTrue();
            reading.cancel(false);
            scheduler.shutdown();
            assertThat(scheduler.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            assertThat(tags.usdPerCall(seller.uri("/v1"), "small")).contains(usd("0.020000"));
            assertThat(tags.usdPerCall(broken.uri("/v1"), "small")).isEmpty();
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    void a_place_that_nobody_named_is_not_asked_and_its_price_not_kept() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.start(request -> models(model("a", "10000")));
                Fixture fixture = Fixture.open(folder, Policy.defaults(), builder -> builder)) {
            HttpClient follows = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.ALWAYS)
                    .build();
            PaymentException refused = catchThrowableOfType(PaymentException.class, () -> read(fixture, seller));
            assertThat(refused.code()).isEqualTo(PaymentCode.HOST_NOT_ALLOWED);
            assertThat(seller.requests()).isEmpty();
            fixture.wallet.priceTags().discovered(seller.uri("/a"), usdc("0.01"));
            fixture.wallet.priceTags().discovered(URI.create("ftp://x/"), usdc("0.01"));
            assertThat(fixture.wallet.priceTags().all()).isEmpty();
            assertThatThrownBy(() -> fixture.wallet.priceTags().readModels(follows, seller.uri("/v1")))
                    .hasMessageContaining("redirects");
        }
    }

    @Test
    void a_bill_is_a_tag_whether_it_is_paid_or_refused() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "bought");
                Fixture fixture = Fixture.open(folder, seller)) {
            PriceTags tags = fixture.wallet.priceTags();
            HttpRequest request = HttpRequest.newBuilder(seller.uri("/report?secret=1"))
                    .header(PayingHttpClient.MAX_PRICE, "0.01")
                    .build();
            assertThatThrownBy(() -> fixture.client.send(request, BodyHandlers.ofString()))
                    .hasMessageContaining("$0.02 is asked");
            PriceTag tag = tags.find(seller.uri("/"), "/report").orElseThrow();
            assertThat(tag.source()).isEqualTo(PriceTag.Source.BILL);
            assertThat(tag.amount()).isEqualTo(usdc("0.02"));
            assertThat(tags.all().toString()).doesNotContain("secret");

            fixture.client
                    .tagged("model", "small")
                    .send(
                            HttpRequest.newBuilder(seller.uri("/v1/chat/completions"))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(tags.usdPerCall(seller.uri("/v1"), "small")).contains(usd("0.020000"));
            assertThat(tags.find(seller.uri("/"), "/v1/chat/completions")).isEmpty();

            fixture.client.inquire(HttpRequest.newBuilder(seller.uri("/asked")).build());
            assertThat(tags.find(seller.uri("/"), "/asked")).isPresent();
            assertThat(seller.paidRequests()).hasSize(1);
        }
    }

    @Test
    void the_last_word_of_the_seller_counts_and_a_list_of_others_only_where_it_said_nothing() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.02", "bought");
                Fixture fixture = Fixture.open(folder, seller)) {
            PriceTags tags = fixture.wallet.priceTags();
            URI report = seller.uri("/report");
            tags.discovered(report, usdc("0.000001"));
            assertThat(tags.usdPerCall(report, "/report")).contains(usd("0.000001"));
            fixture.get(report);
            tags.discovered(report, usdc("0.000001"));
            assertThat(tags.usdPerCall(report, "/report")).contains(usd("0.020000"));
            seller.script(request -> ScriptedSeller.bill(request, "0.03"));
            fixture.client.inquire(HttpRequest.newBuilder(report).build());
            assertThat(tags.usdPerCall(report, "/report")).contains(usd("0.030000"));

            fixture.clock.move(PriceTags.MAX_AGE.plusMillis(1));
            assertThat(tags.usdPerCall(report, "/report")).isEmpty();
            tags.discovered(report, usdc("0.05"));
            assertThat(tags.usdPerCall(report, "/report")).contains(usd("0.050000"));
            fixture.clock.move(Duration.ofDays(-7));
            assertThat(tags.find(report, "/report").orElseThrow().age(fixture.clock.instant()))
                    .isZero();
        }
    }

    @Test
    void a_discovery_list_is_noted_for_places_that_were_named() throws Exception {
        try (ScriptedSeller list = ScriptedSeller.start(request -> Response.ok(Json.write(Map.of(
                        "items",
                        List.of(row("https://named.example/weather", "2000"), row("https://other.example/x", "1"))))));
                Fixture fixture =
                        Fixture.open(folder, Policy.defaults().allowHost("named.example"), builder -> builder)) {
            PriceTags tags = fixture.wallet.priceTags();
            Discovery.over(fixture.plain, fixture.wallet.policy(), Assets.standard())
                    .list(list.uri("/list"))
                    .noting(tags)
                    .find(null, null);
            assertThat(tags.all()).singleElement().satisfies(tag -> {
                assertThat(tag.seller()).hasToString("https://named.example");
                assertThat(tag.item()).isEqualTo("/weather");
                assertThat(tag.usd()).isEqualByComparingTo("0.002");
                assertThat(tag.source()).isEqualTo(PriceTag.Source.DISCOVERY);
            });
        }
    }

    private static Map<String, Object> row(String url, String atomic) {
        return Map.of("resource", url, "accepts", List.of(pricing(atomic)));
    }

    @ParameterizedTest
    @ValueSource(ints = {499, 500, 501, 3000})
    void a_list_without_end_fills_its_own_bound_and_no_other_sellers(int models) throws Exception {
        List<Object> many = new ArrayList<>();
        for (int i = 0; i < models; i++) {
            many.add(model("m" + i, "10000"));
        }
        try (ScriptedSeller seller = ScriptedSeller.start(request -> models(many.toArray()));
                ScriptedSeller other = ScriptedSeller.selling("0.02", "x");
                Fixture fixture =
                        Fixture.open(folder, Fixture.policy(seller).allowHost(other.host()), builder -> builder)) {
            fixture.get(other.uri("/report"));
            assertThat(read(fixture, seller)).hasSize(Math.min(models, PriceTags.MAX_TAGS));
            assertThat(fixture.wallet.priceTags().usdPerCall(other.uri("/"), "/report"))
                    .isPresent();
            assertThat(fixture.wallet.priceTags().all()).hasSize(Math.min(models, PriceTags.MAX_TAGS) + 1);
        }
    }

    @Test
    void the_sellers_seen_last_are_kept() throws Exception {
        Policy policy = Policy.defaults();
        for (int i = 0; i <= PriceTags.MAX_SELLERS; i++) {
            policy = policy.allowHost("s" + i + ".example");
        }
        try (Fixture fixture = Fixture.open(folder, policy, builder -> builder)) {
            PriceTags tags = fixture.wallet.priceTags();
            for (int i = 0; i <= PriceTags.MAX_SELLERS; i++) {
                tags.discovered(URI.create("https://s" + i + ".example/"), usdc("0.01"));
            }
            assertThat(tags.all()).hasSize(PriceTags.MAX_SELLERS);
            assertThat(tags.find(URI.create("https://s0.example/"), "/")).isEmpty();
            assertThat(tags.find(URI.create("https://s1.example/"), "/")).isPresent();
        }
    }
}
