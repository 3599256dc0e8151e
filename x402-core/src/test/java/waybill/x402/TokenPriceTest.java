package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenPriceTest {
    private static final Asset USDC =
            Assets.standard().find(new Network(84532), "USDC").orElseThrow();
    private static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0",
        "1, 0, 0, 1", // 0.15 of a unit, rounded up
        "6, 0, 0, 1", // 0.9
        "7, 0, 0, 2", // 1.05
        "20, 0, 0, 3", // exactly 3
        "0, 5, 0, 3", // exactly 3
        "10, 700, 0, 422", // 1.5 + 420, rounded once
        "1, 1, 1, 2", // 0.15 + 0.6 + 0.9 = 1.65, and not three units
        "1000000, 1000000, 1000000, 1650000"
    })
    void rounds_up_once_after_everything_is_added(long prompt, long output, long reasoning, long atomic) {
        TokenPrice price = TokenPrice.parse("0.15", "0.60", "0.90", USDC);
        assertThat(price.charge(new TokenUsage(prompt, output, reasoning))).isEqualTo(atomic);
    }

    @Test
    void agrees_with_decimal_arithmetic_and_never_passes_the_ceiling() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            TokenPrice price = new TokenPrice(
                    new BigInteger(40, random),
                    new BigInteger(40, random).add(BigInteger.ONE),
                    new BigInteger(40, random));
            long prompt = random.nextInt(200_000);
            long most = random.nextInt(100_000);
            long written = most == 0 ? 0 : random.nextLong(most + 1);
            long reasoning = written == 0 ? 0 : random.nextLong(written + 1);
            TokenUsage usage = new TokenUsage(prompt, written - reasoning, reasoning);
            BigDecimal exact = new BigDecimal(price.prompt())
                    .multiply(BigDecimal.valueOf(usage.prompt()))
                    .add(new BigDecimal(price.output()).multiply(BigDecimal.valueOf(usage.output())))
                    .add(new BigDecimal(price.reasoning()).multiply(BigDecimal.valueOf(usage.reasoning())))
                    .movePointLeft(6);
            assertThat(price.charge(usage))
                    .as("seed %s, round %s", seed, i)
                    .isEqualTo(exact.setScale(0, RoundingMode.CEILING).toBigInteger())
                    .isLessThanOrEqualTo(price.ceiling(prompt, most));
        }
    }

    @Test
    void an_offer_carries_the_price_that_its_ceiling_comes_from() {
        TokenPrice price = TokenPrice.parse("0.15", "0.60", "0.90", USDC);
        Offer plain = Offer.exact(new Amount(USDC, price.ceiling(100, 2_000)), PAYEE, 60);
        Offer offer = price.in(plain, 100);
        Offer read = WireFormat.paymentRequired(WireFormat.encode(new PaymentRequired(
                        null, new ResourceInfo("https://s.example/x", null, null), java.util.List.of(offer), Map.of())))
                .accepts()
                .get(0);
        assertThat(TokenPrice.of(read)).contains(new TokenPrice.Quoted(price, 100));
        assertThat(TokenPrice.of(plain)).isEmpty();
        assertThat(TokenPrice.of(plain.withExtra(TokenPrice.KEY, Map.of("per", "1"))))
                .isEmpty();
        assertThat(TokenPrice.of(plain.withExtra(TokenPrice.KEY, "0.60"))).isEmpty();
    }

    @Test
    void a_price_of_nothing_or_of_too_many_decimals_is_refused() {
        assertThatThrownBy(() -> TokenPrice.parse("0", "0", "0", USDC)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TokenPrice.parse("0.0000001", "1", "1", USDC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("decimals");
    }

    @Test
    void counts_a_token_a_piece_unless_pieces_are_long() {
        TokenCount words = new TokenCount();
        TokenCount pages = new TokenCount();
        TokenCount signs = new TokenCount();
        for (int i = 0; i < 700; i++) {
            words.add("word ");
            signs.add("語");
        }
        words.add("");
        pages.add("x".repeat(6_001));
        assertThat(words.tokens()).isEqualTo(700);
        assertThat(signs.tokens()).isEqualTo(700);
        assertThat(pages.tokensWith("")).isEqualTo(1_001);
        assertThat(pages.tokens()).isEqualTo(1_001);
        assertThat(pages.tokensWith("xxxxxx")).isEqualTo(1_002);
    }

    @Test
    void an_outcome_is_read_as_it_was_written() {
        StreamOutcome outcome = new StreamOutcome(
                StreamOutcome.State.SETTLED,
                StreamOutcome.End.LEFT,
                new TokenUsage(10, 690, 10),
                false,
                BigInteger.valueOf(425),
                BigInteger.valueOf(1_800),
                "eip155:84532",
                USDC.address().toString(),
                "0x" + "ab".repeat(32));
        assertThat(StreamOutcome.of(Json.parseObject(
                        Json.write(outcome.json()).getBytes(java.nio.charset.StandardCharsets.UTF_8), 4096)))
                .isEqualTo(outcome);
        Map<String, Object> wrong = new java.util.HashMap<>(outcome.json());
        wrong.put("state", "paid");
        assertThatThrownBy(() -> StreamOutcome.of(wrong)).isInstanceOf(MalformedWireException.class);
    }
}
