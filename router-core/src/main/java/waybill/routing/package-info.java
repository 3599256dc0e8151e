/**
 * Chooses a candidate for each prompt and attempts the call: features, rules, ranker, plan, attempt machine, receipt.
 * Generic in the host's model and response; stands on the JDK alone.
 */
@NullMarked
package waybill.routing;

import org.jspecify.annotations.NullMarked;
