package waybill.testing.contract;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import waybill.routing.RouterBuilder;

/**
 * How a routed model of the contract is to be built.
 *
 * @param tuning what to do with the router's builder
 * @param executor where the model's asynchronous work runs
 */
public record Setup(Consumer<RouterBuilder<?>> tuning, Executor executor) {}
