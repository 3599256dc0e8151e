package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesTest {

    private static final Features PROMPT = Features.of("hello").withInputTokens(1_000);
    private static final Profile MODEL = Profile.of(Price.perMillion("1", "2"));

    private static Verdict check(Rule rule, Features features, Profile profile) {
        return rule.check(Call.of(features), Standing.fresh("m", profile));
    }

    private static void expect(Verdict verdict, boolean eligible, String... words) {
        assertThat(verdict instanceof Verdict.Eligible).as(verdict.toString()).isEqualTo(eligible);
        if (verdict instanceof Verdict.Excluded no) {
            assertThat(no.reason() + " | " + no.remedy()).contains(words);
        }
    }

    @ParameterizedTest(name = "input {0}, asked {1}, window {2}: {3}")
    @CsvSource({
        "1000, 0, 0, true",
        "1000, 0, 1256, true",
        "1000, 0, 1255, false",
        "1000, 500, 1500, true",
        "1000, 500, 1499, false",
        "1000, 1, 1001, true",
        "2147483647, 2147483647, 2147483647, false"
    })
    void context_must_hold_input_and_answer(int input, int asked, int window, boolean eligible) {
        Features features = PROMPT.withInputTokens(input).withAskedOutput(asked);
        expect(check(Rules.fitsContext(), features, MODEL.withContext(window)), eligible, "window", "larger window");
    }

    @ParameterizedTest(name = "asked {0}, limit {1}: {2}")
    @CsvSource({"0, 100, true", "100, 100, true", "101, 100, false", "5000, 0, true"})
    void the_asked_answer_must_fit_the_output_limit(int asked, int limit, boolean eligible) {
        expect(
                check(Rules.fitsOutputLimit(), PROMPT.withAskedOutput(asked), MODEL.withOutputLimit(limit)),
                eligible,
                "101 tokens was asked for",
                "at most 100");
    }

    @ParameterizedTest(name = "{0} tools, calls tools {1}: {2}")
    @CsvSource({"0, false, true", "0, true, true", "3, true, true", "3, false, false"})
    void tools_need_a_model_that_calls_them(int tools, boolean calls, boolean eligible) {
        expect(
                check(Rules.callsTools(), PROMPT.withNeeds(Needs.TEXT.withTools(tools, 100)), MODEL.withTools(calls)),
                eligible,
                "3 tools");
    }

    @ParameterizedTest(name = "schema asked {0}, followed {1}: {2}")
    @CsvSource({"false, false, true", "false, true, true", "true, true, true", "true, false, false"})
    void a_schema_needs_a_model_that_follows_it(boolean asked, boolean follows, boolean eligible) {
        Needs needs = asked ? Needs.TEXT.withJsonSchema() : Needs.TEXT;
        expect(
                check(Rules.followsJsonSchema(), PROMPT.withNeeds(needs), MODEL.withJsonSchema(follows)),
                eligible,
                "withJsonSchema(true)");
    }

    @ParameterizedTest(name = "prompt with {0}, model reads {1}: {2}")
    @CsvSource({"TEXT, TEXT, true", "TEXT, IMAGE, true", "IMAGE, IMAGE, true", "IMAGE, TEXT, false", "PDF, IMAGE, false"
    })
    void content_needs_a_model_that_reads_it(Modality content, Modality reads, boolean eligible) {
        expect(
                check(
                        Rules.readsContent(),
                        PROMPT.withNeeds(Needs.TEXT.withModalities(content)),
                        MODEL.withInputs(reads)),
                eligible,
                content.name());
    }

    @ParameterizedTest(name = "ceiling {0}, price per call {1}: {2}")
    @CsvSource({"0.01, 0.01, true", "0.01, 0.010000001, false", "0, 0, true", "5, 0.3, true"})
    void an_attempt_must_fit_the_cost_ceiling_to_the_last_digit(String ceiling, String price, boolean eligible) {
        Call call = new Call(PROMPT, Hints.NONE.withCostCeiling(ceiling), null);
        expect(
                Rules.withinCostCeiling().check(call, Standing.fresh("m", MODEL.withPrice(Price.perCall(price)))),
                eligible,
                "may cost $0.010000001",
                "ceiling is $0.01");
    }

    @Test
    void a_token_price_counts_the_longest_answer_and_a_quarter_more_input_against_the_ceiling() {
        Standing model = Standing.fresh("m", MODEL.withOutputLimit(1_000));
        // 1,250 tokens at $1 and 1,000 at $2 per million
        Call fits = new Call(PROMPT, Hints.NONE.withCostCeiling("0.00325"), null);
        Call tooLittle = new Call(PROMPT, Hints.NONE.withCostCeiling("0.003249"), null);
        expect(Rules.withinCostCeiling().check(fits, model), true);
        expect(Rules.withinCostCeiling().check(tooLittle, model), false, "raise the ceiling to $0.00325");
    }

    @Test
    void an_unknown_price_never_fits_a_ceiling() {
        Call call = new Call(PROMPT, Hints.NONE.withCostCeiling("1000"), null);
        Standing unknown = Standing.fresh("m", Profile.of(Price.unknown()));
        expect(Rules.withinCostCeiling().check(call, unknown), false, "unknown", "declare its price");
        expect(Rules.withinCostCeiling().check(Call.of(PROMPT), unknown), true);
    }

    @Test
    void an_answer_without_a_limit_never_fits_a_ceiling() {
        Call call = new Call(PROMPT, Hints.NONE.withCostCeiling("1000"), null);
        expect(
                Rules.withinCostCeiling().check(call, Standing.fresh("m", MODEL)),
                false,
                "no bound",
                "maximum of output tokens");
    }

    @ParameterizedTest(name = "allowed {0}: {1}")
    @CsvSource({"'', true", "m, true", "other, false"})
    void only_allowed_candidates_serve(String allowed, boolean eligible) {
        Hints hints = allowed.isEmpty() ? Hints.NONE : Hints.NONE.withAllowed(allowed);
        expect(
                Rules.allowedByCaller().check(new Call(PROMPT, hints, null), Standing.fresh("m", MODEL)),
                eligible,
                "only [other] may serve");
    }

    @Test
    void a_list_of_nobody_is_refused_at_once() {
        assertThatThrownBy(() -> Rules.onlyAllowed(Set.of())).hasMessageContaining("name at least one");
        expect(check(Rules.onlyAllowed(Set.of("x")), PROMPT, MODEL), false, "add \"m\"");
    }

    @Test
    void a_price_limit_excludes_what_may_cost_more_or_cannot_be_bounded() {
        expect(check(Rules.costsAtMost("0.01"), PROMPT, MODEL.withPrice(Price.perCall("0.01"))), true);
        expect(check(Rules.costsAtMost("0.01"), PROMPT, MODEL.withPrice(Price.perCall("0.02"))), false, "$0.02");
        expect(check(Rules.costsAtMost("0.01"), PROMPT, MODEL), false, "no known bound");
    }

    @Test
    void a_cool_down_says_until_when_and_why() {
        Standing cooling = Standing.fresh("m", MODEL)
                .cooling(new Standing.CoolDown(FailureKind.RATE_LIMITED, Draws.NOW.plusSeconds(9), false));
        expect(Rules.notCoolingDown().check(Call.of(PROMPT), cooling), false, "2026-11-22T12:00:09Z", "rate limited");
    }

    @ParameterizedTest
    @CsvSource({
        "eu,   false, false, false, false, true",
        "eu,   true,  true,  false, false, true",
        "eu,   true,  false, true,  false, false",
        "eu,   false, true,  false, true,  false",
        "eu,   false, true,  true,  false, true",
        "us,   false, false, false, false, false",
        "none, false, false, false, false, false",
    })
    void a_data_policy_is_kept_by_what_is_declared_and_by_nothing_else(
            String region, boolean stored, boolean trained, boolean notStored, boolean notTrained, boolean kept) {
        Profile profile = Profile.of(Price.free());
        profile = region.equals("none") ? profile : profile.withCustody(new Custody(region, stored, trained));
        DataPolicy policy = DataPolicy.in("eu", "ch");
        policy = notStored ? policy.andNotStored() : policy;
        policy = notTrained ? policy.andNotTrainedOn() : policy;
        Call call = new Call(Features.of("hello"), Hints.NONE.withData(policy), null);
        Verdict verdict = Rules.keepsDataPolicy().check(call, Standing.fresh("m", profile));
        assertThat(verdict instanceof Verdict.Eligible).isEqualTo(kept);
        if (verdict instanceof Verdict.Excluded no) {
            assertThat(no.reason()).contains("only in [ch, eu]");
        }
    }

    @Test
    void a_calls_data_policy_narrows_the_routers_and_never_widens_it() {
        Hints router = Hints.NONE.withData(DataPolicy.in("eu").andNotTrainedOn());
        DataPolicy both = Hints.NONE
                .withData(DataPolicy.in("eu", "us").andNotStored())
                .orElse(router)
                .data();
        assertThat(both).isEqualTo(DataPolicy.in("eu").andNotStored().andNotTrainedOn());
        assertThat(Hints.NONE
                        .withData(DataPolicy.in("us"))
                        .orElse(router)
                        .data()
                        .regions())
                .isEmpty();
        assertThat(Hints.NONE.orElse(router).data()).isEqualTo(router.data());
        assertThat(Hints.NONE
                        .withData(DataPolicy.ANY.andNotStored())
                        .orElse(router)
                        .data())
                .isEqualTo(DataPolicy.in("eu").andNotStored().andNotTrainedOn());
    }

    @Test
    void an_unknown_price_can_be_refused() {
        Call call = Call.of(Features.of("hello"));
        assertThat(Rules.knownPrice().check(call, Standing.fresh("m", Profile.of(Price.free()))))
                .isEqualTo(Verdict.ELIGIBLE);
        assertThat(Rules.knownPrice().check(call, Standing.fresh("m", Profile.of(Price.unknown()))))
                .isInstanceOf(Verdict.Excluded.class);
    }
}
