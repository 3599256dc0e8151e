/**
 * What a router does, as Micrometer meters and observations: OpenTelemetry's {@code gen_ai.*} names where it has them and
 * {@code waybill.*} beside. Labels are names that the configuration gives and kinds that the code knows, so there are few
 * of them; no text of a prompt or an answer comes here at all.
 */
@NullMarked
package waybill.metrics;

import org.jspecify.annotations.NullMarked;
