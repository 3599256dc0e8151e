/**
 * What a routed model owes its caller when a provider fails: every fault, in every way of calling, over real sockets. A
 * binding extends {@link waybill.testing.contract.RoutingContract} and says how it is called.
 */
@NullMarked
package waybill.testing.contract;

import org.jspecify.annotations.NullMarked;
