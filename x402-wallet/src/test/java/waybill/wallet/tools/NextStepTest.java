package waybill.wallet.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.wallet.PaymentCode;

class NextStepTest {
    @ParameterizedTest
    @EnumSource(PaymentCode.class)
    void every_code_of_the_wallet_has_a_sentence_of_its_own_choice(PaymentCode code) {
        assertThat(NextStep.SENTENCES).containsKey(code.toString());
        assertThat(NextStep.of(code)).endsWith(".").doesNotContain("\n");
    }

    @ParameterizedTest
    @EnumSource(PaymentCode.class)
    void nobody_is_told_to_pay_again_while_money_may_be_gone(PaymentCode code) {
        if (code.afterSending() && code != PaymentCode.ANSWER_LOST) { // there the same payment is sent again
            assertThat(NextStep.of(code)).startsWith("Do not retry");
        }
    }
}
