package waybill.demo;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the report says, before it has a form.
 *
 * @param simulated whether the models were scripted
 * @param sections in the order of the page; the first is the headline
 * @param balances absent when nothing was paid on a chain
 */
record Report(
        Instant written,
        Duration took,
        boolean simulated,
        MarketFacts market,
        PoolFacts pool,
        Playbook playbook,
        List<Section> sections,
        @Nullable RiskRating rating,
        List<ModelCall> calls,
        Spending spending,
        @Nullable Balances balances) {
    static final String DISCLAIMER = "This report shows how an agent routes and pays. It is no investment advice: the"
            + " market data is from March 2023, the pool lives on a development chain, and nothing in it was traded.";

    /**
     * A part that a model wrote.
     *
     * @param text as the model wrote it; it may hold anything
     * @param unknownNumbers numbers in the text that no computed fact has
     */
    record Section(String id, String title, String text, List<String> unknownNumbers) {
        Section {
            unknownNumbers = List.copyOf(unknownNumbers);
        }
    }

    /** The wallet's own sums, in dollars; what is held may still be charged and so is not left. */
    record Spending(BigDecimal settled, BigDecimal held, BigDecimal budget, String budgetName) {
        BigDecimal left() {
            return budget.subtract(settled).subtract(held);
        }
    }

    /** USDC on the chain before and after the run. */
    record Balances(
            String buyer,
            BigDecimal buyerBefore,
            BigDecimal buyerAfter,
            String seller,
            BigDecimal sellerBefore,
            BigDecimal sellerAfter) {

        /** Whether buyer and seller moved by exactly this sum. */
        boolean agreesWith(BigDecimal settled) {
            return buyerBefore.subtract(buyerAfter).compareTo(settled) == 0
                    && sellerAfter.subtract(sellerBefore).compareTo(settled) == 0;
        }
    }

    Report {
        sections = List.copyOf(sections);
        calls = List.copyOf(calls);
    }

    /** The calls that were made for a part. */
    List<ModelCall> callsFor(String section) {
        return calls.stream().filter(c -> c.section().equals(section)).toList();
    }

    /** The section of this id, when a model wrote it. */
    @Nullable
    Section section(String id) {
        return sections.stream().filter(s -> s.id().equals(id)).findFirst().orElse(null);
    }
}
