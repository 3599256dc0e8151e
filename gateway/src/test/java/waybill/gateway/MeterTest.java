package waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.StreamOutcome;
import waybill.x402.StreamOutcome.End;
import waybill.x402.TokenPrice;

class MeterTest {
    private static final Asset USDC =
            Assets.standard().find(new Network(84532), "USDC").orElseThrow();
    private static final Address SOMEBODY = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    private static final TokenPrice PRICE = TokenPrice.parse("1", "10", "20", USDC);

    private static Offer offer(TokenPrice price, long prompt, long most) {
        Amount ceiling = new Amount(USDC, price.ceiling(prompt, most));
        return price.in(Offer.upto(ceiling, SOMEBODY, SOMEBODY, 60), prompt);
    }

    @Test
    void the_prompt_is_due_before_the_first_piece() {
        Meter meter = new Meter(offer(PRICE, 100, 10));
        assertThat(meter.counted(End.LEFT).amount()).isEqualTo(100);
        assertThat(meter.takes("", false)).isTrue();
        assertThat(meter.counted(End.LEFT).amount()).isEqualTo(100);
        assertThat(meter.takes("one", false)).isTrue();
        assertThat(meter.takes("two", true)).isTrue();
        StreamOutcome outcome = meter.counted(End.LEFT);
        assertThat(outcome.amount()).isEqualTo(100 + 10 + 20);
        assertThat(outcome.usage().reasoning()).isEqualTo(1);
        assertThat(outcome.counted()).isFalse();
    }

    @Test
    void refuses_the_piece_that_would_pass_the_ceiling_and_does_not_count_it() {
        Meter meter = new Meter(offer(PRICE, 100, 3)); // three of reasoning, or six of text
        for (int i = 0; i < 6; i++) {
            assertThat(meter.takes("word", false)).isTrue();
        }
        assertThat(meter.takes("word", false)).isFalse();
        assertThat(meter.takes("word", true)).isFalse();
        assertThat(meter.counted(End.CEILING).amount())
                .isEqualTo(meter.counted(End.CEILING).ceiling())
                .isEqualTo(160);
    }

    @Test
    void the_models_count_holds_where_it_gives_one_but_never_past_the_ceiling() {
        Meter meter = new Meter(offer(PRICE, 100, 10));
        meter.takes("one", false);
        var details = OpenAiTokenUsage.OutputTokensDetails.builder()
                .reasoningTokens(4)
                .build();
        var modest = OpenAiTokenUsage.builder()
                .inputTokenCount(7)
                .outputTokenCount(9)
                .outputTokensDetails(details)
                .totalTokenCount(16)
                .build();
        var bold = new dev.langchain4j.model.output.TokenUsage(7, 1_000_000);
        assertThat(meter.whole(modest).amount()).isEqualTo(7 + 5 * 10 + 4 * 20);
        assertThat(meter.whole(modest).counted()).isTrue();
        assertThat(meter.whole(bold).amount()).isEqualTo(meter.whole(bold).ceiling());
        assertThat(meter.whole(null).amount()).isEqualTo(110);
        assertThat(meter.whole(new dev.langchain4j.model.output.TokenUsage(null, 3))
                        .counted())
                .isFalse();
    }

    @Test
    void a_whole_answer_that_nobody_counted_and_that_passed_the_ceiling_costs_the_ceiling() {
        Meter meter = new Meter(offer(PRICE, 100, 10));
        assertThat(meter.takes("x".repeat(10_000), false)).isFalse();
        assertThat(meter.takes("small", false)).isTrue();
        assertThat(meter.whole(null).amount()).isEqualTo(meter.whole(null).ceiling());
    }

    @Test
    void whatever_comes_is_never_charged_past_the_ceiling_nor_less_than_before() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            TokenPrice price = TokenPrice.parse(
                    "0." + random.nextInt(1_000_000), random.nextInt(50) + ".000001", random.nextInt(50) + ".0", USDC);
            Meter meter = new Meter(offer(price, random.nextInt(500), 1 + random.nextInt(200)));
            StreamOutcome before = meter.counted(End.OPEN);
            for (int piece = 0; piece < 300; piece++) {
                boolean taken = meter.takes("x".repeat(random.nextInt(30)), random.nextBoolean());
                StreamOutcome now = meter.counted(End.OPEN);
                assertThat(now.amount())
                        .as("seed %s, round %s", seed, round)
                        .isLessThanOrEqualTo(now.ceiling())
                        .isGreaterThanOrEqualTo(before.amount());
                if (!taken) {
                    assertThat(now).isEqualTo(before);
                }
                before = now;
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 0 | 0",
                // role user, content and 8 letters: 4+4+7+8 = 23 bytes, 6 tokens, and 4 for the message
                "{'messages':[{'role':'user','content':'eightxxx'}]} | 10 | 0",
                "{'messages':[{'role':'user','content':'eightxxx'}],'max_tokens':50,'temperature':1} | 10 | 50",
                "{'messages':[],'max_completion_tokens':70,'max_tokens':50} | 0 | 70",
                "{'messages':[{'content':[{'image_url':{'url':'data:image/png;base64,AAAA'}}]}]} | 1609 | 0"
            })
    void a_prompt_is_taken_for_its_bytes_and_an_answer_for_what_was_asked(String json, long prompt, long asked)
            throws Exception {
        var root = new ObjectMapper().readTree(json.replace('\'', '"'));
        assertThat(PromptEstimate.tokens(root)).isEqualTo(prompt);
        MeteredPrice metered = new MeteredPrice(PRICE, USDC, SOMEBODY, "tokens", 900);
        long unlimited = asked == 0 ? MeteredPrice.DEFAULT_OUTPUT : asked;
        long limited = asked == 0 ? 60 : Math.min(60, asked);
        assertThat(metered.tag(root, 0, SOMEBODY).amount().atomic()).isEqualTo(prompt + 20 * unlimited);
        assertThat(metered.tag(root, 60, SOMEBODY).amount().atomic()).isEqualTo(prompt + 20 * limited);
    }
}
