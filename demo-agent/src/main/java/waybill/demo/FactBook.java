package waybill.demo;

import java.util.ArrayList;
import java.util.List;

/** All facts that commentary may quote: those computed at the start, and those that tools computed on request. */
final class FactBook {
    private final MarketFacts market;
    private final PoolFacts pool;
    private final Playbook playbook;
    private final List<Fact> asked = new ArrayList<>();

    FactBook(MarketFacts market, PoolFacts pool, Playbook playbook) {
        this.market = market;
        this.pool = pool;
        this.playbook = playbook;
    }

    MarketFacts market() {
        return market;
    }

    PoolFacts pool() {
        return pool;
    }

    Playbook playbook() {
        return playbook;
    }

    /** Keeps a fact that was computed because a model asked. */
    synchronized Fact add(Fact fact) {
        asked.add(fact);
        return fact;
    }

    /** Every fact there is by now. */
    synchronized List<Fact> all() {
        List<Fact> all = new ArrayList<>(market.market());
        all.addAll(market.risk());
        all.addAll(pool.facts());
        all.addAll(playbook.facts());
        all.addAll(asked);
        return all;
    }
}
