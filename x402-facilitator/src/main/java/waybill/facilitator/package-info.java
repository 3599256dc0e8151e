/** A facilitator in this process: verifies payments against a chain, and settles them with a gas key of its own. */
@NullMarked
package waybill.facilitator;

import org.jspecify.annotations.NullMarked;
