package waybill.demo;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

    /**
     * Sums in dollars.
     *
     * @param settled by the wallet's ledger
     * @param held for payments whose end is not known; it may still be charged
     * @param released held during the run, until the chain proved that nobody had collected it
     * @param billed by providers that are paid by key, as their prices say
     * @param budget what the wallet may spend in 24 hours; absent without a wallet
     */
    record Spending(
            BigDecimal settled, BigDecimal held, BigDecimal released, BigDecimal billed, @Nullable BigDecimal budget) {
        BigDecimal total() {
            return settled.add(billed);
        }

        /** The sums as figures, those that say something. */
        List<Fact> facts() {
            List<Fact> facts = new ArrayList<>();
            if (budget != null) {
                facts.add(new Fact("Settled, by the ledger", Figures.price(settled)));
                facts.add(new Fact("Held for payments without a known end", Figures.price(held)));
                if (released.signum() > 0) {
                    facts.add(new Fact("Held before, released on the chain's proof", Figures.price(released)));
                }
                facts.add(new Fact("Budget of 24 h", Figures.price(budget)));
                facts.add(new Fact(
                        "Left of it", Figures.price(budget.subtract(settled).subtract(held))));
            }
            if (billed.signum() > 0) {
                facts.add(new Fact("Billed by key, by the prices given", Figures.price(billed)));
            }
            return facts;
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
