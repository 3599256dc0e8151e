/**
 * What was learned offline from other people's outcomes: reads the wording of a prompt, says what it demands, and how
 * well an ability meets it. Knows no candidate; the router's predictor stands on it.
 */
@NullMarked
package waybill.routing.learned;

import org.jspecify.annotations.NullMarked;
