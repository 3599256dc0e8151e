package waybill.springboot;

import org.springframework.beans.factory.ObjectProvider;
import waybill.configuration.RecentDecisions;
import waybill.configuration.Roster;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;

/** What the routers of both frameworks are given: the properties' options, and the application's rules and listeners. */
final class RouterOptions {

    private RouterOptions() {}

    static <M> void tune(
            RouterBuilder<M> router,
            Roster roster,
            RecentDecisions recent,
            ObjectProvider<Rule> rules,
            ObjectProvider<RoutingListener> listeners) {
        roster.tune(router);
        router.rules(rules.orderedStream().toArray(Rule[]::new));
        router.listener(recent.and(listeners.orderedStream().toList()));
    }
}
