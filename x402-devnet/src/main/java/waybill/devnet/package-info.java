/**
 * A chain inside the JVM for tests and the demo: an interpreter of EVM code behind JSON-RPC, with a dollar token, a
 * market and funded accounts. Start it with {@link waybill.devnet.Devnet}; everything else serves it.
 */
@NullMarked
package waybill.devnet;

import org.jspecify.annotations.NullMarked;
