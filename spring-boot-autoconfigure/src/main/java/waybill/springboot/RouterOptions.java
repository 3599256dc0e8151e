package waybill.springboot;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import waybill.configuration.RecentDecisions;
import waybill.configuration.Roster;
import waybill.configuration.RouterWatch;
import waybill.configuration.Watched;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;
import waybill.routing.Snapshot;

/** What the routers of both frameworks are given: the properties' options, and the application's rules and listeners. */
final class RouterOptions {

    private final Roster roster;
    private final RecentDecisions recent;
    private final ObjectProvider<Rule> rules;
    private final ObjectProvider<RoutingListener> listeners;
    private final ObjectProvider<RouterWatch> watch;

    RouterOptions(
            Roster roster,
            RecentDecisions recent,
            ObjectProvider<Rule> rules,
            ObjectProvider<RoutingListener> listeners,
            ObjectProvider<RouterWatch> watch) {
        this.roster = roster;
        this.recent = recent;
        this.rules = rules;
        this.listeners = listeners;
        this.watch = watch;
    }

    Roster roster() {
        return roster;
    }

    /** Sets them on the router of this name. */
    <M> void tune(String name, RouterBuilder<M> router) {
        roster.tune(router);
        router.rules(rules.orderedStream().toArray(Rule[]::new));
        List<RoutingListener> hearers =
                new ArrayList<>(listeners.orderedStream().toList());
        watch.ifAvailable(watching -> hearers.add(watching.of(name)));
        router.listener(recent.and(hearers));
    }

    /** The router of this name, for endpoint, health and gauges. */
    Watched watched(String name, Supplier<Snapshot> snapshot) {
        watch.ifAvailable(watching -> watching.watch(name, snapshot));
        return new Watched(name, snapshot);
    }
}
